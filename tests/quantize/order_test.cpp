// Overlaps are decided by order alone: what it costs to name ConvBNReLU before DepthwiseConvBNAct.
#include <filesystem>

#include "quantize/emitted.h"
#include "quoin/patterns.h"

namespace quoin {
namespace {

struct Made {
  std::map<std::string, int> counts;
  size_t weights = 0, depthwise_weights = 0, lost = 0;
};

Made make(const Graph& model, const PatternList& list) {
  const auto [fused, matches] = transform(model, list, {.record_lost = true});
  const QuantizedModel quantized = insert_qdq(fused, matches, load_target("tensorrt"));
  Made made{matches.counts(), quantized.weights.size(), 0, matches.lost.size()};
  for (const QdqWeight& weight : quantized.weights) {
    const Node* node = quantized.graph.find_node(weight.node);
    made.depthwise_weights += node->attribute("group", 1) > 1 ? 1 : 0;
  }
  return made;
}

TEST(Order, ConvBNReLUInFrontClaimsTheDepthwiseConvolutions) {
  const std::string path = QUOIN_SOURCE_DIR "/../shared/data/models/mobilenet_v1_0.25_224.onnx";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "../shared is not beside this clone";
  const Graph model = load(path);
  Made right = make(model, {DepthwiseConvBNAct(), ConvBNReLU(), ConvBN()});
  EXPECT_EQ(right.counts["DepthwiseConvBNAct"], 13);
  EXPECT_EQ(right.counts["ConvBNReLU"], 14);
  EXPECT_EQ(right.weights, 15U);
  EXPECT_EQ(right.depthwise_weights, 0U);
  Made swapped = make(model, {ConvBNReLU(), DepthwiseConvBNAct(), ConvBN()});
  EXPECT_EQ(swapped.counts["DepthwiseConvBNAct"], 0);
  EXPECT_EQ(swapped.counts["ConvBNReLU"], 27);
  EXPECT_EQ(swapped.weights, 28U);
  EXPECT_EQ(swapped.depthwise_weights, 13U) << "Q/DQ around all of them";
  EXPECT_GE(swapped.lost, 13U) << "and the report says who lost to whom";
}

}  // namespace
}  // namespace quoin
