#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> pool_conversions() {
  return {
      conversion("RemoveIdentityAdaptiveAvgPool", "pooling of one value gives that value",
                 "(GlobalAveragePool(x) as pool | AveragePool(x) as pool | ReduceMean(x) as pool)",
                 {"op(pool) == \"AveragePool\" || rank(x) == 4",
                  "op(pool) == \"AveragePool\" || (dim(x, 2) == 1 && dim(x, 3) == 1)",
                  "op(pool) != \"ReduceMean\" || (pool.keepdims == 1 && axes(pool) == [2, 3])",
                  "op(pool) != \"AveragePool\" || pool.kernel_shape == [1, 1]",
                  "op(pool) != \"AveragePool\" || !exists(pool.strides) || pool.strides == [1, 1]",
                  "op(pool) != \"AveragePool\" || !exists(pool.pads) || pool.pads == [0, 0, 0, 0]"},
                 "x"),
      conversion(
          "ReduceMeanToGlobalAveragePool",
          "exporters write global pooling as a mean over axes: runtimes have integer kernels for the pooling only",
          "ReduceMean(x) as mean", {"rank(x) == 4", "axes(mean) == [2, 3]", "dtype(x) in [\"float\", \"float16\"]"},
          "Flatten?[axis=flatten_axis(mean)](GlobalAveragePool(x))"),
  };
}

}  // namespace quoin
