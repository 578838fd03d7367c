// O18, and what O01 and O03 say of products, of computed bounds and of half steps. What the engine does:
// tests/conformance/onnxruntime_layout_test.cpp.
#include "target/lint_graph.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string int64s(LintGraph& g, const std::string& name, const std::vector<int>& numbers) {
  return g.constant(name, "int64", {numbers.size()}, [&](size_t i) { return fmt::format("{}", numbers[i]); });
}

std::string pad(LintGraph& g, const std::string& x, const std::vector<int>& axes) {
  std::vector<std::string> inputs = {x, int64s(g, "pads", std::vector<int>(axes.empty() ? 8 : 2 * axes.size(), 0))};
  if (!axes.empty()) inputs.insert(inputs.end(), {"", int64s(g, "axes", axes)});
  return g.op("pad", "Pad", inputs);
}

std::string resize(LintGraph& g, const std::string& x, double scale, const std::string& attributes) {
  return g.op(
      "resize", "Resize",
      {x, "", g.constant("scales", "float", {4}, [&](size_t i) { return number_text("float", i < 2 ? 1 : scale); })},
      attributes);
}

// Conv, Q/DQ, what `middle` makes, Q/DQ, Conv.
template <typename Middle>
LintGraph between(Middle middle, bool behind = true) {
  LintGraph g("float[1,16,8,8] x", 18);
  const std::string y = g.qdq(middle(g, g.qdq(g.conv("first", g.qdq("x")))));
  g.out(behind ? g.qdq(g.conv("second", y)) : y);
  return g;
}

TEST(LintLayout, O18AxesBetweenIntegerConvolutions) {
  const auto some = [](LintGraph& g, const std::string& x) { return pad(g, g.op("tanh", "Tanh", {x}), {2, 3}); };
  EXPECT_THAT(findings("O18", between(some)),
              ElementsAre("error pad: it lists axes of 'tanh', between convolutions that run on integers"));
  EXPECT_THAT(findings("O18", between(some, false)), IsEmpty()) << "no convolution behind it";
  const auto all = [](LintGraph& g, const std::string& x) { return pad(g, x, {0, 1, -2, 3}); };
  EXPECT_THAT(findings("O18", between(all)), IsEmpty()) << "every axis, in order";
  const auto none = [](LintGraph& g, const std::string& x) { return pad(g, x, {}); };
  EXPECT_THAT(findings("O18", between(none)), IsEmpty());
  const auto turned = [](LintGraph& g, const std::string& x) { return pad(g, x, {2, 3, 0, 1}); };
  EXPECT_THAT(findings("O18", between(turned)),
              ElementsAre("error pad: it lists axes of 'first_dq', between convolutions that run on integers"));
}

TEST(LintLayout, O18AReshapeKeepsTheLayoutAway) {
  const auto kept = [](LintGraph& g, const std::string& x) {
    return g.op("kept", "Reshape", {pad(g, x, {2, 3}), int64s(g, "same", {0, 0, 0, 0})});
  };
  EXPECT_THAT(findings("O18", between(kept)), IsEmpty());
}

TEST(LintLayout, O18CubicResize) {
  const auto cubic = [](double scale) {
    return between([=](LintGraph& g, const std::string& x) { return resize(g, x, scale, "mode = \"cubic\""); });
  };
  EXPECT_THAT(
      findings("O18", cubic(0.5)),
      ElementsAre(
          "error resize: it shrinks, by the mode cubic, 'first_dq', between convolutions that run on integers"));
  EXPECT_THAT(findings("O18", cubic(2)), IsEmpty());
}

LintGraph clipped(double low) {
  LintGraph g;
  const std::string at = g.constant("low", "float", {}, [&](size_t) { return number_text("float", low); });
  g.out(g.qdq(g.op("clip", "Clip", {g.conv("conv", g.qdq("x")), at})));
  return g;
}

TEST(LintLayout, O03AClipWithinHalfAStepIsTakenAlong) {
  EXPECT_THAT(findings("O03", clipped(-6.38)), IsEmpty()) << "the Q holds -6.4 to 6.35 in steps of 0.05";
  EXPECT_THAT(findings("O03", clipped(-6.37)).size(), 1U);
}

TEST(LintLayout, O03AComputedBoundIsNot) {
  LintGraph g("float[1,16,8,8] x, float low");
  g.out(g.qdq(g.op("clip", "Clip", {g.conv("conv", g.qdq("x")), "low"})));
  EXPECT_THAT(findings("O03", g), ElementsAre("error conv: Clip 'clip' has a bound that is computed, 'low'"));
}

LintGraph product(const std::string& activation, bool bias) {
  LintGraph g("float[4,16] x");
  std::string y = g.op("fc", "MatMul", {g.qdq("x"), g.weight("w", {16, 16}, 1)});
  if (bias) y = g.op("add", "Add", {y, g.bias("b", 16)});
  g.out(g.op("soft", "Softmax", {g.op("act", activation, {y})}));
  return g;
}

TEST(LintLayout, O01AProductInFrontOfARelu) {
  EXPECT_THAT(findings("O01", product("Relu", false)),
              ElementsAre("error fc: 'act' is read as float by Softmax 'soft'"));
  EXPECT_THAT(findings("O01", product("Relu", true)),
              ElementsAre("error fc: 'act' is read as float by Softmax 'soft'"));
  EXPECT_THAT(findings("O01", product("Tanh", true)), IsEmpty());
}

}  // namespace
}  // namespace quoin
