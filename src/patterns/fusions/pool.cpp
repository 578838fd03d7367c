#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

const QdqPoints kPoolPoints = {input("pool"), output()};

}  // namespace

std::vector<PatternDef> pool_fusions() {
  return {
      fusion("AdaptiveAvgPool",
             "global average pooling: a small kernel, and the mean of many rounded values loses accuracy",
             "(GlobalAveragePool(x) as pool | ReduceMean(x) as pool)",
             {"op(pool) == \"GlobalAveragePool\" || rank(x) == 4",
              "op(pool) == \"GlobalAveragePool\" || axes(pool) == [2, 3]"},
             kPoolPoints),
      fusion("AveragePool", "a kernel of its own; for lists that quantize everything", "AveragePool(x) as pool",
             float_condition(), kPoolPoints),
      fusion("MaxPool", "values pass through; for lists that quantize everything", "MaxPool(x) as pool",
             float_condition(), kPoolPoints),
  };
}

}  // namespace quoin
