// Fully connected layers: Gemm, or MatMul with a constant weight and the Add of its bias.
#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

const QdqPoints kLinearPoints = {input("fc"), weight("fc"), bias("fc"), output()};

}  // namespace

std::vector<PatternDef> linear_fusions() {
  return {
      fusion("LinearGELU",
             "GELU is as cheap in float as behind the product: its output is quantized where the next layer reads it",
             gelu(fmt::format("{} as y", kLinear), "y"), linear_conditions(), {input("fc"), weight("fc"), bias("fc")}),
      fusion("LinearAdd",
             "the end of a residual branch: the Add, and a LayerScale before it, run in the epilogue of the product",
             fmt::format("Add(Mul?(Transpose?({}) as turn, const scale), r) as add", kLinear),
             linear_conditions() + Predicates{"!is_constant(r)", "!broadcasts(fc, r) || exists(turn)"},
             {input("fc"), weight("fc"), bias("fc"), residual("add")}),
      fusion("LinearReLU", "the activation runs in the epilogue of the product",
             fmt::format("Relu|Clip({}) as act", kLinear), linear_conditions(), kLinearPoints),
      fusion("Linear", "a fully connected layer", kLinear, linear_conditions(), kLinearPoints),
  };
}

}  // namespace quoin
