// Fully connected layers: Gemm, or MatMul with a constant weight and the Add of its bias.
#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

const QdqPoints kLinearPoints = {input("fc"), weight("fc"), bias("fc"), output()};

// Two layers with an activation between, and what stands behind them in a block: a change of layout, a LayerScale, the
// residual Add.
std::string transformer_mlp() {
  const std::string hidden = fmt::format("({} | Relu({}) as act)", gelu(fmt::format("{} as y", kLinear), "y"), kLinear);
  return fmt::format(
      "Add?(Mul?(Transpose?((Gemm({0}, const w2, const b2?) as out | Add?(MatMul({0}, const w2) as out, const b2) as "
      "out_add)) as turn, const scale) as scaled, r) as add",
      hidden);
}

Predicates transformer_mlp_conditions() {
  return linear_conditions() + Predicates{"op(out) == \"MatMul\" || (out.alpha == 1 && out.transA == 0)",
                                          "op(out) == \"MatMul\" || !exists(b2) || out.beta == 1",
                                          "rank(w2) == 2",
                                          "!exists(out_add) || is_bias(b2, out)",
                                          "!exists(add) || !is_constant(r)",
                                          "!exists(add) || !broadcasts(out, r) || exists(turn)"};
}

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
      fusion("TransformerMLP",
             "the two layers of a transformer's or ConvNeXt's block as one unit, to be kept float, planned or measured "
             "together: only the inputs of its products are quantized, the rest of it is float",
             transformer_mlp(), transformer_mlp_conditions(),
             {input("fc"), weight("fc"), bias("fc"), input("out"), weight("out"), bias("out")}),
      fusion("LinearReLU", "the activation runs in the epilogue of the product",
             fmt::format("Relu|Clip({}) as act", kLinear), linear_conditions(), kLinearPoints),
      fusion("Linear", "a fully connected layer", kLinear, linear_conditions(), kLinearPoints),
  };
}

}  // namespace quoin
