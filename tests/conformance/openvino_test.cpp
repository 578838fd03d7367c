// What OpenVINO's CPU plugin makes of quantized ops (docs/targets.md).
#include "conformance/qdq_graph.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Not;

constexpr char kInput[] = "float[1,16,6,6] x", kTwo[] = "float[1,16,6,6] x, float[1,16,6,6] y";
constexpr char kProduct[] = "float[2,6,16] x, float[2,16,6] y";
const Quantization kOther{"uint8", 0.07, 100};

class OpenvinoConformance : public OpenvinoTest {
 protected:
  static std::vector<std::string> ran(const QdqGraph& graph) { return quoin::ran(*openvino_engine(), graph); }
  static float error(const QdqGraph& graph) { return integer_error(*openvino_engine(), graph); }
  static auto integer_conv() { return AllOf(Contains("Convolution int"), Not(Contains("Convolution"))); }
  static auto integer(const std::string& op) { return AllOf(Contains(op + " int"), Not(Contains(op))); }
  static std::string conv(QdqGraph& graph, const std::string& x) { return graph.op("Conv", {x, graph.weight({16, 16, 1, 1})}); }
};

TEST_F(OpenvinoConformance, ConvNeedsNoQBehindIt) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.op("Softmax", {conv(graph, graph.qdq("x"))}))), integer_conv());
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, ConvWritesIntegersForTheNextOnesQ) {
  QdqGraph graph(kInput);
  const std::string first = graph.op("Relu", {conv(graph, graph.qdq("x"))});
  EXPECT_THAT(ran(graph.output(conv(graph, graph.qdq(first, kUint8Positive)))), AllOf(integer_conv(), Not(Contains("Relu"))));
}

TEST_F(OpenvinoConformance, ConvFoldsAFloatBias) {
  QdqGraph graph(kInput);
  const std::string x = graph.qdq("x"), w = graph.weight({16, 16, 1, 1});
  EXPECT_THAT(ran(graph.output(graph.op("Conv", {x, w, graph.float_weight({16})}))), AllOf(integer_conv(), Not(Contains("Eltwise")), Not(Contains("Subgraph int"))));
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, ConvFoldsAnInt32Bias) {
  QdqGraph graph(kInput);
  const std::string x = graph.qdq("x"), w = graph.weight({16, 16, 1, 1});
  EXPECT_THAT(ran(graph.output(graph.op("Conv", {x, w, graph.bias(16)}))), integer_conv());
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, AResidualAddRunsInsideTheConvolution) {
  QdqGraph graph(kTwo);
  const std::string sum = graph.op("Add", {conv(graph, graph.qdq("x")), graph.qdq("y")});
  EXPECT_THAT(ran(graph.output(conv(graph, graph.qdq(graph.op("Relu", {sum}), kUint8Positive)))), AllOf(integer_conv(), Not(Contains("Eltwise")), Not(Contains("Add"))));
}

TEST_F(OpenvinoConformance, AFloatResidualAddRunsInsideTheConvolutionToo) {
  QdqGraph graph(kTwo);
  EXPECT_THAT(ran(graph.output(graph.op("Relu", {graph.op("Add", {conv(graph, graph.qdq("x")), "y"})}))), AllOf(integer_conv(), Not(Contains("Eltwise"))));
}

TEST_F(OpenvinoConformance, V01_AQWithOneDqOfTwoReadersIsInteger) {
  QdqGraph graph(kInput);
  const std::string x = graph.qdq("x");
  graph.output(conv(graph, x));
  EXPECT_THAT(ran(graph.output(conv(graph, x))), integer_conv());
}

TEST_F(OpenvinoConformance, V01_AQWithTwoDqs) {
  QdqGraph graph(kInput);
  const std::string q = graph.quantize("x", kUint8);
  graph.output(conv(graph, graph.dequantize(q, kUint8)));
  EXPECT_THAT(ran(graph.output(conv(graph, graph.dequantize(q, kUint8)))), integer_conv());
}

TEST_F(OpenvinoConformance, V01_APairPerReader) {
  QdqGraph graph(kInput);
  graph.output(conv(graph, graph.qdq("x")));
  EXPECT_THAT(ran(graph.output(conv(graph, graph.qdq("x")))), integer_conv());
}

TEST_F(OpenvinoConformance, V03_OnlyTheDataQuantizedStaysFloat) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.op("Conv", {graph.qdq("x"), graph.float_weight({16, 16, 1, 1})}))), Contains("Convolution"));
}

TEST_F(OpenvinoConformance, V03_OnlyTheWeightQuantizedStaysFloat) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(conv(graph, "x"))), Contains("Convolution"));
}

TEST_F(OpenvinoConformance, V04_AWeightZeroPointOtherThan0StaysFloat) {
  QdqGraph graph(kInput);
  const std::string x = graph.qdq("x"), w = graph.weight({16, 16, 1, 1}, 0, "int8", 3);
  EXPECT_THAT(ran(graph.output(graph.op("Conv", {x, w}))), Contains("Convolution"));
}

