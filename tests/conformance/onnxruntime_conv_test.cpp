// What ONNX Runtime's CPU provider makes of quantized convolutions (docs/targets.md).
#include "conformance/qdq_graph.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Not;

constexpr char kInput[] = "float[1,4,6,6] x";

class OnnxRuntimeConv : public OnnxRuntimeTest {
 protected:
  static std::vector<std::string> ran(const QdqGraph& graph) { return quoin::ran(*onnxruntime(), graph); }
  static auto integer() {
    return AllOf(Contains("QLinearConv int"), Not(Contains("Conv")), Not(Contains("FusedConv")));
  }
  static auto is_float() {
    return AllOf(Not(Contains("QLinearConv int")), testing::AnyOf(Contains("Conv"), Contains("FusedConv")));
  }
  // x -> Q -> DQ -> Conv
  static std::string conv(QdqGraph& graph, const Quantization& q = kUint8) {
    return graph.op("Conv", {graph.qdq("x", q), graph.weight({8, 4, 1, 1})});
  }
};

TEST_F(OnnxRuntimeConv, IsIntegerBetweenDqAndQ) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.qdq(conv(graph)))), integer());
}

TEST_F(OnnxRuntimeConv, O01_StaysFloatWhereItsOutputIsReadAsFloat) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.op("Softmax", {conv(graph)}))), is_float());
}

TEST_F(OnnxRuntimeConv, O02_StaysFloatWhereItsOutputIsReadAsFloatToo) {
  QdqGraph graph(kInput);
  const std::string c = conv(graph);
  graph.output(graph.qdq(c));
  EXPECT_THAT(ran(graph.output(graph.op("Softmax", {c}))), is_float());
}

TEST_F(OnnxRuntimeConv, O02_StaysFloatWhereItsOutputIsAGraphOutputToo) {
  QdqGraph graph(kInput);
  const std::string c = conv(graph);
  graph.output(graph.qdq(c));
  EXPECT_THAT(ran(graph.output(c)), is_float());
}

TEST_F(OnnxRuntimeConv, O03_ReluAndUint8WithZeroPoint0AreAbsorbed) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Relu", {conv(graph)}), kUint8Positive))),
              AllOf(integer(), Not(Contains("Relu"))));
}

TEST_F(OnnxRuntimeConv, O03_ReluAndUint8WithAnotherZeroPointStayFloat) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Relu", {conv(graph)}), kUint8))), is_float());
}

TEST_F(OnnxRuntimeConv, O03_ReluAndInt8WithZeroPoint0StayFloat) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Relu", {conv(graph, kInt8)}), kInt8))), is_float());
}

TEST_F(OnnxRuntimeConv, O03_ReluAndInt8WithTheLowestZeroPointAreAbsorbed) {
  QdqGraph graph(kInput);
  const Quantization lowest{"int8", 0.05, -128};
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Relu", {conv(graph, kInt8)}), lowest))), integer());
}

TEST_F(OnnxRuntimeConv, O03_AClipOutsideTheRangeIsAbsorbed) {
  QdqGraph graph(kInput);
  const auto bound = [&](const char* value) { return graph.constant("float", {}, [=](size_t) { return value; }); };
  const std::string low = bound("0"), high = bound("6");
  const Quantization up_to_6{"uint8", 6.0 / 255, 0};
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Clip", {conv(graph), low, high}), up_to_6))),
              AllOf(integer(), Not(Contains("Clip"))));
}

TEST_F(OnnxRuntimeConv, O03_AClipInsideTheRangeStaysFloat) {
  QdqGraph graph(kInput);
  const auto bound = [&](const char* value) { return graph.constant("float", {}, [=](size_t) { return value; }); };
  const std::string low = bound("0"), high = bound("6");
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Clip", {conv(graph), low, high}), kUint8Positive))), is_float());
}

TEST_F(OnnxRuntimeConv, O04_Int8ActivationsWithOneReaderBecomeUint8) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.qdq(conv(graph, kInt8), kInt8))), integer());
}

TEST_F(OnnxRuntimeConv, O04_Int8ActivationsWithTwoReadersStayFloat) {
  QdqGraph graph(kInput);
  const std::string x = graph.qdq("x", kInt8);
  graph.output(graph.qdq(graph.op("Conv", {x, graph.weight({8, 4, 1, 1})}), kInt8));
  graph.output(graph.qdq(graph.op("Conv", {x, graph.weight({16, 4, 3, 3})}), kInt8));
  EXPECT_THAT(ran(graph), is_float());
}

TEST_F(OnnxRuntimeConv, O04_Int8ActivationsWithAPairPerReaderAreInteger) {
  QdqGraph graph(kInput);
  graph.output(graph.qdq(graph.op("Conv", {graph.qdq("x", kInt8), graph.weight({8, 4, 1, 1})}), kInt8));
  graph.output(graph.qdq(graph.op("Conv", {graph.qdq("x", kInt8), graph.weight({16, 4, 3, 3})}), kInt8));
  EXPECT_THAT(ran(graph), integer());
}

TEST_F(OnnxRuntimeConv, Uint8ActivationsMayHaveTwoReaders) {
  QdqGraph graph(kInput);
  const std::string x = graph.qdq("x");
  graph.output(graph.qdq(graph.op("Conv", {x, graph.weight({8, 4, 1, 1})})));
  graph.output(graph.qdq(graph.op("Conv", {x, graph.weight({16, 4, 3, 3})})));
  EXPECT_THAT(ran(graph), integer());
}

