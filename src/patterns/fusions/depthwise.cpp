// Depthwise convolutions: fused, never quantized. Bound by memory, they pay for the conversions around them and gain
// nothing.
#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

// Up to 12 channels: an image, or one whose pixels were put side by side by fours (a focus stem).
const std::string kStem = "BatchNormalization?(Conv(x, const w0, const b0?) as stem, const, const, const, const)";
// What stands behind the depthwise convolution besides a single node is left to other patterns, or float.
std::string stem_and_depthwise(const std::string& activation) {
  return fmt::format(
      "Relu|Clip|LeakyRelu|HardSwish?(BatchNormalization?(Conv({}, const w1, const b1?) as depthwise, const, const, "
      "const, const))",
      activation);
}
const std::string kGated = fmt::format("Mul({0}, Sigmoid|HardSigmoid(Mul?({0}, 1)))", kStem);

}  // namespace

std::vector<PatternDef> depthwise_fusions() {
  const Predicates conditions = conv_conditions() + Predicates{"is_depthwise(conv)"};
  const Predicates stem_conditions = {"channels(x) <= 12", "is_stem(stem)", "is_depthwise(depthwise)"};
  return {
      fusion("StemAndDepthwise",
             "the first convolution and a depthwise one behind it: few channels of the largest tensors, up to four "
             "times slower in "
             "integer than in float, and their ranges are the widest of the network",
             stem_and_depthwise(fmt::format("({} | Relu|Clip|LeakyRelu|HardSwish?({}))", kGated, kStem)),
             stem_conditions, {}),
      fusion("UnboundedStemAndDepthwise",
             "the same where the first activation has no upper bound (SiLU, HardSwish, LeakyRelu): 256 steps over all "
             "that it reaches are too coarse for what the network sees; behind a Relu6 they are not",
             stem_and_depthwise(fmt::format("({} | LeakyRelu|HardSwish({}))", kGated, kStem)), stem_conditions, {}),
      fusion(
          "ConvLayerNorm",
          "a depthwise convolution, or one over an image, and the LayerNormalization behind it: few products for each "
          "value, between float neighbours on both sides; stays float",
          "LayerNormalization(Transpose?(Conv(x, const w, const b?) as conv), const, const?)",
          {"is_depthwise(conv) || (is_stem(conv) && channels(x) <= 12)"}, {}),
      fusion("DepthwiseConvBNAct", "a depthwise convolution with its activation: memory-bound, stays float",
             activation(kConvBN), conditions, {}),
      fusion("DepthwiseConvBN", "a depthwise convolution: memory-bound, stays float", kConvBN, conditions, {}),
  };
}

}  // namespace quoin
