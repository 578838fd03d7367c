// Activations that exporters spell out, as the operator that they are.
#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> activation_conversions() {
  return {
      conversion("RecomposeGelu",
                 "GELU by the error function, spelled out in five nodes: one kernel where the operator is known",
                 erf_gelu("x", "x"), {"opset() >= 20"}, "Gelu(x)"),
      conversion("RecomposeTanhGelu",
                 "GELU by the hyperbolic tangent, spelled out: one kernel where the operator is known",
                 tanh_gelu("x", "x"), {"opset() >= 20"}, "Gelu[approximate=\"tanh\"](x)"),
  };
}

}  // namespace quoin
