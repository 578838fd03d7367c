// What ONNX Runtime's CPU provider does between two integer convolutions, which run with channels last, and in front of
// a Relu or Clip that no Q takes along (docs/targets.md).
#include "conformance/qdq_graph.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Not;

constexpr char kImage[] = "float[1,8,6,6] x";

std::string int64_row(QdqGraph& graph, const std::vector<int>& numbers) {
  return graph.constant("int64", {numbers.size()}, [&](size_t i) { return fmt::format("{}", numbers[i]); });
}
std::string float_row(QdqGraph& graph, const std::vector<double>& numbers) {
  return graph.constant("float", {numbers.size()}, [&](size_t i) { return fmt::format("{}", numbers[i]); });
}

class OnnxRuntimeLayout : public OnnxRuntimeTest {
 protected:
  // Conv, Q, DQ, what `middle` makes, Q, DQ, Conv.
  template <typename Middle>
  static QdqGraph between(Middle middle) {
    QdqGraph graph(kImage, 18);
    const std::string first = graph.qdq(graph.op("Conv", {graph.qdq("x"), graph.weight({8, 8, 1, 1})}));
    graph.output(graph.qdq(graph.op("Conv", {graph.qdq(middle(graph, first)), graph.weight({8, 8, 1, 1})})));
    return graph;
  }
  static std::vector<std::string> ran(const QdqGraph& graph) { return quoin::ran(*onnxruntime(), graph); }
  static float error(const QdqGraph& graph) { return integer_error(*onnxruntime(), graph); }
  static std::string kept(QdqGraph& graph, const std::string& x) {
    return graph.op("Reshape", {x, int64_row(graph, {0, 0, 0, 0})});
  }
};

std::string listed_pad(QdqGraph& graph, const std::string& x) {
  return graph.op("Pad", {x, int64_row(graph, {1, 1, 1, 1}), "", int64_row(graph, {2, 3})}, "mode = \"edge\"");
}
std::string listed_resize(QdqGraph& graph, const std::string& x) {
  return graph.op("Resize", {x, "", float_row(graph, {2, 2})}, "mode = \"nearest\", axes = [2, 3]");
}
std::string shrinking_cubic(QdqGraph& graph, const std::string& x) {
  return graph.op("Resize", {x, "", float_row(graph, {1, 1, 0.5, 0.5})}, "mode = \"cubic\"");
}
std::string pad_behind_tanh(QdqGraph& graph, const std::string& x) { return listed_pad(graph, graph.op("Tanh", {x})); }

TEST_F(OnnxRuntimeLayout, O18_APadOrResizeThatListsAxesFailsWhenRun) {
  EXPECT_THROW(ran(between(listed_pad)), Error);
  EXPECT_THROW(ran(between(listed_resize)), Error);
  EXPECT_THROW(ran(between(pad_behind_tanh)), Error) << "through what the layout is moved through";
}

TEST_F(OnnxRuntimeLayout, O18_AShrinkingCubicResizeIsRefused) { EXPECT_THROW(ran(between(shrinking_cubic)), Error); }

TEST_F(OnnxRuntimeLayout, O18_AReshapeBehindKeepsTheLayoutAway) {
  const auto behind = [](auto middle) {
    return between([=](QdqGraph& graph, const std::string& x) { return kept(graph, middle(graph, x)); });
  };
  for (const QdqGraph& graph : {behind(listed_pad), behind(listed_resize), behind(shrinking_cubic)}) {
    EXPECT_THAT(ran(graph), AllOf(Contains("QLinearConv int"), Not(Contains("Conv"))));
    EXPECT_LT(error(graph), 0.11F);
  }
}

TEST_F(OnnxRuntimeLayout, O18_ANumberForEveryAxisIsRight) {
  const QdqGraph padded = between([](QdqGraph& graph, const std::string& x) {
    return graph.op("Pad", {x, int64_row(graph, {0, 0, 1, 1, 0, 0, 1, 1})}, "mode = \"edge\"");
  });
  const QdqGraph resized = between([](QdqGraph& graph, const std::string& x) {
    return graph.op("Resize", {x, "", float_row(graph, {1, 1, 2, 2})}, "mode = \"nearest\"");
  });
  for (const QdqGraph& graph : {padded, resized}) {
    EXPECT_THAT(ran(graph), AllOf(Contains("QLinearConv int"), Not(Contains("Conv"))));
    EXPECT_LT(error(graph), 0.11F);
  }
}

// The Q of uint8, scale 0.05 and zero point 128 holds -6.4 to 6.35.
TEST_F(OnnxRuntimeLayout, O03_AClipWithinHalfAStepOfTheQIsAbsorbed) {
  const auto clipped = [](double low, double high) {
    QdqGraph graph(kImage);
    const auto bound = [&](double at) {
      return graph.constant("float", {}, [=](size_t) { return fmt::format("{}", at); });
    };
    const std::string c = graph.op("Conv", {graph.qdq("x"), graph.weight({8, 8, 1, 1})});
    return graph.output(graph.qdq(graph.op("Clip", {c, bound(low), bound(high)})));
  };
  EXPECT_THAT(ran(clipped(-6.38, 6.33)), Contains("QLinearConv int"));
  EXPECT_THAT(ran(clipped(-6.37, 7)), Not(Contains("QLinearConv int")));
  EXPECT_THAT(ran(clipped(-7, 6.32)), Not(Contains("QLinearConv int")));
}

// Of -1 to 1 no integer is zero and none the middle: 256 of them reach half a step beyond one of the ends.
TEST_F(OnnxRuntimeLayout, O03_AClipAroundZeroIsAbsorbedWhereTheQIsDrawnTogether) {
  const auto clipped = [](double scale) {
    QdqGraph graph(kImage);
    const std::string low = graph.constant("float", {}, [](size_t) { return "-1"; }),
                      high = graph.constant("float", {}, [](size_t) { return "1"; });
    const std::string c = graph.op("Conv", {graph.qdq("x"), graph.weight({8, 8, 1, 1})});
    return graph.output(graph.qdq(graph.op("Clip", {c, low, high}), {"uint8", scale, 128}));
  };
  EXPECT_THAT(ran(clipped(2.0 / 255)), Not(Contains("QLinearConv int")));
  EXPECT_THAT(ran(clipped(1 / 127.501)), Contains("QLinearConv int"));
}

TEST_F(OnnxRuntimeLayout, O01_AProductInFrontOfAReluThatIsReadAsFloatStaysFloat) {
  const auto product = [](const std::string& type, const std::string& activation) {
    QdqGraph graph("float[4,8] x");
    const std::string y = graph.op(type, {graph.qdq("x"), graph.weight({8, 8}, 1)});
    return graph.output(graph.op("Softmax", {graph.op(activation, {y})}));
  };
  for (const char* type : {"MatMul", "Gemm"}) {
    EXPECT_THAT(ran(product(type, "Relu")), Not(Contains(testing::HasSubstr(" int"))));
    EXPECT_THAT(ran(product(type, "Tanh")), Contains(testing::HasSubstr(" int")));
  }
}

}  // namespace
}  // namespace quoin