TEST_F(OpenvinoConformance, V05_AProductOfTwoSymmetricOperandsIsInteger) {
  for (const Quantization& q : {kInt8, kUint8Positive}) {
    QdqGraph graph(kProduct);
    EXPECT_THAT(ran(graph.output(graph.op("MatMul", {graph.qdq("x", q), graph.qdq("y", q)}))), integer("MatMul")) << q.type;
    EXPECT_LT(error(graph), 1e-3F) << q.type;
  }
}

TEST_F(OpenvinoConformance, V05_AProductWithAnAsymmetricFirstOperand) {
  QdqGraph graph(kProduct);
  EXPECT_THAT(ran(graph.output(graph.op("MatMul", {graph.qdq("x"), graph.qdq("y", kInt8)}))), integer("MatMul"));
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, V05_AProductWithAnAsymmetricSecondOperand) {
  QdqGraph graph(kProduct);
  EXPECT_THAT(ran(graph.output(graph.op("MatMul", {graph.qdq("x", kInt8), graph.qdq("y")}))), Contains("MatMul"));
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, V05_AProductOfTwoAsymmetricOperands) {
  QdqGraph graph(kProduct);
  EXPECT_THAT(ran(graph.output(graph.op("MatMul", {graph.qdq("x"), graph.qdq("y")}))), Contains("MatMul"));
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, V05_ConvTransposeWithASymmetricInputIsInteger) {
  for (const Quantization& q : {kInt8, kUint8Positive}) {
    QdqGraph graph(kInput);
    const std::string x = graph.qdq("x", q), w = graph.weight({16, 16, 2, 2}, 1);
    EXPECT_THAT(ran(graph.output(graph.op("ConvTranspose", {x, w}))), integer("Deconvolution")) << q.type;
  }
}

TEST_F(OpenvinoConformance, V05_ConvTransposeWithAnAsymmetricInputStaysFloat) {
  QdqGraph graph(kInput);
  const std::string x = graph.qdq("x"), w = graph.weight({16, 16, 2, 2}, 1);
  EXPECT_THAT(ran(graph.output(graph.op("ConvTranspose", {x, w}))), Contains("Deconvolution"));
}

TEST_F(OpenvinoConformance, LinearIsIntegerWithAFloatOutput) {
  QdqGraph graph("float[2,6,16] x");
  const std::string y = graph.op("MatMul", {graph.qdq("x"), graph.weight({16, 16}, 1)});
  EXPECT_THAT(ran(graph.output(graph.op("Add", {y, graph.float_weight({16})}))), integer("FullyConnected"));
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, GemmIsIntegerWithAFloatOutput) {
  QdqGraph graph("float[6,16] x");
  const std::string x = graph.qdq("x"), w = graph.weight({16, 16}, 0);
  EXPECT_THAT(ran(graph.output(graph.op("Gemm", {x, w, graph.float_weight({16})}, "transB = 1"))), integer("FullyConnected"));
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, V07_ConcatOfTwoScalesIsInteger) {
  QdqGraph graph(kTwo);
  const std::string x = graph.qdq("x"), both = graph.op("Concat", {x, graph.qdq("y", kOther)}, "axis = 1");
  EXPECT_THAT(ran(graph.output(graph.op("Conv", {graph.qdq(both), graph.weight({16, 32, 1, 1})}))), AllOf(integer_conv(), Contains("Concatenation int")));
}

TEST_F(OpenvinoConformance, V07_ConcatPartlyFloatStaysFloat) {
  QdqGraph graph(kTwo);
  const std::string both = graph.op("Concat", {graph.qdq("x"), "y"}, "axis = 1");
  EXPECT_THAT(ran(graph.output(graph.op("Conv", {graph.qdq(both), graph.weight({16, 32, 1, 1})}))), AllOf(integer_conv(), Contains("Concatenation")));
}

TEST_F(OpenvinoConformance, V09_Int8ActivationsOfAConvAreInteger) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(conv(graph, graph.qdq("x", kInt8)))), integer_conv());
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, GroupedAndDepthwiseAreInteger) {
  for (const size_t group : {2, 16}) {
    QdqGraph graph(kInput);
    const std::string x = graph.qdq("x"), w = graph.weight({16, 16 / group, 3, 3});
    EXPECT_THAT(ran(graph.output(graph.op("Conv", {x, w}, fmt::format("group = {}", group)))), integer_conv()) << group;
  }
}

TEST_F(OpenvinoConformance, DequantizationMovesAcrossMaxPoolAndReshape) {
  QdqGraph graph(kInput);
  const std::string first = graph.op("Relu", {conv(graph, graph.qdq("x"))});
  const std::string pooled = graph.op("MaxPool", {graph.qdq(first, kUint8Positive)}, "kernel_shape = [2, 2], strides = [2, 2]");
  EXPECT_THAT(ran(graph.output(conv(graph, pooled))), AllOf(integer_conv(), integer("Pooling")));
}

}  // namespace
}  // namespace quoin
