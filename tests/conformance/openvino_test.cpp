// What OpenVINO's CPU plugin makes of quantized ops (docs/targets.md).
#include "conformance/qdq_graph.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Not;

constexpr char kInput[] = "float[1,16,32,32] x", kTwo[] = "float[1,16,32,32] x, float[1,16,32,32] y";
constexpr char kProduct[] = "float[2,6,16] x, float[2,16,6] y";
const Quantization kOther{"uint8", 0.07, 100};

class OpenvinoConformance : public OpenvinoTest {
 protected:
  static std::vector<std::string> ran(const QdqGraph& graph) { return quoin::ran(*openvino_engine(), graph); }
  static float error(const QdqGraph& graph) { return integer_error(*openvino_engine(), graph); }
  static auto integer_conv() { return AllOf(Contains("Convolution int"), Not(Contains("Convolution"))); }
  static auto integer(const std::string& op) { return AllOf(Contains(op + " int"), Not(Contains(op))); }
  static std::string conv(QdqGraph& graph, const std::string& x) {
    return graph.op("Conv", {x, graph.weight({16, 16, 1, 1})});
  }
};

TEST_F(OpenvinoConformance, ConvNeedsNoQBehindIt) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.op("Softmax", {conv(graph, graph.qdq("x"))}))), integer_conv());
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, ConvWritesIntegersForTheNextOnesQ) {
  QdqGraph graph(kInput);
  const std::string first = graph.op("Relu", {conv(graph, graph.qdq("x"))});
  EXPECT_THAT(ran(graph.output(conv(graph, graph.qdq(first, kUint8Positive)))),
              AllOf(integer_conv(), Not(Contains("Relu"))));
}

TEST_F(OpenvinoConformance, ConvFoldsAFloatBias) {
  QdqGraph graph(kInput);
  const std::string x = graph.qdq("x"), w = graph.weight({16, 16, 1, 1});
  EXPECT_THAT(ran(graph.output(graph.op("Conv", {x, w, graph.float_weight({16})}))),
              AllOf(integer_conv(), Not(Contains("Eltwise")), Not(Contains("Subgraph int"))));
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, ConvFoldsAnInt32Bias) {
  QdqGraph graph(kInput);
  const std::string x = graph.qdq("x"), w = graph.weight({16, 16, 1, 1});
  EXPECT_THAT(ran(graph.output(graph.op("Conv", {x, w, graph.bias(16)}))), integer_conv());
  EXPECT_LT(error(graph), 1e-3F);
}

// A residual block between two convolutions. `shortcut`: the value that the Add takes beside the convolution, from the
// float and the dequantized input of the block.
class OpenvinoResidual : public OpenvinoConformance {
 protected:
  using Shortcut = std::function<std::string(QdqGraph& graph, const std::string& before, const std::string& readable)>;
  static QdqGraph block(const Shortcut& shortcut) {
    QdqGraph graph(kInput);
    const std::string before = graph.op("Relu", {conv(graph, graph.qdq("x"))});
    const std::string readable = graph.qdq(before, kUint8Positive), other = shortcut(graph, before, readable);
    const std::string inner = graph.qdq(graph.op("Relu", {conv(graph, readable)}), kUint8Positive);
    const std::string sum = graph.op("Add", {conv(graph, inner), other});
    graph.output(conv(graph, graph.qdq(graph.op("Relu", {sum}), kUint8Positive)));
    return graph;
  }
  // The Subgraph kernels: one quantizes the input, the others add.
  static auto kernels_beside_the_convolutions(int count) {
    return AllOf(integer_conv(), Contains("Subgraph").Times(1 + count));
  }
};

TEST_F(OpenvinoResidual, AQuantizedConvolutionIsAddedInsideTheOther) {
  const QdqGraph graph =
      block([](QdqGraph& g, const std::string&, const std::string& readable) { return g.qdq(conv(g, readable)); });
  EXPECT_THAT(ran(graph), kernels_beside_the_convolutions(0));
}

TEST_F(OpenvinoResidual, AFloatConvolutionIsAddedByAKernelOfItsOwn) {
  const QdqGraph graph =
      block([](QdqGraph& g, const std::string&, const std::string& readable) { return conv(g, readable); });
  EXPECT_THAT(ran(graph), kernels_beside_the_convolutions(1));
}

