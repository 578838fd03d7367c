// ONNX Runtime: what no layout may be moved through, scales that do not pass, activations that a Q does not take along.
#include "quantize/emitted.h"
#include "quoin/lint.h"

namespace quoin {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Graph between(const std::string& middle, const std::vector<std::string>& more = {}, int opset = 18) {
  std::vector<std::string> initializers = {random_initializer("w0", {16, 16, 3, 3}, 0.2F),
                                           random_initializer("w1", {16, 16, 3, 3}, 0.2F)};
  initializers.insert(initializers.end(), more.begin(), more.end());
  return model_of("float[1,16,8,8] x", "float[1,16,h,w] y", initializers,
                  "[first] c = Conv <pads = [1, 1, 1, 1]> (x, w0)\n[relu] r = Relu(c)\n" + middle +
                      "\n[second] y = Conv <pads = [1, 1, 1, 1]> (m, w1)",
                  opset);
}

Graph emitted(const Graph& model, const std::string& list = "smart") {
  QuantizedModel quantized = plan_qdq(model, "onnxruntime-cpu", list);
  give_ranges(quantized, -1, 2);
  Graph graph = emit(quantized).graph;
  check_model(graph);
  return graph;
}

void expect_runs(const Graph& model, const std::string& list = "smart") {
  if (!onnxruntime()) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  const NamedTensors feeds = random_dataset(model, 1).sample(0).inputs;
  const Graph graph = emitted(model, list);
  const Tensor wanted = onnxruntime()->open_bytes(serialize(model))->run(feeds).front().second,
               got = onnxruntime()->open_bytes(serialize(graph))->run(feeds).front().second;
  EXPECT_EQ(got.shape(), wanted.shape()) << list;
}

const char* const kPad = "[pad] m = Pad <mode = \"edge\"> (r, pads, , axes)";
const std::vector<std::string> kPadConstants = {"int64[4] pads = {1, 2, 1, 2}", "int64[2] axes = {2, 3}"};

TEST(Layout, ListedAxesAreWrittenOutByBothLists) {
  for (const char* list : {"smart", "blanket"}) {
    const Graph graph = emitted(between(kPad, kPadConstants), list);
    EXPECT_FALSE(graph.find_node("pad")->has_input(3)) << list;
    EXPECT_EQ(graph.find_node("pad")->input(1).constant()->to_int64s(), (std::vector<int64_t>{0, 0, 1, 2, 0, 0, 1, 2}));
    expect_runs(between(kPad, kPadConstants), list);
  }
  const Graph resize =
      between("[resize] m = Resize <mode = \"nearest\", axes = [2, 3]> (r, , scales)", {"float[2] scales = {2, 2}"});
  EXPECT_FALSE(emitted(resize).find_node("resize")->has_attribute("axes"));
  expect_runs(resize);
}

TEST(Layout, WhatCannotBeWrittenOutIsKeptFromTheLayout) {
  // 8 x 8 to 13 x 13 at most: 13 / 8 of both; of 8 x 6 the second is rounded, and no sizes say the same.
  const Graph kept = model_of(
      "float[1,16,8,6] x", "float[1,16,h,w] y",
      {random_initializer("w0", {16, 16, 1, 1}, 0.2F), random_initializer("w1", {16, 16, 1, 1}, 0.2F),
       "int64[2] sizes = {13, 20}"},
      "[first] c = Conv(x, w0)\n[resize] m = Resize <mode = \"nearest\", axes = [2, 3], keep_aspect_ratio_policy = "
      "\"not_larger\"> (c, , , sizes)\n[second] y = Conv(m, w1)",
      18);
  const Graph graph = emitted(kept);
  EXPECT_TRUE(graph.find_node("resize")->has_attribute("axes"));
  EXPECT_EQ(graph.find_node("resize")->output(0).uses().front().node->op(), "Reshape");
  expect_runs(kept);
}

TEST(Layout, ACubicResizeHasAScaleOfItsOwnAndIsKeptFromTheLayout) {
  const Graph cubic =
      between("[resize] m = Resize <mode = \"cubic\"> (r, , scales)", {"float[4] scales = {1, 1, 0.5, 0.5}"}, 13);
  const Graph graph = emitted(cubic);
  EXPECT_EQ(graph.find_node("resize")->output(0).uses().front().node->op(), "Reshape");
  const QuantizedModel planned = plan_qdq(cubic, "onnxruntime-cpu");
  std::map<std::string, int> groups;
  for (const QdqTensor& tensor : planned.tensors) groups[tensor.value] = tensor.group;
  EXPECT_NE(groups.at("r"), groups.at("m")) << "a cubic Resize overshoots";
  expect_runs(cubic);
  const QuantizedModel linear =
      plan_qdq(between("[resize] m = Resize <mode = \"linear\"> (r, , scales)", {"float[4] scales = {1, 1, 2, 2}"}, 13),
               "onnxruntime-cpu");
  groups.clear();
  for (const QdqTensor& tensor : linear.tensors) groups[tensor.value] = tensor.group;
  EXPECT_EQ(groups.at("r"), groups.at("m"));
}

TEST(Layout, AClipThatDoesNotHoldZeroIsNotTakenAlong) {
  const auto clipped = [](const std::string& low, const std::string& high) {
    return qdq_places(emitted(
        model_of("float[1,16,8,8] x", "float[1,16,8,8] y",
                 {random_initializer("w0", {16, 16, 1, 1}, 0.2F), random_initializer("w1", {16, 16, 1, 1}, 0.2F),
                  "float low = {" + low + "}", "float high = {" + high + "}"},
                 "[first] c = Conv(x, w0)\n[clip] r = Clip(c, low, high)\n"
                 "[second] y = Conv(r, w1)")));
  };
  EXPECT_THAT(clipped("0", "6"), HasSubstr("Conv first(q, int8[0])\nClip clip(x, const, const) -> q\n"));
  EXPECT_THAT(clipped("0.2", "6"), HasSubstr("Conv first(q, int8[0]) -> q\nClip clip(q, const, const) -> q\n"));
  EXPECT_THAT(clipped("1", "-1"), HasSubstr("Conv first(q, int8[0]) -> q\n"));
}

// 255 steps of 2 / 255 reach half a step beyond -1 or 1, and ONNX Runtime leaves Clip and convolution float.
TEST(Layout, AClipAroundZeroIsTakenAlong) {
  const auto scale = [](float low, float high, float seen_low, float seen_high) {
    const Graph model =
        model_of("float[1,16,8,8] x", "float[1,16,8,8] y",
                 {random_initializer("w0", {16, 16, 1, 1}, 0.2F), random_initializer("w1", {16, 16, 1, 1}, 0.2F),
                  fmt::format("float low = {{{}}}", low), fmt::format("float high = {{{}}}", high)},
                 "[first] c = Conv(x, w0)\n[clip] r = Clip(c, low, high)\n"
                 "[second] y = Conv(r, w1)");
    QuantizedModel quantized = plan_qdq(model, "onnxruntime-cpu");
    give_ranges(quantized, seen_low, seen_high);
    const Graph graph = emit(quantized).graph;
    EXPECT_FALSE(lint(graph, load_target("onnxruntime-cpu")).has_errors());
    return static_cast<double>(graph.find_node("r_QuantizeLinear")->input(1).constant()->to_floats()[0]);
  };
  EXPECT_LT(scale(-1, 1, -1, 1), 1 / 127.5009);
  EXPECT_GT(scale(-1, 1, -1, 1), 1 / 127.502);
  EXPECT_LT(scale(-3, 2, -3, 2), 5.0 / 255 + 1e-9) << "zero point 153: nothing beyond";
  EXPECT_FLOAT_EQ(static_cast<float>(scale(-1, 1, -0.5F, 0.5F)), 1.0F / 255) << "inside the bounds";
  EXPECT_FLOAT_EQ(static_cast<float>(scale(0, 6, 0, 6)), 6.0F / 255);
}

TEST(Layout, AClipOfAResidualSumThatDoesNotHoldZeroIsNotTakenAlong) {
  const Graph model =
      model_of("float[1,16,8,8] x", "float[1,16,8,8] y",
               {random_initializer("w0", {16, 16, 1, 1}, 0.2F), random_initializer("w1", {16, 16, 1, 1}, 0.2F),
                "float low = {0.2}", "float high = {6}"},
               "[first] c = Conv(x, w0)\n[add] a = Add(c, x)\n[clip] r = Clip(a, low, high)\n"
               "[second] y = Conv(r, w1)");
  EXPECT_THAT(qdq_places(emitted(model)), HasSubstr("Add add(q, q) -> q\nClip clip(q, const, const) -> q\n"));
}

TEST(Layout, AReluBehindAProductIsQuantizedForFloatReadersToo) {
  const auto places = [](const std::string& activation) {
    return qdq_places(emitted(model_of(
        "float[4,16] x", "float[4,16] y", {random_initializer("w", {16, 16}, 0.3F), random_initializer("b", {16})},
        "[fc] p = MatMul(x, w)\n[add] a = Add(p, b)\n[act] r = " + activation + "(a)\n[soft] y = Softmax(r)")));
  };
  EXPECT_THAT(places("Relu"), HasSubstr("Relu act(x) -> q\nSoftmax soft(q)\n"));
  EXPECT_THAT(places("Tanh"), HasSubstr("Tanh act(x)\nSoftmax soft(x)\n"));
}

}  // namespace
}  // namespace quoin
