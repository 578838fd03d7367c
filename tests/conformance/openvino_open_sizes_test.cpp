// What OpenVINO's CPU plugin loses in a Q: biases of convolutions of open size, and negative factors per channel
// (docs/targets.md). Each test holds the fault; one that fails on a newer OpenVINO says that the rule of
// targets/openvino-cpu.toml, and the lint rule, can go.
#include "conformance/openvino_results.h"

namespace quoin {
namespace {

using OpenvinoLost = OpenvinoResults;

enum class Bias { kOfConv, kOfAdd };

// Conv - Relu - Q - Conv, and behind them `end`, which asks for sizes or does not.
std::string two_convolutions(Bias bias, const std::string& end, const std::string& batch = "n") {
  QdqGraph graph("float[" + batch + ",4,8,8] x");
  const auto numbers = [&](std::vector<size_t> shape) {
    return graph.constant("float", shape,
                          [](size_t i) { return fmt::format("{}", 0.5 + 0.25 * static_cast<double>(i)); });
  };
  const auto conv = [&](const std::string& x, size_t channels) {
    const std::string weight = graph.weight({8, channels, 3, 3}), pads = "pads = [1, 1, 1, 1]";
    if (bias == Bias::kOfConv) return graph.op("Conv", {x, weight, numbers({8})}, pads);
    return graph.op("Add", {graph.op("Conv", {x, weight}, pads), numbers({8, 1, 1})});
  };
  const std::string inner = graph.op("Relu", {conv(graph.qdq("x"), 4)});
  std::string last = conv(graph.qdq(inner, {"uint8", 0.1, 0}), 8);
  const auto integers = [&](const std::string& list) {
    return graph.constant("int64", {1}, [&](size_t) { return list; });
  };
  if (end == "Shape") {  // a row in front, as vision transformers have
    const std::string size = graph.op("Gather", {graph.op("Shape", {last}), integers("0")});
    const std::string one = integers("1"), row = graph.constant("float", {1, 1, 8, 8}, [](size_t) { return "1"; });
    const std::string shape = graph.op("Concat", {size, one, integers("8"), integers("8")}, "axis = 0");
    last = graph.op("Concat", {graph.op("Expand", {row, shape}), last}, "axis = 1");
  }
  return graph.output(last).bytes();
}

// max |OpenVINO - ONNX Runtime without optimizations| for two samples of `channels` x 8 x 8.
float lost(const std::string& bytes, int64_t channels = 4) {
  const auto openvino = openvino_engine()->open_bytes(bytes, {.threads = 1}),
             reference = onnxruntime()->open_bytes(bytes, {.level = OptimizationLevel::kNone});
  std::vector<float> values;
  for (size_t i = 0; i < static_cast<size_t>(2 * channels * 8 * 8); ++i)
    values.push_back(static_cast<float>((i * 29 + 7) % 81) * 0.1F - 4);
  const NamedTensors feeds = {{"x", Tensor::from<float>({2, channels, 8, 8}, values)}};
  const Tensor got = openvino->run(feeds).front().second, wanted = reference->run(feeds).front().second;
  EXPECT_EQ(got.shape(), wanted.shape());
  float worst = 0;
  for (size_t i = 0; i < static_cast<size_t>(std::min(got.size(), wanted.size())); ++i)
    worst = std::max(worst, std::abs(got.as<float>()[i] - wanted.as<float>()[i]));
  return worst;
}

TEST_F(OpenvinoLost, V22_TheBiasOfAConvolutionOfOpenSizeThatIsAskedForIt) {
  EXPECT_GT(lost(two_convolutions(Bias::kOfConv, "Shape")), 1);
}

TEST_F(OpenvinoLost, V22_ABiasAsAnAddOrNobodyWhoAsksIsRight) {
  EXPECT_LT(lost(two_convolutions(Bias::kOfAdd, "Shape")), kWrong);
  EXPECT_LT(lost(two_convolutions(Bias::kOfConv, "")), kWrong);
  EXPECT_LT(lost(two_convolutions(Bias::kOfConv, "Shape", "2")), kWrong);
}

// x of open or fixed size - `front` - factors per channel - `behind` - Q: how far that is.
float of_factors(const std::string& batch, double lowest, const std::string& front = "",
                 const std::string& behind = "") {
  QdqGraph graph("float[" + batch + ",8,8,8] x");
  std::string value = front.empty() ? "x" : graph.op(front, {"x"}, front == "MaxPool" ? "kernel_shape = [2, 2]" : "");
  const auto row = [&](double from) {
    return graph.constant("float", {8, 1, 1},
                          [&](size_t i) { return fmt::format("{}", from + 0.3 * static_cast<double>(i)); });
  };
  value = graph.op("Mul", {value, row(lowest)});
  if (behind == "Add") value = graph.op(behind, {value, row(0.1)});
  if (!behind.empty() && behind != "Add") value = graph.op(behind, {value});
  // OpenVINO drops a Relu in front of a Q that gives no negative number.
  const Quantization& q = behind == "Relu" ? kUint8Positive : kUint8;
  return lost(graph.output(graph.qdq(value, q)).bytes(), 8);
}

TEST_F(OpenvinoLost, V23_NegativeFactorsPerChannelInFrontOfAQ) {
  for (const char* front : {"", "MaxPool", "Softmax"}) EXPECT_GT(of_factors("n", -1.1, front), kWrong) << front;
  EXPECT_GT(of_factors("n", -1.1, "", "Relu"), kWrong);
}

TEST_F(OpenvinoLost, V23_PositiveOrTakenAlongTheyAreRight) {
  constexpr float kStep = 0.051F;
  EXPECT_LT(of_factors("n", 0.1), kStep);
  EXPECT_LT(of_factors("n", -1.1, "Relu"), kStep);
  EXPECT_LT(of_factors("n", -1.1, "", "Add"), kStep);
  EXPECT_LT(of_factors("n", -1.1, "", "Sigmoid"), kStep);
}

TEST_F(OpenvinoLost, V23_ANegativeScaleOfANormalizedMatrix) {
  const auto normalized = [](const std::string& input, double lowest, bool shifted) {
    QdqGraph graph(input, 17);
    const auto row = [&](double from) {
      return graph.constant("float", {16},
                            [&](size_t i) { return fmt::format("{}", from + 0.2 * static_cast<double>(i)); });
    };
    std::vector<std::string> inputs = {"x", row(lowest)};
    if (shifted) inputs.push_back(row(0.1));
    return difference(graph.output(graph.qdq(graph.op("LayerNormalization", inputs))));
  };
  EXPECT_GT(normalized("float[3,16] x", -1.1, false), 0.2F);
  EXPECT_LT(normalized("float[3,16] x", 0.1, false), 0.051F) << "one step of the Q at most";
  EXPECT_LT(normalized("float[3,16] x", -1.1, true), 0.051F);
  EXPECT_LT(normalized("float[2,3,16] x", -1.1, false), 0.051F);
}

}  // namespace
}  // namespace quoin