TEST_F(OnnxRuntimeConv, O05_Uint8InAndInt8OutIsInteger) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.qdq(conv(graph, kUint8), kInt8))), integer());
}

TEST_F(OnnxRuntimeConv, O05_Int8ActivationsAndUint8WeightsAreInteger) {
  QdqGraph graph(kInput);
  const std::string integers =
      graph.constant("uint8", {8, 4, 1, 1}, [](size_t i) { return fmt::format("{}", (i * 37) % 256); });
  const std::string w = graph.dequantize(integers, {"uint8", 0.01, 128});
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Conv", {graph.qdq("x", kInt8), w}), kInt8))), integer());
}

TEST_F(OnnxRuntimeConv, O06_AMissingZeroPointIsUint8) {
  QdqGraph graph(kInput);
  const std::string scale = graph.constant("float", {}, [](size_t) { return "0.05"; });
  const std::string x = graph.op("DequantizeLinear", {graph.op("QuantizeLinear", {"x", scale}), scale});
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Conv", {x, graph.weight({8, 4, 1, 1})})))), integer());
}

TEST_F(OnnxRuntimeConv, O08_AFloatBiasBecomesInt32InFrontOfAQ) {
  QdqGraph graph(kInput);
  const std::string b = graph.float_weight({8});
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Conv", {graph.qdq("x"), graph.weight({8, 4, 1, 1}), b})))),
              integer());
}

TEST_F(OnnxRuntimeConv, O08_AnInt32BiasOfItsScaleIsRight) {
  QdqGraph graph(kInput);
  const std::string c = graph.op("Conv", {graph.qdq("x"), graph.weight({8, 4, 1, 1}), graph.bias(8)});
  EXPECT_THAT(ran(graph.output(graph.qdq(c))), integer());
  EXPECT_LE(integer_error(*onnxruntime(), graph), 0.051F);
}

TEST_F(OnnxRuntimeConv, O08_AnInt32BiasOfAnotherScaleStaysFloat) {
  QdqGraph graph(kInput);
  const std::string c = graph.op("Conv", {graph.qdq("x"), graph.weight({8, 4, 1, 1}), graph.bias(8, 0.05, 10)});
  EXPECT_THAT(ran(graph.output(graph.qdq(c))), is_float());
}

TEST_F(OnnxRuntimeConv, O12_AWeightZeroPointOtherThan0IsStillInteger) {
  QdqGraph graph(kInput);
  const std::string w = graph.weight({8, 4, 1, 1}, 0, "int8", 3);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Conv", {graph.qdq("x"), w})))), integer());
  EXPECT_LE(integer_error(*onnxruntime(), graph), 0.051F);
}

TEST_F(OnnxRuntimeConv, O13_GroupedAndDepthwiseAreInteger) {
  for (const size_t group : {2, 4}) {
    QdqGraph graph(kInput);
    const std::string w = graph.weight({8, 4 / group, 3, 3});
    const std::string c = graph.op("Conv", {graph.qdq("x"), w}, fmt::format("group = {}", group));
    EXPECT_THAT(ran(graph.output(graph.qdq(c))), integer()) << group;
  }
}

TEST_F(OnnxRuntimeConv, O14_ConvTransposeStaysFloat) {
  QdqGraph graph(kInput);
  const std::string c = graph.op("ConvTranspose", {graph.qdq("x"), graph.weight({4, 8, 2, 2}, 1)});
  EXPECT_THAT(ran(graph.output(graph.qdq(c))), AllOf(Contains("ConvTranspose"), Contains("QuantizeLinear")));
}

TEST_F(OnnxRuntimeConv, O17_AFloatWeightBetweenDqAndQIsQuantizedByItself) {
  QdqGraph graph(kInput);
  const std::string c = graph.op("Conv", {graph.qdq("x"), graph.float_weight({8, 4, 1, 1})});
  EXPECT_THAT(ran(graph.output(graph.qdq(c))), integer());
}

TEST_F(OnnxRuntimeConv, O17_AFloatWeightBehindAPerChannelDqStaysFloat) {
  QdqGraph graph(kInput);
  const std::string c = graph.op("Conv", {graph.qdq_per_channel("x", kUint8, 4), graph.float_weight({8, 4, 1, 1})});
  EXPECT_THAT(ran(graph.output(graph.qdq(c))), is_float());
}

TEST_F(OnnxRuntimeConv, O17_AFloatWeightWithoutAQBehindItStaysFloat) {
  QdqGraph graph(kInput);
  const std::string c = graph.op("Conv", {graph.qdq("x"), graph.float_weight({8, 4, 1, 1})});
  EXPECT_THAT(ran(graph.output(graph.op("Softmax", {c}))), is_float());
}

TEST_F(OnnxRuntimeConv, BasicLevelComputesInFloat) {
  QdqGraph graph(kInput);
  graph.output(graph.qdq(conv(graph)));
  EXPECT_THAT(quoin::ran(*onnxruntime(), graph, OptimizationLevel::kBasic), is_float());
}

}  // namespace
}  // namespace quoin
