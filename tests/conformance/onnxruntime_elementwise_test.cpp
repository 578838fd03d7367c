// What ONNX Runtime's CPU provider makes of quantized ops without weights (docs/targets.md).
#include "conformance/qdq_graph.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Not;

constexpr char kInput[] = "float[1,4,6,6] x", kTwo[] = "float[1,4,6,6] x, float[1,4,6,6] y";
const Quantization kOther{"uint8", 0.07, 100};

class OnnxRuntimeElementwise : public OnnxRuntimeTest {
 protected:
  static std::vector<std::string> ran(const QdqGraph& graph) { return quoin::ran(*onnxruntime(), graph); }
};

TEST_F(OnnxRuntimeElementwise, AddOfTwoIsInteger) {
  QdqGraph graph(kTwo);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Add", {graph.qdq("x"), graph.qdq("y", kOther)})))),
              Contains("QLinearAdd int"));
}

TEST_F(OnnxRuntimeElementwise, O09_AddWithAFloatOperandStaysFloat) {
  QdqGraph graph(kTwo);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Add", {graph.qdq("x"), "y"})))),
              AllOf(Contains("Add"), Not(Contains("QLinearAdd int"))));
}

TEST_F(OnnxRuntimeElementwise, O09_AddWithAFloatConstantStaysFloat) {
  QdqGraph graph(kInput);
  const std::string b = graph.float_weight({1, 4, 1, 1});
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Add", {graph.qdq("x"), b})))),
              AllOf(Contains("Add"), Not(Contains("QLinearAdd int"))));
}

TEST_F(OnnxRuntimeElementwise, O09_AddWithAQuantizedConstantIsInteger) {
  QdqGraph graph(kInput);
  const std::string integers =
      graph.constant("uint8", {1, 4, 1, 1}, [](size_t i) { return fmt::format("{}", 100 + i); });
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Add", {graph.qdq("x"), graph.dequantize(integers, kOther)})))),
              Contains("QLinearAdd int"));
}

TEST_F(OnnxRuntimeElementwise, O01_AddWithAFloatReaderStaysFloat) {
  QdqGraph graph(kTwo);
  EXPECT_THAT(ran(graph.output(graph.op("Softmax", {graph.op("Add", {graph.qdq("x"), graph.qdq("y", kOther)})}))),
              Contains("Add"));
}

TEST_F(OnnxRuntimeElementwise, ConcatOfSeveralScalesIsInteger) {
  QdqGraph graph(kTwo);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Concat", {graph.qdq("x"), graph.qdq("y", kOther)}, "axis = 1")))),
              Contains("QLinearConcat int"));
}

TEST_F(OnnxRuntimeElementwise, O09_ConcatWithAFloatOperandStaysFloat) {
  QdqGraph graph(kTwo);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Concat", {graph.qdq("x"), "y"}, "axis = 1")))),
              AllOf(Contains("Concat"), Not(Contains("QLinearConcat int"))));
}

TEST_F(OnnxRuntimeElementwise, O10_MaxPoolOfOneScaleIsInteger) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("MaxPool", {graph.qdq("x")}, "kernel_shape = [2, 2]")))),
              Contains("MaxPool int"));
}

TEST_F(OnnxRuntimeElementwise, O10_MaxPoolOfTwoScales) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("MaxPool", {graph.qdq("x")}, "kernel_shape = [2, 2]"), kOther))),
              Contains("MaxPool"));
}

TEST_F(OnnxRuntimeElementwise, O10_ReshapeOfOneScaleIsInteger) {
  QdqGraph graph(kInput);
  const std::string shape = graph.constant("int64", {2}, [](size_t i) { return i == 0 ? "4" : "36"; });
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Transpose", {graph.op("Reshape", {graph.qdq("x"), shape})})))),
              Contains("Transpose int"));
}

TEST_F(OnnxRuntimeElementwise, O10_TransposeOfTwoScales) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Transpose", {graph.qdq("x")}, "perm = [0, 2, 3, 1]"), kOther))),
              Contains("Transpose"));
}

TEST_F(OnnxRuntimeElementwise, SiluIsIntegerWithAPairBehindEachOp) {
  QdqGraph graph(kInput);
  const std::string x = graph.qdq("x");
  const std::string gate = graph.qdq(graph.op("Sigmoid", {x}), {"uint8", 1.0 / 255, 0});
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("Mul", {x, gate})))),
              AllOf(Contains("QLinearSigmoid int"), Contains("QLinearMul int")));
}

TEST_F(OnnxRuntimeElementwise, PoolsAreIntegerBetweenDqAndQ) {
  QdqGraph graph(kInput);
  const std::string pooled = graph.qdq(graph.op("AveragePool", {graph.qdq("x")}, "kernel_shape = [2, 2]"), kOther);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("GlobalAveragePool", {pooled})))),
              AllOf(Contains("QLinearAveragePool int"), Contains("QLinearGlobalAveragePool int")));
}

TEST_F(OnnxRuntimeElementwise, O16_ReduceMeanStaysFloat) {
  QdqGraph graph(kInput);
  EXPECT_THAT(ran(graph.output(graph.qdq(graph.op("ReduceMean", {graph.qdq("x")}, "axes = [2, 3]")))),
              AllOf(Contains("ReduceMean"), Contains("DequantizeLinear")));
}

}  // namespace
}  // namespace quoin
