// Depthwise convolutions: fused, never quantized. Bound by memory, they pay for the conversions around them and gain
// nothing.
#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> depthwise_fusions() {
  const Predicates conditions = conv_conditions() + Predicates{"is_depthwise(conv)"};
  return {
      fusion("DepthwiseConvBNAct", "a depthwise convolution with its activation: memory-bound, stays float",
             activation(kConvBN), conditions, {}),
      fusion("DepthwiseConvBN", "a depthwise convolution: memory-bound, stays float", kConvBN, conditions, {}),
  };
}

}  // namespace quoin
