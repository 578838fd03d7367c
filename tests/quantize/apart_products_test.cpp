// Products of fixed matrices whose results are multiplied or shifted by constants in front of a Q
// (tests/conformance/openvino_results_test.cpp, V16).
#include "quantize/emitted.h"
#include "quoin/lint.h"

namespace quoin {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

Graph emitted_by(const Graph& model, const std::string& list = "smart") {
  QuantizedModel planned = plan_qdq(model, "openvino-cpu", list);
  give_ranges(planned, -1, 2);
  return emit(planned).graph;
}

// x -> `first`, which ends in r -> a second product.
Graph product_then(const std::string& first, const std::string& rows = "8") {
  return model_of("float[" + rows + ",64] x", "float[" + rows + ",16] y",
                  {random_initializer("w", {64, 32}), random_initializer("wt", {32, 64}),
                   random_initializer("v", {32, 16}), random_initializer("b", {32}), random_initializer("m", {32}),
                   random_initializer("column", {8, 1}), random_initializer("c", {8, 32}), "float half = {0.5}"},
                  first + "\ny = MatMul(r, v)");
}

TEST(ApartProducts, ConstantsBehindTheBiasGiveTheProductThreeDimensions) {
  const std::string text = qdq_places(
      emitted_by(product_then("p = MatMul(x, w)\ns = Add(p, b)\nq = Relu(s)\nt = Mul(q, m)\nr = Add(t, b)")));
  EXPECT_THAT(text, HasSubstr("MatMul MatMul@p(q, int8[1])\n"
                              "Add Add@s(x, const)\nSqueeze s_Squeeze(x, const)\nRelu"));
}

TEST(ApartProducts, AProductWithoutABiasGetsOneInThreeDimensionsToo) {
  const std::string text =
      qdq_places(emitted_by(product_then("p = MatMul(x, w)\nq = Mul(p, half)\nr = Relu(q)"), "blanket"));
  EXPECT_THAT(text, HasSubstr("Unsqueeze"));
  EXPECT_THAT(text, HasSubstr("Squeeze p_Squeeze(x, const)\n"));
}

TEST(ApartProducts, WhereNothingIsTakenIntoTheQTheyStayAsTheyAre) {
  for (const char* kept : {"p = MatMul(x, w)\ns = Add(p, b)\nr = Relu(s)", "p = Gemm(x, w, b)\nr = Relu(p)",
                           "p = Gemm(x, w, b)\nq = Mul(p, column)\nr = Relu(q)", "p = Gemm(x, w, c)\nr = Relu(p)"})
    EXPECT_THAT(qdq_places(emitted_by(product_then(kept))), Not(HasSubstr("Unsqueeze"))) << kept;
  const std::string scaled = "p = Gemm(x, w, b)\nq = Relu(p)\nr = Mul(q, m)";
  EXPECT_THAT(qdq_places(emitted_by(product_then(scaled))), HasSubstr("Unsqueeze"));
  EXPECT_THAT(qdq_places(emitted_by(product_then(scaled, "n"))), Not(HasSubstr("Unsqueeze")))
      << "right with free sizes";
  const Graph head =
      model_of("float[8,64] x", "float[8,32] y",
               {random_initializer("w", {64, 32}), random_initializer("b", {32}), random_initializer("m", {32})},
               "p = Gemm(x, w, b)\nq = Relu(p)\ny = Mul(q, m)");
  EXPECT_THAT(qdq_places(emitted_by(head)), Not(HasSubstr("Unsqueeze"))) << "no Q behind";
}

// The Gemm is a MatMul there.
TEST(ApartProducts, EveryFormOfGemmComputesWhatItDid) {
  if (!onnxruntime()) GTEST_SKIP() << "no ONNX Runtime";
  for (const char* gemm : {"p = Gemm(x, w", "p = Gemm<transB = 1>(x, wt"}) {
    for (const char* addend : {", b", ", half", ""}) {
      const std::string form = fmt::format("{}{})\nq = Relu(p)\nr = Mul(q, m)", gemm, addend);
      const Graph model = product_then(form);
      QuantizedModel planned = plan_qdq(model, "openvino-cpu");
      give_ranges(planned, -8, 8);
      const Graph written = emit(planned).graph;
      EXPECT_THAT(qdq_places(written), HasSubstr("Unsqueeze")) << form;
      EXPECT_THAT(qdq_places(written), HasSubstr("MatMul Gemm@p(q, int8[1])")) << form;
      const auto exact = onnxruntime()->open_bytes(serialize(model)),
                 made = onnxruntime()->open_bytes(serialize(written), {.level = OptimizationLevel::kNone});
      std::vector<float> values;
      for (int i = 0; i < 8 * 64; ++i) values.push_back(static_cast<float>((i * 29 + 7) % 81) * 0.025F - 1);
      const NamedTensors feeds = {{"x", Tensor::from<float>(Shape{8, 64}, values)}};
      const NamedTensors wanted = exact->run(feeds), got = made->run(feeds);
      double noise = 0, signal = 0;
      for (int64_t i = 0; i < wanted.front().second.size(); ++i) {
        const double a = wanted.front().second.as<float>()[static_cast<size_t>(i)],
                     b = got.front().second.as<float>()[static_cast<size_t>(i)];
        noise += (a - b) * (a - b);
        signal += a * a;
      }
      EXPECT_LT(noise, 0.02 * signal) << form;
    }
  }
}

TEST(ApartProducts, TwoProductsOfTheSameDataAndWeight) {
  const std::string text = qdq_places(emitted_by(
      product_then("p = Gemm<transB = 1>(x, wt, b)\ns = Gemm<transB = 1>(x, wt, m)\ni = Relu(p)\nj = Relu(s)\n"
                   "q = Mul(i, m)\nt = Mul(j, b)\nr = Add(q, t)")));
  EXPECT_THAT(text, HasSubstr("MatMul Gemm@p(q, int8[1])\nAdd p_Add(x, const)\nSqueeze p_Squeeze"));
  EXPECT_THAT(text, HasSubstr("MatMul Gemm@s(q, int8[1])\nAdd s_Add(x, const)\nSqueeze s_Squeeze"));
}

TEST(ApartProducts, TheFilesAreCleanUnderTheirOwnLint) {
  const Target target = load_target("openvino-cpu");
  for (const char* form : {"p = MatMul(x, w)\ns = Add(p, b)\nq = Relu(s)\nt = Mul(q, m)\nr = Add(t, b)",
                           "p = Gemm<transB = 1>(x, wt, b)\nr = Mul(p, m)", "p = MatMul(x, w)\nr = Mul(p, m)"}) {
    for (const char* list : {"smart", "blanket"})
      EXPECT_THAT(
          lint(emitted_by(product_then(form), list), target, {.cpu = "vnni", .lowest = Severity::kWarn}).findings,
          IsEmpty())
          << form << " " << list;
  }
}

}  // namespace
}  // namespace quoin
