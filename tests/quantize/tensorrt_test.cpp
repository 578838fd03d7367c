// The dialect of TensorRT: structure of emitted models.
#include "quantize/emitted.h"

namespace quoin {
namespace {

using testing::HasSubstr;

// Version 10, whose float parts are float32, shows the places without casts (float16_test.cpp).
QuantizedModel ranged(const Graph& model, const std::string& list = "smart") {
  QuantizedModel quantized = plan_qdq(model, "tensorrt-10", list);
  give_ranges(quantized, -1, 2);
  return quantized;
}

std::string places(const Graph& model, const std::string& list = "smart") {
  return qdq_places(emit(ranged(model, list)).graph);
}

TEST(TensorRt, EveryPairIsSymmetricInt8WithConstantParameters) {
  const EmitResult emitted = emit(ranged(resnet_block()));
  check_model(emitted.graph);
  int pairs = 0;
  for (const Node* node : emitted.graph.nodes()) {
    if (!is_qdq(*node)) continue;
    ++pairs;
    ASSERT_EQ(node->input_count(), 3) << "an explicit zero point";
    const Tensor* scale = node->input(1).constant();
    const Tensor* zero = node->input(2).constant();
    ASSERT_TRUE(scale && zero);
    EXPECT_EQ(zero->type(), DataType::kInt8);
    for (const int64_t value : zero->to_int64s()) EXPECT_EQ(value, 0);
    for (const float value : scale->to_floats()) EXPECT_GT(value, 0);
    EXPECT_EQ(zero->shape(), scale->shape());
    EXPECT_EQ(scale->rank() == 1, node->has_attribute("axis")) << node->name();
    EXPECT_TRUE(scale->rank() == 0 || node->input(0).is_initializer()) << "only weights are per channel";
  }
  EXPECT_GT(pairs, 8);
}

TEST(TensorRt, ResnetBlock) {
  EXPECT_EQ(places(resnet_block()), R"(Conv stem(q, int8[0], const)
Relu stem_relu(x) -> q
Conv conv1(q, int8[0], const)
Relu relu1(x) -> q
Conv conv2(q, int8[0], const)
Conv shortcut(q, int8[0], const) -> q
Add add(x, q)
Relu relu2(x)
GlobalAveragePool pool(x) -> q
Conv fc(q, int8[0], const)
Flatten flatten(x)
)");
}

TEST(TensorRt, DepthwiseStaysFloat) {
  EXPECT_EQ(places(separable_block()), R"(Conv first(q, int8[0])
Relu first_relu(x)
Conv depthwise(x, const, const)
Relu depthwise_relu(x) -> q
Conv pointwise(q, int8[0], const)
Relu pointwise_relu(x)
)");
}

TEST(TensorRt, StemAndMaxPool) {
  EXPECT_EQ(places(stem_and_max_pool()), R"(Conv stem(q, int8[0])
Relu stem_relu(x)
MaxPool pool(x) -> q
Conv conv(q, int8[0])
)");
}

TEST(TensorRt, ConcatSharesOneScale) {
  const Graph model = concat_block();
  EXPECT_EQ(places(model, "blanket"), R"(Conv first(q, int8[0]) -> q
Conv a(q, int8[0])
Relu relu_a(x) -> q
Conv b(q, int8[0])
Relu relu_b(x) -> q
Concat concat(q, q) -> q
Conv last(q, int8[0])
)");
  QuantizedModel quantized = plan_qdq(model, "tensorrt-10", "blanket");
  std::map<std::string, int> groups;
  for (const QdqTensor& tensor : quantized.tensors) groups[tensor.value] = tensor.group;
  EXPECT_EQ(groups.at("ra"), groups.at("rb"));
  EXPECT_EQ(groups.at("ra"), groups.at("j"));
  EXPECT_NE(groups.at("ra"), groups.at("x"));
  give_ranges(quantized, -1, 1);
  const std::vector<float> wide = {-4, 2};
  quantized.ranges->tensors["rb"].add_sample(wide);
  const Graph graph = emit(quantized).graph;
  for (const char* name : {"ra_scale", "rb_scale", "j_scale"}) {
    EXPECT_THAT(graph.find_value(name)->constant()->to_floats(), testing::ElementsAre(testing::FloatEq(4.0F / 127)))
        << name;
  }
}

TEST(TensorRt, TheBlanketListQuantizesBothOperandsOfAnAdd) {
  EXPECT_THAT(places(resnet_block(), "blanket"),
              testing::AllOf(HasSubstr("Add add(q, q)"), HasSubstr("GlobalAveragePool pool(q) -> q")));
}

TEST(TensorRt, ClosedPointsSayWhy) {
  const QuantizedModel model = plan_qdq(resnet_block(), "tensorrt");
  std::vector<std::string> closed;
  for (const ClosedPoint& point : model.closed) closed.push_back(point.point + ": " + point.reason);
  EXPECT_THAT(
      closed,
      testing::IsSupersetOf(
          {std::string("bias(conv1): target tensorrt: biases stay float"),
           std::string("inner(add): target tensorrt: Q/DQ inside a fused unit breaks the fusion: the convolution's "
                       "operand of a residual Add stays float"),
           std::string("output(r1): target tensorrt: weighted ops take their output's Q from the next op's input; "
                       "other ops are int8 only with DQ in front and Q behind")}));
}

TEST(TensorRt, AConstantOperandKeepsAnAddFloat) {
  const Graph model = model_of("float[1,4] x", "float[1,4] y", {random_initializer("c", {4})}, "[add] y = Add(x, c)");
  const Target target = load_target("tensorrt");
  const PatternFile file = parse_pattern_file(
      "[[pattern]]\nname = \"AnyAdd\"\nwhy = \"w\"\ntree = \"Add(a, b) as add\"\nqdq = [\"input(add, 0)\", "
      "\"input(add, 1)\", "
      "\"output\"]\nfuse = \"AnyAdd\"\n");
  PatternList list;
  list.add(file.patterns.front());
  const auto [fused, matches] = transform(model, list);
  const QuantizedModel quantized = insert_qdq(fused, matches, target);
  EXPECT_TRUE(quantized.tensors.empty());
  ASSERT_EQ(quantized.closed.size(), 3U);
  for (const ClosedPoint& point : quantized.closed) {
    EXPECT_EQ(point.reason, "target tensorrt: the operand 'c' is constant: " + target.reason("activation"));
  }
}

// One Conv [1,IN,8,8] -> OUT with weight [OUT, IN / group, kernel, kernel], behind another node or at the input.
std::string conv_is(int in, int out, int group, int kernel, bool first = false) {
  const std::string node = fmt::format("[conv] y = Conv <group = {}> ({}, w)", group, first ? "x" : "r");
  const Graph model = model_of(fmt::format("float[1,{},8,8] x", in), "float[1,N,M,K] y",
                               {random_initializer("w", {out, in / group, kernel, kernel})},
                               first ? node : "[relu] r = Relu(x)\n" + node);
  const Target target = load_target("tensorrt");
  return target.skips(*model.find_node("conv")) ? "float" : "int8";
}

TEST(TensorRt, NarrowConvolutionsStayFloat) {
  EXPECT_EQ(conv_is(16, 16, 1, 3), "int8");
  EXPECT_EQ(conv_is(3, 64, 1, 7, true), "int8");
  EXPECT_EQ(conv_is(8, 16, 1, 1), "int8");
  EXPECT_EQ(conv_is(3, 8, 1, 3, true), "int8") << "the first one may be narrow on both sides";
  EXPECT_EQ(conv_is(8, 8, 1, 3), "float");
  EXPECT_EQ(conv_is(9, 9, 1, 3), "float");
  EXPECT_EQ(conv_is(17, 12, 1, 3), "float") << "no multiple of 8";
  EXPECT_EQ(conv_is(32, 32, 32, 3), "int8") << "depthwise, 3x3";
  EXPECT_EQ(conv_is(32, 32, 32, 1), "float");
  EXPECT_EQ(conv_is(64, 64, 2, 1), "int8") << "32 channels in a group";
}

std::string product_is(const std::string& input, const Shape& weight, const std::string& node) {
  const Graph model = model_of(input + " x", "float[N,M] y", {random_initializer("w", weight)}, node);
  const Target target = load_target("tensorrt");
  return target.skips(*model.find_node("product")) ? "float" : "int8";
}

TEST(TensorRt, ProductsWithOneRowOrFewColumnsStayFloat) {
  const std::string matmul = "[product] y = MatMul(x, w)", gemm = "[product] y = Gemm <transB = 1> (x, w)";
  EXPECT_EQ(product_is("float[4,32]", {32, 16}, matmul), "int8");
  EXPECT_EQ(product_is("float[1,32]", {32, 16}, matmul), "float");
  EXPECT_EQ(product_is("float[4,32]", {32, 10}, matmul), "float");
  EXPECT_EQ(product_is("float[4,8]", {8, 16}, matmul), "float");
  EXPECT_EQ(product_is("float[batch,32]", {32, 16}, matmul), "int8") << "an open batch counts as more than one row";
  EXPECT_EQ(product_is("float[4,32]", {16, 32}, gemm), "int8");
  EXPECT_EQ(product_is("float[1,32]", {16, 32}, gemm), "float");
  EXPECT_EQ(product_is("float[4,32]", {10, 32}, gemm), "float");
}

TEST(TensorRt, ASkippedWeightClosesItsWholeUnitAndSaysWhy) {
  const Graph model =
      model_of("float[4,32] x", "float[4,10] y", {random_initializer("w", {32, 10})}, "[fc] y = MatMul(x, w)");
  const QuantizedModel quantized = plan_qdq(model, "tensorrt");
  EXPECT_TRUE(quantized.tensors.empty());
  EXPECT_TRUE(quantized.weights.empty());
  ASSERT_FALSE(quantized.closed.empty());
  EXPECT_EQ(quantized.closed.front().reason,
            "target tensorrt: a product with one row or column is bound by memory, and int8 kernels want 16 inputs and "
            "16 outputs at least (the weight is 32x10)");
}

}  // namespace
}  // namespace quoin
