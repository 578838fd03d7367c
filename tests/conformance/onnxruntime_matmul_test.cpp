// What ONNX Runtime's CPU provider makes of quantized linear layers and products (docs/targets.md).
#include "conformance/qdq_graph.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Not;

constexpr char kRows[] = "float[6,16] x", kTokens[] = "float[2,6,16] x";

class OnnxRuntimeMatMul : public OnnxRuntimeTest {
 protected:
  static std::vector<std::string> ran(const QdqGraph& graph) { return quoin::ran(*onnxruntime(), graph); }
  static auto is_float() {
    return testing::AnyOf(Contains("MatMul"), Contains("Gemm"), Contains("FusedMatMul"), Contains("FusedGemm"));
  }
  static std::string matmul(QdqGraph& graph) { return graph.op("MatMul", {graph.qdq("x"), graph.weight({16, 8}, 1)}); }
  // A float reader.
  static QdqGraph& float_out(QdqGraph& graph, const std::string& y) { return graph.output(graph.op("Softmax", {y})); }
};

TEST_F(OnnxRuntimeMatMul, IsIntegerWithAQBehindIt) {
  QdqGraph graph(kTokens);
  EXPECT_THAT(ran(graph.output(graph.qdq(matmul(graph)))), AllOf(Contains("QLinearMatMul int"), Not(is_float())));
}

TEST_F(OnnxRuntimeMatMul, IsIntegerWithAFloatOutput) {
  QdqGraph graph(kTokens);
  EXPECT_THAT(ran(float_out(graph, matmul(graph))), AllOf(Contains("MatMulIntegerToFloat int"), Not(is_float())));
}

TEST_F(OnnxRuntimeMatMul, O02_StaysFloatWithAQAndAnotherReader) {
  QdqGraph graph(kTokens);
  const std::string y = matmul(graph);
  graph.output(graph.qdq(y));
  EXPECT_THAT(ran(float_out(graph, y)), is_float());
}

TEST_F(OnnxRuntimeMatMul, O07_AFloatBiasAndNoQStaysFloat) {
  for (const char* input : {kRows, kTokens}) {
    QdqGraph graph(input);
    const std::string b = graph.float_weight({8});
    EXPECT_THAT(ran(float_out(graph, graph.op("Add", {matmul(graph), b}))), is_float()) << input;
  }
}

TEST_F(OnnxRuntimeMatMul, O07_AFloatBiasAndAQBecomeQGemm) {
  for (const char* input : {kRows, kTokens}) {
    QdqGraph graph(input);
    const std::string b = graph.float_weight({8});
    EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Add", {matmul(graph), b})))),
                AllOf(Contains("QGemm int"), Not(is_float())))
        << input;
  }
}

TEST_F(OnnxRuntimeMatMul, O07_AnInt32BiasAndNoQBecomeQGemm) {
  for (const char* input : {kRows, kTokens}) {
    QdqGraph graph(input);
    const std::string y = matmul(graph);
    EXPECT_THAT(ran(float_out(graph, graph.op("Add", {y, graph.bias(8)}))),
                AllOf(Contains("QGemm int"), Not(is_float())))
        << input;
  }
}

TEST_F(OnnxRuntimeMatMul, O07_AnInt32BiasAndAQBecomeQGemm) {
  for (const char* input : {kRows, kTokens}) {
    QdqGraph graph(input);
    const std::string y = matmul(graph);
    EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Add", {y, graph.bias(8)})))),
                AllOf(Contains("QGemm int"), Not(is_float())))
        << input;
  }
}

TEST_F(OnnxRuntimeMatMul, O07_AnInt32BiasOfNAxesGivesTheRightNumbers) {
  QdqGraph graph(kTokens);
  const std::string y = matmul(graph);
  float_out(graph, graph.op("Add", {y, graph.bias(8)}));
  EXPECT_LT(integer_error(*onnxruntime(), graph), 1e-4F);
}

TEST_F(OnnxRuntimeMatMul, O07_APairBetweenMatMulAndAddKeepsBothInteger) {
  QdqGraph graph(kTokens);
  const std::string b = graph.qdq(graph.float_weight({8}));
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Add", {graph.qdq(matmul(graph)), b})))),
              AllOf(Contains("QLinearMatMul int"), Contains("QLinearAdd int")));
}

TEST_F(OnnxRuntimeMatMul, GemmHasAFloatOutput) {
  QdqGraph graph(kRows);
  const std::string x = graph.qdq("x"), w = graph.weight({8, 16}, 0);
  EXPECT_THAT(ran(float_out(graph, graph.op("Gemm", {x, w, graph.bias(8)}, "transB = 1"))),
              AllOf(Contains("QGemm int"), Not(is_float())));
}

TEST_F(OnnxRuntimeMatMul, O07_GemmWithAFloatBiasAndNoQStaysFloat) {
  QdqGraph graph(kRows);
  const std::string x = graph.qdq("x"), w = graph.weight({8, 16}, 0);
  EXPECT_THAT(ran(float_out(graph, graph.op("Gemm", {x, w, graph.float_weight({8})}, "transB = 1"))), is_float());
}

TEST_F(OnnxRuntimeMatMul, O07_GemmWithBetaStaysFloat) {
  QdqGraph graph(kRows);
  const std::string x = graph.qdq("x"), w = graph.weight({8, 16}, 0);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Gemm", {x, w, graph.bias(8)}, "transB = 1, beta = 2.0")))),
              is_float());
}

TEST_F(OnnxRuntimeMatMul, AProductOfTwoActivationsIsInteger) {
  QdqGraph graph("float[2,6,16] x, float[2,16,6] y");
  EXPECT_THAT(ran(float_out(graph, graph.op("MatMul", {graph.qdq("x"), graph.qdq("y")}))),
              AllOf(Contains("MatMulIntegerToFloat int"), Not(is_float())));
}

TEST_F(OnnxRuntimeMatMul, O04_Int8ActivationsWithOneReaderBecomeUint8) {
  QdqGraph graph(kTokens);
  const std::string y = graph.op("MatMul", {graph.qdq("x", kInt8), graph.weight({16, 8}, 1)});
  EXPECT_THAT(ran(graph.output(graph.qdq(y, kInt8))), Contains("QLinearMatMul int"));
}

TEST_F(OnnxRuntimeMatMul, O04_Int8ActivationsWithTwoReadersStayFloat) {
  QdqGraph graph(kTokens);
  const std::string x = graph.qdq("x", kInt8);
  for (const size_t outputs : {8, 16})
    graph.output(graph.qdq(graph.op("MatMul", {x, graph.weight({16, outputs}, 1)}), kInt8));
  EXPECT_THAT(ran(graph), is_float());
}

TEST_F(OnnxRuntimeMatMul, AnIdentityOfAWeightIsFolded) {
  QdqGraph graph(kTokens);
  const std::string w = graph.op("Identity", {graph.weight({16, 8}, 1)});
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("MatMul", {graph.qdq("x"), w})))),
              AllOf(Contains("QLinearMatMul int"), Not(Contains("Identity"))));
}

TEST_F(OnnxRuntimeMatMul, AnIdentityOfABiasIsFolded) {
  QdqGraph graph(kTokens);
  const std::string b = graph.op("Identity", {graph.float_weight({8})});
  EXPECT_THAT(ran(float_out(graph, graph.op("Add", {matmul(graph), b}))), AllOf(is_float(), Not(Contains("Identity"))));
}

}  // namespace
}  // namespace quoin
