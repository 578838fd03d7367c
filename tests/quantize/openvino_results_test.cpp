// What OpenVINO computes otherwise than the graph says is left float or spelled so that it is right
// (tests/conformance/openvino_results_test.cpp shows the faults).
#include "quantize/emitted.h"
#include "quoin/lint.h"

namespace quoin {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

std::string places(const Graph& model, const std::string& list = "blanket") {
  QuantizedModel planned = plan_qdq(model, "openvino-cpu", list);
  give_ranges(planned, -1, 2);
  return qdq_places(emit(planned).graph);
}

std::string first_reason(const Graph& model) {
  const QuantizedModel planned = plan_qdq(model, "openvino-cpu", "blanket");
  return planned.closed.empty() ? "" : planned.closed.front().reason;
}

Graph pool(const std::string& attributes) {
  return model_of("float[1,16,12,12] x", "float[1,16,n,m] y", {},
                  "y = AveragePool<kernel_shape = [3, 3]" + attributes + ">(x)");
}

TEST(OpenvinoResultsCpu, AnAveragePoolThatCountsItsPaddingStaysFloat) {
  for (const char* padded : {", pads = [1, 1, 1, 1]", ", pads = [0, 0, 1, 1]", ", auto_pad = \"SAME_UPPER\""}) {
    const Graph model = pool(std::string(padded) + ", count_include_pad = 1");
    EXPECT_THAT(first_reason(model), HasSubstr("takes it for minus the zero point")) << padded;
  }
  for (const char* right :
       {", pads = [1, 1, 1, 1]", ", count_include_pad = 1", ", pads = [0, 0, 0, 0], count_include_pad = 1"})
    EXPECT_EQ(first_reason(pool(right)).find("zero point"), std::string::npos) << right;
}

TEST(OpenvinoResultsCpu, AMaxPoolInFrontOfAnAveragePoolStaysFloatToo) {
  const Graph model = model_of("float[1,16,12,12] x", "float[1,16,n,m] y", {},
                               "t = MaxPool<kernel_shape = [2, 2]>(x)\n"
                               "y = AveragePool<kernel_shape = [3, 3], pads = [1, 1, 1, 1], count_include_pad = 1>(t)");
  EXPECT_EQ(places(model), "MaxPool MaxPool@t(x)\nAveragePool AveragePool@y(x)\n");
}

TEST(OpenvinoResultsCpu, WhatReadsAMaximumOverAxesStaysFloat) {
  const auto behind = [](const std::string& maximum) {
    return model_of("float[1,16,12,12] x", "float[1,8,1,1] y", {random_initializer("w", {8, 16, 1, 1})},
                    "m = " + maximum + "(x)\nr = Relu(m)\ny = Conv(r, w)");
  };
  EXPECT_THAT(first_reason(behind("GlobalMaxPool")), HasSubstr("fused into its kernel"));
  EXPECT_THAT(first_reason(behind("ReduceMax<axes = [2, 3]>")), HasSubstr("fused into its kernel"));
  EXPECT_THAT(first_reason(behind("ReduceMin<axes = [2, 3]>")), HasSubstr("fused into its kernel"));
  EXPECT_THAT(places(behind("GlobalAveragePool")), HasSubstr("Conv Conv@y(q, int8[0], const)"));
}

TEST(OpenvinoResultsCpu, AVectorTimesAMatrixBecomesARow) {
  const Graph model = model_of("float[16] x", "float[24] y", {random_initializer("w", {16, 24})}, "y = MatMul(x, w)");
  for (const char* list : {"smart", "blanket"}) EXPECT_THAT(places(model, list), HasSubstr("(q, int8[1])")) << list;
}

Graph two_products(const std::string& rows, const std::string& first = "t = MatMul(x, w)") {
  return model_of("float[" + rows + ",64] x", "float[" + rows + ",16] y",
                  {random_initializer("w", {64, 32}), random_initializer("v", {32, 16}),
                   random_initializer("c", {8, 32}), random_initializer("b", {32})},
                  first + "\nr = Relu(t)\ny = Gemm(r, v)");
}

TEST(OpenvinoResultsCpu, AProductOfFixedMatricesWithoutABiasGetsOneThatChangesNothing) {
  EXPECT_EQ(places(two_products("8"), "smart"),
            "MatMul MatMul@t(q, int8[1])\nAdd t_Add(x, const)\nRelu Relu@r(x) -> q\nGemm Gemm@y(q, int8[1], const)\n");
  EXPECT_EQ(places(two_products("n"), "smart"),
            "MatMul MatMul@t(q, int8[1])\nRelu Relu@r(x) -> q\nGemm Gemm@y(q, int8[1])\n");
}

TEST(OpenvinoResultsCpu, ACThatIsNoRowIsAddedBehindSuchABias) {
  EXPECT_THAT(places(two_products("8", "t = Gemm(x, w, c)"), "smart"),
              HasSubstr("Gemm Gemm@t(q, int8[1], const)\nAdd t_Add(x, const)\n"));
  EXPECT_THAT(places(two_products("8", "t = Gemm(x, w, b)"), "smart"),
              HasSubstr("Gemm Gemm@t(q, int8[1], const)\nRelu"));
}

TEST(OpenvinoResultsCpu, TheBiasIsNeitherZeroNorTheSameForAllColumns) {
  // OpenVINO drops the one and takes the other into the scale.
  QuantizedModel planned = plan_qdq(two_products("8"), "openvino-cpu");
  give_ranges(planned, -1, 2);
  const Graph graph = emit(planned).graph;
  const Value* bias = graph.find_value("t_no_bias");
  ASSERT_TRUE(bias && bias->constant());
  const std::vector<double> numbers = bias->constant()->to_doubles();
  ASSERT_EQ(numbers.size(), 32U);
  EXPECT_FLOAT_EQ(static_cast<float>(numbers[0]), 1e-30F);
  EXPECT_FLOAT_EQ(static_cast<float>(numbers[1]), -1e-30F);
}

TEST(OpenvinoResultsCpu, ABiasOfEqualNumbersIsMadeToDifferByOneStepOfFloat) {
  const std::string row = "float[4] equal = {0.3, 0.3, 0.3, 0.3}", number = "float equal = {0.3}";
  for (const auto& [equal, operation] : {std::pair(row, std::string("y = Gemm(x, w, equal)")),
                                         std::pair(row, std::string("t = MatMul(x, w) y = Add(t, equal)")),
                                         std::pair(number, std::string("t = MatMul(x, w) y = Add(t, equal)"))}) {
    const Graph model = model_of("float[8,64] x", "float[8,4] y", {random_initializer("w", {64, 4}), equal}, operation);
    QuantizedModel planned = plan_qdq(model, "openvino-cpu");
    give_ranges(planned, -1, 2);
    const Graph graph = emit(planned).graph;
    int rows = 0;
    for (const Node* node : graph.nodes()) {
      if (!(node->is("Gemm") || node->is("Add"))) continue;
      const Tensor* bias = node->input(node->is("Gemm") ? 2 : 1).constant();
      ASSERT_TRUE(bias);
      ASSERT_EQ(bias->size(), 4) << operation;
      EXPECT_NE(bias->to_doubles()[0], bias->to_doubles()[1]) << operation;
      EXPECT_FLOAT_EQ(static_cast<float>(bias->to_doubles()[0]), 0.3F) << operation;
      ++rows;
    }
    EXPECT_EQ(rows, 1) << "in the place of the one that was there: " << operation;
  }
}

TEST(OpenvinoResultsCpu, ABiasOfZerosIsNone) {
  const Graph model =
      model_of("float[8,64] x", "float[8,16] y",
               {random_initializer("w", {64, 16}), random_initializer("zeros", {16}, 0)}, "y = Gemm(x, w, zeros)");
  EXPECT_EQ(places(model, "smart"), "Gemm Gemm@y(q, int8[1], const)\n");
  QuantizedModel planned = plan_qdq(model, "openvino-cpu");
  give_ranges(planned, -1, 2);
  EXPECT_NE(emit(planned).graph.find_value("y_no_bias"), nullptr);
}

TEST(OpenvinoResultsCpu, AConvolutionWithoutABiasGetsOneToo) {
  const auto conv = [](const std::string& bias) {
    return model_of(
        "float[n,16,h,w] x", "float[n,8,h,w] y",
        {random_initializer("k", {8, 16, 1, 1}), random_initializer("b", {8}), random_initializer("zeros", {8}, 0)},
        "y = Conv(x, k" + bias + ")");
  };
  const auto bias_of = [&](const std::string& bias) {
    QuantizedModel planned = plan_qdq(conv(bias), "openvino-cpu");
    give_ranges(planned, -1, 2);
    const Graph graph = emit(planned).graph;
    for (const Node* node : graph.nodes()) {
      if (node->is("Conv")) return node->input(2).name();
    }
    return std::string();
  };
  EXPECT_EQ(bias_of(""), "y_no_bias");
  EXPECT_EQ(bias_of(", zeros"), "y_no_bias");
  EXPECT_EQ(bias_of(", b"), "b");
}

TEST(OpenvinoResultsCpu, ItsOwnFilesAreCleanUnderItsOwnLint) {
  const Target target = load_target("openvino-cpu");
  QuantizedModel planned = plan_qdq(two_products("8"), "openvino-cpu");
  give_ranges(planned, -1, 2);
  EXPECT_THAT(lint(emit(planned).graph, target, {.cpu = "vnni", .lowest = Severity::kWarn}).findings, IsEmpty());
}

// It refuses the Add of a product of constants of another rank, quantized, and another operand.
TEST(OpenvinoResultsCpu, AProductOfConstantsStaysFloatAndSoDoesItsAdd) {
  const Graph model =
      model_of("float[3,16,8] x", "float[3,16,24] y",
               {random_initializer("c", {16, 8}), random_initializer("w", {8, 24}), random_initializer("v", {8, 24})},
               "p = MatMul(c, w)\nq = MatMul(x, v)\nr = Relu(q)\ny = Add(p, r)");
  EXPECT_THAT(places(model), HasSubstr("MatMul MatMul@p(const, const)"));
  EXPECT_THAT(places(model), HasSubstr("Add Add@y(x, x)"));
  EXPECT_EQ(first_reason(model), "a product of constants is computed once, when the model is loaded");
}

TEST(OpenvinoResultsCpu, AnOperandComputedFromConstantsIsLikeAConstantOne) {
  const Graph model = model_of("float[1,16,8] x", "float[1,16,8] y", {random_initializer("c", {1, 16, 8})},
                               "e = Exp(c)\ny = Add(x, e)");
  EXPECT_THAT(first_reason(model), HasSubstr("the operand 'e' is computed from constants alone"));
}

TEST(OpenvinoResultsCpu, AProductBehindPartsOfUnequalSizeStaysFloat) {
  const auto behind = [](const std::string& axis, const std::string& between, const std::string& product = "MatMul") {
    return model_of("float[4,16] a, float[8,16] b, float[4,16] c", "float[n,m] y",
                    {random_initializer("w", {axis == "1" ? 32U : 16U, 24}), "float k = {2}"},
                    "j = Concat<axis = " + axis + ">(a, " + (axis == "1" ? "c" : "b") + ")\n" + between +
                        "\ny = " + product + "(m, w)");
  };
  const auto why = HasSubstr("joined from unequal parts");
  for (const char* linear : {"m = Identity(j)", "m = Relu(j)", "m = Mul(k, j)", "m = Sub(j, k)"})
    EXPECT_THAT(first_reason(behind("0", linear)), why) << linear;
  EXPECT_THAT(first_reason(behind("-2", "m = Relu(j)", "Gemm")), why);
  for (const char* kept : {"m = Tanh(j)", "m = LeakyRelu(j)"})
    EXPECT_THAT(places(behind("0", kept)), HasSubstr("MatMul MatMul@y(q, int8[1]")) << kept;
  EXPECT_THAT(places(behind("1", "m = Identity(j)")), HasSubstr("MatMul MatMul@y(q, int8[1]"));
}

TEST(OpenvinoResultsCpu, WhatReadsAMeanWithoutKeepdimsOfAProductStaysFloat) {
  const auto mean = [](const std::string& keepdims, const std::string& between) {
    return model_of(
        "float[2,4,16] x", "float[n,8] y",
        {random_initializer("w", {16, 16}), random_initializer("v", {16, 8}), random_initializer("b", {16})},
        "p = MatMul(x, w)\nq = " + between + "\nr = ReduceMean<axes = [1], keepdims = " + keepdims +
            ">(q)\ny = MatMul(r, v)");
  };
  for (const char* list : {"smart", "blanket"}) {
    EXPECT_THAT(places(mean("0", "Identity(p)"), list), HasSubstr("MatMul MatMul@y(x, const)")) << list;
    EXPECT_THAT(places(mean("0", "Add(p, b)"), list), HasSubstr("MatMul MatMul@y(x, const)")) << list;
    EXPECT_THAT(places(mean("1", "Identity(p)"), list), HasSubstr("MatMul MatMul@y(q, int8[1]")) << list;
    EXPECT_THAT(places(mean("0", "Relu(p)"), list), HasSubstr("MatMul MatMul@y(q, int8[1]")) << list;
  }
}

TEST(OpenvinoResultsCpu, FewAveragesStayFloat) {
  const auto few = [](const std::string& batch) {
    return model_of("float[" + batch + ",8,6,6] x", "float[" + batch + ",8,1,1] y", {},
                    "y = AveragePool<kernel_shape = [6, 6]>(x)");
  };
  EXPECT_THAT(first_reason(few("1")), HasSubstr("an average of fewer than 16 values"));
  EXPECT_THAT(first_reason(few("n")), HasSubstr("an average of fewer than 16 values"));
  EXPECT_EQ(places(few("2")), "AveragePool AveragePool@y(q) -> q\n");
}

TEST(OpenvinoResultsCpu, AnAverageOfIntegersIsQuantizedItself) {
  const Graph model = model_of("float[1,16,9,9] x", "float[1,16,7,8] y", {random_initializer("k", {7, 8})},
                               "p = AveragePool<kernel_shape = [3, 3]>(x)\nt = Tan(p)\ns = Sin(t)\ny = MatMul(s, k)");
  EXPECT_THAT(places(model), HasSubstr("AveragePool AveragePool@p(q) -> q\nTan Tan@t(q)"));
}

TEST(OpenvinoResultsCpu, A1x1ConvolutionWithStridesAndPaddingStaysFloat) {
  const auto conv = [](const std::string& attributes, int64_t kernel = 1) {
    return model_of("float[1,16,8,8] x", "float[1,8,h,w] y", {random_initializer("w", {8, 16, kernel, kernel})},
                    "y = Conv<" + attributes + ">(x, w)");
  };
  for (const char* list : {"smart", "blanket"})
    EXPECT_THAT(places(conv("strides = [2, 2], pads = [1, 1, 1, 1]"), list), HasSubstr("Conv Conv@y(x, const)"))
        << list;
  EXPECT_THAT(places(conv("strides = [2, 2], pads = [0, 0, 0, 0]")), HasSubstr("Conv@y(q, int8[0]"));
  EXPECT_THAT(places(conv("strides = [2, 2]")), HasSubstr("Conv@y(q, int8[0]"));
  EXPECT_THAT(places(conv("pads = [1, 1, 1, 1]")), HasSubstr("Conv@y(q, int8[0]"));
  EXPECT_THAT(places(conv("strides = [2, 2], pads = [1, 1, 1, 1]", 3)), HasSubstr("Conv@y(q, int8[0]"));
}

TEST(OpenvinoResultsCpu, ABiasInFrontOfAQIsAnAddWhereSizesAreOpenAndRead) {
  const auto model = [](const std::string& batch, const std::string& more, const std::string& activation = "Relu") {
    return model_of(
        "float[" + batch + ",4,8,8] x", "float[" + batch + ",8,8,8] y" + (more.empty() ? "" : ", int64[4] s"),
        {random_initializer("w", {8, 4, 1, 1}), random_initializer("b", {8}), random_initializer("v", {8, 8, 1, 1})},
        "t = Conv(x, w, b)\nr = " + activation + "(t)\ny = Conv(r, v, b)\n" + more);
  };
  const std::string asks = "s = Shape(x)", as_input = "Conv Conv@t(q, int8[0], const)\nRelu";
  EXPECT_EQ(places(model("n", asks), "smart"),
            "Conv Conv@t(q, int8[0])\nAdd t_Add(x, const)\nRelu Relu@r(x) -> q\n"
            "Conv Conv@y(q, int8[0], const)\nShape Shape@s(x)\n");
  EXPECT_THAT(places(model("n", ""), "smart"), HasSubstr(as_input));
  EXPECT_THAT(places(model("2", asks), "smart"), HasSubstr(as_input));
  EXPECT_THAT(places(model("n", asks, "Sigmoid"), "smart"), HasSubstr("Conv@t(q, int8[0], const)"));
  const Graph summed = model_of("float[n,4,8,8] x", "float[n,8,8,8] y, int64[4] s",
                                {random_initializer("w", {8, 4, 1, 1}), random_initializer("b", {8}),
                                 random_initializer("v", {8, 8, 1, 1}), "float k = {2}"},
                                "t = Conv(x, w, b)\nu = Add(k, t)\nr = Transpose<perm = [0, 1, 3, 2]>(u)\n"
                                "y = Conv(r, v)\n" +
                                    asks);
  EXPECT_THAT(places(summed, "blanket"), HasSubstr("Add t_Add(")) << "past sums with constants, and ops that move";
}

TEST(OpenvinoResultsCpu, WhatReadsNegativeFactorsPerChannelStaysFloat) {
  const auto behind = [](const std::string& front, const std::string& factor) {
    return model_of("float[1,2,8,8] x", "float[1,8,h,w] y",
                    {random_initializer("w", {8, 2, 1, 1}), "float[2,1,1] k = {0.5, -2}", "float[2,1,1] p = {0.5, 2}"},
                    front + "\nm = Mul(f, " + factor + ")\nr = Relu(m)\ny = Conv(r, w)");
  };
  const std::string pool = "f = MaxPool<kernel_shape = [2, 2]>(x)";
  EXPECT_THAT(places(behind(pool, "k"), "smart"), HasSubstr("Conv Conv@y(x, const"));
  EXPECT_THAT(places(behind(pool, "p"), "smart"), HasSubstr("Conv Conv@y(q, int8[0]"));
  EXPECT_THAT(places(behind("f = Tanh(x)", "k"), "smart"), HasSubstr("Conv Conv@y(q, int8[0]"));
}

}  // namespace
}  // namespace quoin