TEST_F(OpenvinoResidual, AQuantizedValueWithTwoReadersIsAddedByAKernelOfItsOwn) {
  const QdqGraph graph = block([](QdqGraph&, const std::string&, const std::string& readable) { return readable; });
  EXPECT_THAT(ran(graph), kernels_beside_the_convolutions(1));
}

TEST_F(OpenvinoResidual, AFloatValueWithTwoReadersIsQuantizedAndAddedByKernelsOfTheirOwn) {
  const QdqGraph graph = block([](QdqGraph&, const std::string& before, const std::string&) { return before; });
  EXPECT_THAT(ran(graph), kernels_beside_the_convolutions(2));
}

TEST_F(OpenvinoConformance, V01_AQWithOneDqOfTwoReadersIsInteger) {
  QdqGraph graph(kInput);
  const std::string x = graph.qdq("x");
  graph.output(conv(graph, x));
  EXPECT_THAT(ran(graph.output(conv(graph, x))), integer_conv());
}

TEST_F(OpenvinoConformance, V01_AQWithTwoDqsIsInteger) {
  QdqGraph graph(kInput);
  const std::string q = graph.quantize("x", kUint8);
  graph.output(conv(graph, graph.dequantize(q, kUint8)));
  EXPECT_THAT(ran(graph.output(conv(graph, graph.dequantize(q, kUint8)))), integer_conv());
}

TEST_F(OpenvinoConformance, V01_APairPerReaderIsInteger) {
  QdqGraph graph(kInput);
  graph.output(conv(graph, graph.qdq("x")));
  EXPECT_THAT(ran(graph.output(conv(graph, graph.qdq("x")))), integer_conv());
}

TEST_F(OpenvinoConformance, V03_OnlyTheDataQuantizedStaysFloat) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.op("Conv", {graph.qdq("x"), graph.float_weight({16, 16, 1, 1})}))),
              Contains("Convolution"));
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

// The first operand's zero point must be 0; the second operand must be int8 with zero point 0, or uint8 with 128, which
// is the same.
TEST_F(OpenvinoConformance, V05_AProductOfTwoActivations) {
  const Quantization asymmetric{"int8", 0.05, 10};
  for (const Quantization& first : {kUint8, kUint8Positive, kInt8, asymmetric}) {
    for (const Quantization& second : {kUint8, kUint8Positive, kInt8, asymmetric}) {
      QdqGraph graph(kProduct);
      graph.output(graph.op("MatMul", {graph.qdq("x", first), graph.qdq("y", second)}));
      const bool integer_second = second.zero_point == (second.type == "int8" ? 0 : 128);
      const bool expected = first.zero_point == 0 && integer_second;
      EXPECT_THAT(ran(graph), Contains(expected ? "MatMul int" : "MatMul"))
          << first.type << " " << first.zero_point << ", " << second.type << " " << second.zero_point;
      EXPECT_LT(error(graph), 1e-3F);
    }
  }
}

TEST_F(OpenvinoConformance, V05_ConvTransposeWithASymmetricInputIsInteger) {
  for (const Quantization& q : {kInt8, kUint8Positive}) {
    QdqGraph graph(kInput);
    const std::string x = graph.qdq("x", q), w = graph.weight({16, 16, 2, 2}, 1);
    EXPECT_THAT(ran(graph.output(graph.op("ConvTranspose", {x, w}))), integer("ConvolutionBackpropData")) << q.type;
    EXPECT_LT(error(graph), 1e-3F) << q.type;
  }
}

TEST_F(OpenvinoConformance, V05_ConvTransposeWithAnAsymmetricInputStaysFloat) {
  QdqGraph graph(kInput);
  const std::string x = graph.qdq("x"), w = graph.weight({16, 16, 2, 2}, 1);
  EXPECT_THAT(ran(graph.output(graph.op("ConvTranspose", {x, w}))), Contains("ConvolutionBackpropData"));
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
  EXPECT_THAT(ran(graph.output(graph.op("Gemm", {x, w, graph.float_weight({16})}, "transB = 1"))),
              integer("FullyConnected"));
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, V07_ConcatOfChannelsOfTwoScalesKeepsItsReaderInteger) {
  QdqGraph graph(kTwo);
  const std::string x = graph.qdq("x"), both = graph.op("Concat", {x, graph.qdq("y", kOther)}, "axis = 1");
  EXPECT_THAT(ran(graph.output(graph.op("Conv", {graph.qdq(both), graph.weight({16, 32, 1, 1})}))), integer_conv());
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, V07_ConcatOfChannelsPartlyFloatKeepsItsReaderInteger) {
  QdqGraph graph(kTwo);
  const std::string both = graph.op("Concat", {graph.qdq("x"), "y"}, "axis = 1");
  EXPECT_THAT(ran(graph.output(graph.op("Conv", {graph.qdq(both), graph.weight({16, 32, 1, 1})}))), integer_conv());
  EXPECT_LT(error(graph), 1e-3F);
}

