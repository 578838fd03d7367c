// Facts behind lint rules that no other test here shows (docs/lint.md).
#include "conformance/qdq_graph.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Not;

constexpr char kInput[] = "float[1,8,6,6] x";

// x through Q and DQ with different scales along `axis`.
std::string per_channel(QdqGraph& graph, size_t channels, int axis, const std::string& zero_point = "128") {
  const std::string scales = graph.constant(
      "float", {channels}, [](size_t i) { return fmt::format("{}", 0.03 + 0.005 * static_cast<double>(i)); });
  const std::string zeros = graph.constant("uint8", {channels}, [&](size_t) { return zero_point; });
  const std::string attribute = fmt::format("axis = {}", axis);
  return graph.op("DequantizeLinear", {graph.op("QuantizeLinear", {"x", scales, zeros}, attribute), scales, zeros},
                  attribute);
}

class OnnxRuntimeLint : public OnnxRuntimeTest {
 protected:
  static std::vector<std::string> ran(const QdqGraph& graph) { return quoin::ran(*onnxruntime(), graph); }
  static float error(const QdqGraph& graph) { return integer_error(*onnxruntime(), graph); }
  static auto integer() { return AllOf(Contains("QLinearConv int"), Not(Contains("Conv"))); }
  static auto is_float() { return Not(Contains("QLinearConv int")); }
  static QdqGraph conv_with_bias(double wrong) {
    QdqGraph graph(kInput);
    graph.output(graph.qdq(graph.op("Conv", {graph.qdq("x"), graph.weight({8, 8, 1, 1}), graph.bias(8, 0.05, wrong)})));
    return graph;
  }
};

TEST_F(OnnxRuntimeLint, O05_SixteenBitActivationsStayFloat) {
  QdqGraph graph(kInput, 21);
  const Quantization wide{"uint16", 0.001, 3000};
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Conv", {graph.qdq("x", wide), graph.weight({8, 8, 1, 1})}), wide))),
              is_float());
}

TEST_F(OnnxRuntimeLint, O06_SeveralScalesOfAnActivationFailWhenRun) {
  QdqGraph graph(kInput);
  graph.output(graph.qdq(graph.op("Conv", {per_channel(graph, 8, 1), graph.weight({8, 8, 1, 1})})));
  EXPECT_THROW(ran(graph), Error);
}

TEST_F(OnnxRuntimeLint, O08_ABiasScaleOffByOnePercentIsIntegerByTwoFloat) {
  EXPECT_THAT(ran(conv_with_bias(1.01)), integer());
  EXPECT_THAT(ran(conv_with_bias(1.02)), is_float());
}

TEST_F(OnnxRuntimeLint, O10_WithoutAZeroPointMaxPoolStaysFloat) {
  const auto graph = [](bool zero_point) {
    QdqGraph made(kInput);
    std::vector<std::string> numbers = {made.constant("float", {}, [](size_t) { return "0.05"; })};
    if (zero_point) numbers.push_back(made.constant("uint8", {}, [](size_t) { return "0"; }));
    const auto op = [&](const std::string& type, const std::string& x) {
      std::vector<std::string> inputs = {x};
      inputs.insert(inputs.end(), numbers.begin(), numbers.end());
      return made.op(type, inputs);
    };
    const std::string x = op("DequantizeLinear", op("QuantizeLinear", "x"));
    const std::string y = made.op("MaxPool", {x}, "kernel_shape = [2, 2]");
    made.output(op("DequantizeLinear", op("QuantizeLinear", y)));
    return made;
  };
  const auto dequantizes = [](const QdqGraph& made) {
    const std::vector<std::string> kernels = ran(made);
    return std::count(kernels.begin(), kernels.end(), "DequantizeLinear");
  };
  EXPECT_EQ(dequantizes(graph(true)), 1);
  EXPECT_EQ(dequantizes(graph(false)), 2);
}

TEST_F(OnnxRuntimeLint, O12_ScalesOnTheInputChannelsGiveWrongNumbers) {
  QdqGraph graph(kInput);
  graph.output(graph.qdq(graph.op("Conv", {graph.qdq("x"), graph.weight({8, 8, 1, 1}, 1)})));
  EXPECT_THAT(ran(graph), integer());
  EXPECT_GT(error(graph), 0.2F);
}

