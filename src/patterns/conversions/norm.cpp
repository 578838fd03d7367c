// LayerNormalization and RMSNormalization as exporters spell them out.
#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> norm_conversions() {
  return {
      conversion("RecomposeLayerNormalization",
                 "mean, difference, variance, root, quotient: nine nodes that each go through memory, one kernel where "
                 "the operator is known",
                 spelled_layer_norm(),
                 spelled_layer_norm_conditions() +
                     Predicates{"opset() >= 17", "dtype(x) in [\"float\", \"float16\"]",
                                // Without a factor one is made, whose shape has to be known.
                                "exists(scaled) || last_axes(mean) == 1 || (last_axes(mean) == 2 && dim(x, -2) > 0) || "
                                "(last_axes(mean) == 3 && dim(x, -2) > 0 && dim(x, -3) > 0)"},
                 "LayerNormalization[axis=first_axis(mean), epsilon=epsilon(stabilized)](x, (parameter(scaled, mean) | "
                 "ones(mean)), parameter(shifted, mean))"),
      conversion("RecomposeRMSNormalization",
                 "the root mean square spelled out: one kernel where the operator is known", spelled_rms_norm(),
                 spelled_rms_norm_conditions() + Predicates{"opset() >= 23", "dtype(x) in [\"float\", \"float16\"]"},
                 "RMSNormalization[axis=first_axis(mean), epsilon=epsilon(stabilized)](x, parameter(scaled, mean))"),
  };
}

}  // namespace quoin