TEST_F(OpenvinoConformance, V07_AConvBehindAConcatOfRowsStaysFloat) {
  QdqGraph graph(kTwo);
  const std::string both = graph.op("Concat", {"x", "y"}, "axis = 2");
  EXPECT_THAT(ran(graph.output(conv(graph, graph.qdq(both)))), Contains("Convolution"));
}

TEST_F(OpenvinoConformance, V07_AMatMulBehindAConcatOfUnequalRowsIsRefused) {
  QdqGraph graph("float[1,1,32] x, float[1,64,32] y");
  const std::string both = graph.qdq(graph.op("Concat", {"x", "y"}, "axis = 1"), kOther);
  graph.output(graph.op("MatMul", {both, graph.weight({32, 16}, 1)}));
  const Error refusal = error_of([&] { openvino_engine()->open_bytes(graph.bytes()); });
  EXPECT_THAT(refusal.message(), testing::HasSubstr("cannot be broadcasted"));
}

TEST_F(OpenvinoConformance, V07_PartsThatAreFreeOrEmptyAreTaken) {
  for (const char* const ports : {"float[1,N,32] x, float[1,64,32] y", "float[1,0,32] x, float[1,64,32] y"}) {
    QdqGraph graph(ports);
    const std::string both = graph.qdq(graph.op("Concat", {"x", "y"}, "axis = 1"), kOther);
    graph.output(graph.op("MatMul", {both, graph.weight({32, 16}, 1)}));
    EXPECT_NO_THROW(openvino_engine()->open_bytes(graph.bytes())) << ports;
  }
}

TEST_F(OpenvinoConformance, V07_SoAreAGemmAndAProductBehindReluOrAScalar) {
  const auto refused = [](const std::string& product, const std::string& between) {
    QdqGraph graph("float[1,32] x, float[7,32] y");
    std::string both = graph.op("Concat", {"x", "y"}, "axis = 0");
    if (between == "Relu") both = graph.op("Relu", {both});
    if (between == "Add") both = graph.op("Add", {both, graph.float_weight({})});
    if (between == "Tanh") both = graph.op("Tanh", {both});
    graph.output(graph.op(product, {graph.qdq(both, kOther), graph.weight({32, 16}, 1)}));
    try {
      openvino_engine()->open_bytes(graph.bytes());
      return false;
    } catch (const Error&) {
      return true;
    }
  };
  EXPECT_TRUE(refused("Gemm", ""));
  EXPECT_TRUE(refused("MatMul", "Relu"));
  EXPECT_TRUE(refused("MatMul", "Add"));
  EXPECT_FALSE(refused("MatMul", "Tanh"));
}

TEST_F(OpenvinoConformance, V07_AnAddBetweenConcatAndQIsEnough) {
  QdqGraph graph("float[1,1,32] x, float[1,64,32] y");
  const std::string position = graph.float_weight({1, 65, 32});
  const std::string sum = graph.op("Add", {graph.op("Concat", {"x", "y"}, "axis = 1"), position});
  graph.output(graph.op("MatMul", {graph.qdq(sum, kOther), graph.weight({32, 16}, 1)}));
  EXPECT_THAT(ran(graph), integer("FullyConnected"));
  EXPECT_LT(error(graph), 1e-3F);
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
    EXPECT_THAT(ran(graph.output(graph.op("Conv", {x, w}, fmt::format("group = {}", group)))),
                integer("GroupConvolution"))
        << group;
    EXPECT_LT(error(graph), 1e-3F) << group;
  }
}

TEST_F(OpenvinoConformance, DequantizationMovesAcrossMaxPoolAndReshape) {
  QdqGraph graph(kInput);
  const std::string first = graph.op("Relu", {conv(graph, graph.qdq("x"))});
  const std::string pooled =
      graph.op("MaxPool", {graph.qdq(first, kUint8Positive)}, "kernel_shape = [2, 2], strides = [2, 2]");
  EXPECT_THAT(ran(graph.output(conv(graph, pooled))), AllOf(integer_conv(), integer("MaxPool")));
}

}  // namespace
}  // namespace quoin