TEST_F(OnnxRuntimeLint, O12_UnequalZeroPointsOfAWeightAreIntegerAndRight) {
  QdqGraph graph(kInput);
  const std::string integers =
      graph.constant("int8", {8, 8, 1, 1}, [](size_t i) { return std::to_string(static_cast<int>(i % 90) - 45); });
  const std::string scales = graph.constant("float", {8}, [](size_t) { return "0.01"; });
  const std::string zeros = graph.constant("int8", {8}, [](size_t i) { return std::to_string(i); });
  graph.output(graph.qdq(
      graph.op("Conv", {graph.qdq("x"), graph.op("DequantizeLinear", {integers, scales, zeros}, "axis = 0")})));
  EXPECT_THAT(ran(graph), integer());
  EXPECT_LT(error(graph), 0.051F);
}

class OpenvinoLint : public OpenvinoTest {
 protected:
  static std::vector<std::string> ran(const QdqGraph& graph) { return quoin::ran(*openvino_engine(), graph); }
  static auto integer() { return AllOf(Contains("Convolution int"), Not(Contains("Convolution"))); }
  static auto is_float() { return AllOf(Contains("Convolution"), Not(Contains("Convolution int"))); }
  // The weight is unpacked on the way: a float product all the same.
  static auto is_float_product() {
    return AllOf(Contains("FullyConnectedCompressed"), Not(Contains("FullyConnected int")));
  }
};

TEST_F(OpenvinoLint, V01_IntegersThatAreReadElsewhereToo) {
  QdqGraph graph(kInput);
  const std::string integers = graph.quantize("x", kUint8);
  graph.output(graph.op("Conv", {graph.dequantize(integers, kUint8), graph.weight({8, 8, 1, 1})}));
  EXPECT_THAT(ran(graph.output(graph.op("Cast", {integers}, "to = 1"))), integer());
}

TEST_F(OpenvinoLint, V02_AnActivationWithSeveralScalesStaysFloat) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.op("Conv", {per_channel(graph, 8, 1), graph.weight({8, 8, 1, 1})}))), is_float());
}

// Each channel of a depthwise convolution reads one scale.
TEST_F(OpenvinoLint, V02_ADepthwiseConvolutionTakesAScalePerChannel) {
  for (const std::string zero_point : {"0", "128"}) {
    QdqGraph graph("float[1,16,6,6] x");
    graph.output(graph.op("Conv", {per_channel(graph, 16, 1, zero_point), graph.weight({16, 1, 3, 3})}, "group = 16"));
    EXPECT_THAT(ran(graph), AllOf(Contains("GroupConvolution int"), Not(Contains("GroupConvolution"))))
        << "zero point " << zero_point;
    EXPECT_LT(integer_error(*openvino_engine(), graph), 1e-3F) << "zero point " << zero_point;
  }
}

TEST_F(OpenvinoLint, V04_ScalesOnTheInputChannelsAndUint8WeightsStayFloat) {
  QdqGraph axis(kInput);
  EXPECT_THAT(ran(axis.output(axis.op("Conv", {axis.qdq("x"), axis.weight({8, 8, 1, 1}, 1)}))), is_float());
  QdqGraph bytes(kInput);
  const std::string integers =
      bytes.constant("uint8", {8, 8, 1, 1}, [](size_t i) { return std::to_string(100 + i % 50); });
  EXPECT_THAT(ran(bytes.output(bytes.op("Conv", {bytes.qdq("x"), bytes.dequantize(integers, {"uint8", 0.01, 128})}))),
              is_float());
  QdqGraph product("float[6,16] x");
  const std::string weight = product.weight({16, 8}, 1, "int8", 3);
  EXPECT_THAT(ran(product.output(product.op("MatMul", {product.qdq("x"), weight}))), is_float_product());
}

TEST_F(OpenvinoLint, V06_AProductWhoseActivationHasSeveralScalesIsRefusedOrFloat) {
  const auto graph = [](size_t channels, int axis) {
    QdqGraph made("float[2,6,16] x");
    made.output(made.op("MatMul", {per_channel(made, channels, axis), made.weight({16, 8}, 1)}));
    return made;
  };
  EXPECT_THROW(ran(graph(6, 1)), Error);
  EXPECT_THAT(ran(graph(16, 2)), is_float_product());
}

TEST_F(OpenvinoLint, V08_SeveralScalesOnAnUnknownRankAreRefused) {
  QdqGraph graph("float[] x");
  graph.output(graph.op("Relu", {per_channel(graph, 8, 1)}));
  EXPECT_THROW(openvino_engine()->open_bytes(graph.bytes()), Error);
}

TEST_F(OpenvinoLint, V11_SixteenBitActivationsStayFloat) {
  QdqGraph graph(kInput, 21);
  EXPECT_THAT(
      ran(graph.output(graph.op("Conv", {graph.qdq("x", {"uint16", 0.001, 3000}), graph.weight({8, 8, 1, 1})}))),
      is_float());
}

}  // namespace
}  // namespace quoin
