#include "engine/onnxruntime.h"
#include "quoin/edit.h"
#include "quoin/measure.h"

namespace quoin {
namespace {

// Two quantized convolutions: the output of the first is quantized, that of the second is read as float.
Graph two_convolutions() {
  Graph graph = parse_text(R"(
<ir_version: 8, opset_import: ["" : 13]>
qdq (float[1,2,6,6] x) => (float[1,2,6,6] y)
<float s = {0.05}, uint8 z = {128}, float ws = {0.01}, int8 wz = {0}, int8[2,2,1,1] w = {1, -2, 3, -4}>
{
  xq = QuantizeLinear(x, s, z)
  xd = DequantizeLinear(xq, s, z)
  wd = DequantizeLinear(w, ws, wz)
  a = Conv(xd, wd)
  aq = QuantizeLinear(a, s, z)
  ad = DequantizeLinear(aq, s, z)
  b = Conv(ad, wd)
  y = Softmax(b)
}
)");
  Edit edit(graph);
  edit.set_node_name(*graph.find_value("a")->producer(), "first");
  edit.set_node_name(*graph.find_value("b")->producer(), "second");
  return graph;
}

TEST(CheckKernels, NamesWhatWasPlannedIntegerAndRanInFloat) {
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  const Graph graph = two_convolutions();
  const KernelCheck check = check_kernels(*onnxruntime(), graph, random_inputs(graph, 1));
  EXPECT_EQ(check.planned, 2);
  EXPECT_EQ(check.integer, 1);
  ASSERT_EQ(check.in_float.size(), 1);
  EXPECT_EQ(check.in_float[0].node, "second");
  EXPECT_EQ(check.in_float[0].op, "Conv");
  EXPECT_TRUE(check.not_found.empty());
  EXPECT_FALSE(check.conversions.empty());
  EXPECT_GT(check.conversion_share, 0);
}

}  // namespace
}  // namespace quoin
