// Gates: a tensor times a Sigmoid, of itself (SiLU) or of its own means (squeeze and excite).
#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

// Each step of the gate is a point of its own: a runtime with integer kernels for Sigmoid and Mul stays in integers.
const std::string kConvSiLU = fmt::format("Mul({0}, Sigmoid(Mul?({0}, 1)) as gate) as gated", kConvBN);

}  // namespace

std::vector<PatternDef> gate_fusions() {
  const QdqPoints points = {input("conv"), weight("conv"), bias("conv"), inner("gate"), inner("gated"), output()};
  const QdqPoints residual_points = {input("conv"),  weight("conv"),  bias("conv"), inner("gate"),
                                     inner("gated"), residual("add"), inner("add"), output()};
  return {
      fusion("ConvBNSiLU", "a convolution gated by its own Sigmoid, each step in integer where the runtime can",
             kConvSiLU, conv_conditions(), points),
      fusion("ConvBNSiLUAdd",
             "the end of a residual block behind a SiLU (CSP blocks): the Add takes both operands in integer",
             residual_add(kConvSiLU), conv_conditions() + Predicates{"!is_constant(r)", "!broadcasts(gated, r)"},
             residual_points),
      fusion(
          "SqueezeExcite",
          "a gate per channel: its two convolutions see one pixel, so INT8 gains nothing there and costs accuracy in "
          "all of the tensor",
          "Mul(x, (Sigmoid|HardSigmoid(Conv((Relu(Conv(GlobalAveragePool(x) as pool, const w1, const b1?) as reduce) | "
          "Mul(Conv(GlobalAveragePool(x) as pool, const w1, const b1?) as reduce, Sigmoid(reduce))), const w2, const "
          "b2?) as expand) "
          "as gate)) as gated",
          {}, {}),
  };
}

}  // namespace quoin
