#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "quantize/emitted.h"
#include "quoin/improve.h"

namespace quoin {
namespace {

constexpr unsigned kSeed = 11;

// Samples with a mean that differs from channel to channel.
Dataset data_for(const Shape& shape, size_t channel_axis, size_t count = 16) {
  return Dataset(count, [=](size_t index) {
    std::mt19937 random(kSeed + static_cast<unsigned>(index));
    std::uniform_real_distribution<float> noise(-0.2F, 0.2F);
    std::vector<float> values(static_cast<size_t>(element_count(shape)));
    size_t inner = 1;
    for (size_t axis = channel_axis + 1; axis < shape.size(); ++axis) inner *= static_cast<size_t>(shape[axis]);
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t channel = i / inner % static_cast<size_t>(shape[channel_axis]);
      values[i] = 0.3F + 0.2F * static_cast<float>(channel % 5) + noise(random);
    }
    return Sample{{{"x", Tensor::from(shape, values)}}, {}};
  });
}

// Largest over the channels of |mean over the data of (float output - quantized output)|.
double mean_error(const Graph& model, const Graph& made, const Dataset& data, size_t channel_axis) {
  const auto a = onnxruntime()->open_bytes(serialize(model), {.level = OptimizationLevel::kNone});
  const auto b = onnxruntime()->open_bytes(serialize(made), {.level = OptimizationLevel::kNone});
  std::vector<double> sums;
  size_t count = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    const NamedTensors feeds = data.sample(i).inputs;
    const Tensor x = a->run(feeds).front().second, y = b->run(feeds).front().second;
    const auto channels = static_cast<size_t>(x.shape()[channel_axis]);
    size_t inner = 1;
    for (size_t axis = channel_axis + 1; axis < x.shape().size(); ++axis) inner *= static_cast<size_t>(x.shape()[axis]);
    sums.resize(channels);
    for (size_t k = 0; k < static_cast<size_t>(x.size()); ++k)
      sums[k / inner % channels] += x.as<float>()[k] - y.as<float>()[k];
    count += static_cast<size_t>(x.size()) / channels;
  }
  double largest = 0;
  for (const double sum : sums) largest = std::max(largest, std::abs(sum / static_cast<double>(count)));
  return largest;
}

struct Errors {
  double before = 0, after = 0;
  std::vector<BiasCorrection> report;
  size_t biases = 0;
};

// With weights of 3 bits, so that there is much to correct.
Errors correct(const Graph& model, const std::string& target, const Dataset& data, size_t output_channel_axis) {
  QuantizedModel quantized = plan_qdq(model, target, "smart", {.weight = {.n_bits = 3}});
  calibrate(quantized, *onnxruntime(), data, {.channel_axes = bias_correction_axes(quantized)});
  Errors errors;
  errors.before = mean_error(model, emit(quantized).graph, data, output_channel_axis);
  errors.report = correct_biases(quantized);
  errors.biases = quantized.biases.size();
  errors.after = mean_error(model, emit(quantized).graph, data, output_channel_axis);
  return errors;
}

class BiasCorrectionTest : public testing::Test {
 protected:
  void SetUp() override {
    RecordProperty("seed", static_cast<int>(kSeed));
    if (!onnxruntime()) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
};

TEST_F(BiasCorrectionTest, ConvWithBias) {
  const Graph model =
      model_of("float[1,6,5,5] x", "float[1,8,5,5] y",
               {random_initializer("w", {8, 6, 1, 1}), random_initializer("b", {8})}, "y = Conv(x, w, b)");
  const Errors errors = correct(model, "tensorrt", data_for({1, 6, 5, 5}, 1), 1);
  ASSERT_EQ(errors.report.size(), 1u);
  EXPECT_GT(errors.before, 0.02);
  EXPECT_LT(errors.after, errors.before / 10);
  EXPECT_GT(errors.report[0].largest_shift, errors.report[0].mean_shift);
}

TEST_F(BiasCorrectionTest, AGroupedConvWithoutBiasGetsOne) {
  const Graph model = model_of("float[1,6,5,5] x", "float[1,4,3,3] y", {random_initializer("w", {4, 3, 3, 3})},
                               "y = Conv<group = 2>(x, w)");
  const Errors errors = correct(model, "onnxruntime-cpu", data_for({1, 6, 5, 5}, 1), 1);
  EXPECT_EQ(errors.biases, 1u);
  EXPECT_LT(errors.after, errors.before / 5);
}

TEST_F(BiasCorrectionTest, GemmBothWays) {
  for (const int transposed : {0, 1}) {
    const Graph model =
        model_of("float[1,12] x", "float[1,5] y",
                 {random_initializer("w", transposed ? Shape{5, 12} : Shape{12, 5}), random_initializer("b", {5})},
                 fmt::format("y = Gemm<transB = {}>(x, w, b)", transposed));
    const Errors errors = correct(model, "openvino-cpu", data_for({1, 12}, 1), 1);
    EXPECT_LT(errors.after, errors.before / 10) << "transB = " << transposed;
  }
}

TEST_F(BiasCorrectionTest, MatMulWithTheAddBehindIt) {
  const Graph model =
      model_of("float[1,7,12] x", "float[1,7,5] y", {random_initializer("w", {12, 5}), random_initializer("b", {5})},
               "m = MatMul(x, w)\ny = Add(b, m)");
  const Errors errors = correct(model, "openvino-cpu", data_for({1, 7, 12}, 2), 2);
  ASSERT_EQ(errors.report.size(), 1u);
  EXPECT_LT(errors.after, errors.before / 10);
}

TEST_F(BiasCorrectionTest, AMatMulAloneIsLeftAsItIs) {
  const Graph model =
      model_of("float[1,7,12] x", "float[1,7,5] y", {random_initializer("w", {12, 5})}, "y = MatMul(x, w)");
  const Errors errors = correct(model, "openvino-cpu", data_for({1, 7, 12}, 2), 2);
  EXPECT_TRUE(errors.report.empty());
  EXPECT_EQ(errors.after, errors.before);
}

// What a MatMul's Add adds, and what a Gemm adds per row, are no biases: they stay what they are, to the bit.
TEST_F(BiasCorrectionTest, PositionsAndRowsAreNoBiases) {
  struct Case {
    Shape c;
    std::string nodes;
  };
  const std::vector<Case> cases = {{{1, 7, 5}, "m = MatMul(x, w)\ny = Add(m, c)"},
                                   {{7, 5}, "m = MatMul(x, w)\ny = Add(c, m)"},
                                   {{7, 1}, "m = MatMul(x, w)\ny = Add(m, c)"},
                                   {{1, 7, 1}, "m = MatMul(x, w)\ny = Add(m, c)"}};
  for (const Case& one : cases) {
    const Graph model = model_of("float[1,7,12] x", "float[1,7,5] y",
                                 {random_initializer("w", {12, 5}), random_initializer("c", one.c)}, one.nodes);
    QuantizedModel quantized = plan_qdq(model, "openvino-cpu");
    const Dataset data = data_for({1, 7, 12}, 2);
    calibrate(quantized, *onnxruntime(), data, {.channel_axes = bias_correction_axes(quantized)});
    EXPECT_TRUE(propagate_biases(quantized, *onnxruntime(), data).empty()) << fmt::format("{}", one.c);
    EXPECT_EQ(quantized.graph.find_value("c")->constant()->to_floats(), model.find_value("c")->constant()->to_floats());
  }
}

// A Split whose first output nothing reads: cut off, ONNX Runtime died of what was left.
TEST_F(BiasCorrectionTest, AnOutputOfASplitThatNothingReadsStays) {
  const Graph model = model_of("float[1,7,24] x", "float[1,7,12] a, float[1,7,5] y",
                               {random_initializer("w", {12, 5}), random_initializer("c", {5})},
                               "a, b = Split<axis = 2>(x)\nm = MatMul(b, w)\ny = Add(m, c)");
  QuantizedModel quantized = plan_qdq(model, "openvino-cpu");
  const Dataset data = data_for({1, 7, 24}, 2, 8);
  calibrate(quantized, *onnxruntime(), data, {.channel_axes = bias_correction_axes(quantized)});
  EXPECT_EQ(propagate_biases(quantized, *onnxruntime(), data).size(), 1u);
}

// C of a Gemm: added per row it is read no further than it goes; not there, it is made, whatever beta says.
TEST_F(BiasCorrectionTest, GemmsOfEveryKind) {
  const auto corrected = [](const std::string& attributes, const std::vector<std::string>& c,
                            const std::string& inputs) {
    std::vector<std::string> initializers = {random_initializer("w", {12, 7})};
    initializers.insert(initializers.end(), c.begin(), c.end());
    const Graph model =
        model_of("float[7,12] x", "float[7,7] y", initializers, fmt::format("y = Gemm{}({})", attributes, inputs));
    const Dataset data = data_for({7, 12}, 1);
    QuantizedModel quantized = plan_qdq(model, "openvino-cpu", "smart", {.weight = {.n_bits = 3}});
    calibrate(quantized, *onnxruntime(), data, {.channel_axes = bias_correction_axes(quantized)});
    const double before = mean_error(model, emit(quantized).graph, data, 1);
    const bool any = !propagate_biases(quantized, *onnxruntime(), data).empty();
    const double after = mean_error(model, emit(quantized).graph, data, 1);
    EXPECT_TRUE(any ? after < before / 5 : after == before) << attributes << inputs;
    return any;
  };
  EXPECT_TRUE(corrected("<beta = 0.25>", {}, "x, w"));
  EXPECT_TRUE(corrected("<beta = 0.0>", {}, "x, w"));
  EXPECT_TRUE(corrected("", {random_initializer("c", {1, 7})}, "x, w, c"));
  EXPECT_TRUE(corrected("", {"float c = {0.5}"}, "x, w, c"));
  EXPECT_FALSE(corrected("", {random_initializer("c", {7, 1})}, "x, w, c")) << "as many rows as columns";
  EXPECT_FALSE(corrected("", {random_initializer("c", {7, 7})}, "x, w, c"));
}

// Weights of 1e-9 beside a bias of 0.6, as BatchNormalization leaves them in pruned channels: the correction in order
// sees the file as it is.
TEST_F(BiasCorrectionTest, DeadChannelsAreCorrectedForWhatTheyLose) {
  const Graph model = model_of(
      "float[1,16,5,5] x", "float[1,16,5,5] y",
      {fmt::format("float[16,16,1,1] w = {{{}}}", fmt::join(std::vector<std::string>(256, "0.000000001"), ",")),
       random_initializer("b", {16}, 0.6F), random_initializer("v", {16, 16, 1, 1})},
      "h = Conv(x, w, b)\nr = Relu(h)\ny = Conv(r, v)");
  for (const char* target : {"openvino-cpu", "tensorrt"}) {
    QuantizedModel quantized = plan_qdq(model, target);
    const Dataset data = data_for({1, 16, 5, 5}, 1);
    calibrate(quantized, *onnxruntime(), data, {.channel_axes = bias_correction_axes(quantized)});
    propagate_biases(quantized, *onnxruntime(), data);
    EXPECT_LT(mean_error(model, emit(quantized).graph, data, 1), 0.01) << target;
  }
}

TEST_F(BiasCorrectionTest, WantsCalibrationWithChannels) {
  const Graph model = model_of("float[1,12] x", "float[1,5] y", {random_initializer("w", {12, 5})}, "y = Gemm(x, w)");
  QuantizedModel quantized = plan_qdq(model, "openvino-cpu");
  EXPECT_EQ(error_text([&] { correct_biases(quantized); }),
            "the model is not calibrated | call calibrate() before correct_biases()");
  calibrate(quantized, *onnxruntime(), data_for({1, 12}, 1));
  EXPECT_EQ(error_text([&] { correct_biases(quantized); }),
            "the ranges hold no channel means of 'x' | calibrate with CollectOptions::channel_axes = "
            "bias_correction_axes(model)");
}

Graph chain() {
  return model_of(
      "float[1,6,5,5] x", "float[1,8,5,5] y",
      {random_initializer("w0", {8, 6, 3, 3}), random_initializer("b0", {8}), random_initializer("w1", {8, 8, 3, 3}),
       random_initializer("b1", {8}), random_initializer("w2", {8, 8, 1, 1}), random_initializer("b2", {8})},
      "h0 = Conv<pads = [1, 1, 1, 1]>(x, w0, b0)\nr0 = Relu(h0)\n"
      "h1 = Conv<pads = [1, 1, 1, 1]>(r0, w1, b1)\nr1 = Relu(h1)\ny = Conv(r1, w2, b2)");
}

// What rounding in one layer does to the means behind the next ones, borders included, only the order takes back.
TEST_F(BiasCorrectionTest, InOrderTakesBackWhatTheLayersBeforeLose) {
  const Dataset data = data_for({1, 6, 5, 5}, 1, 32);
  const auto error_of = [&](bool in_order, int threads, std::string* bytes = nullptr) {
    QuantizedModel quantized = plan_qdq(chain(), "openvino-cpu", "smart", {.weight = {.n_bits = 3}});
    calibrate(quantized, *onnxruntime(), data, {.channel_axes = bias_correction_axes(quantized)});
    const auto report =
        in_order ? propagate_biases(quantized, *onnxruntime(), data, {.threads = threads}) : correct_biases(quantized);
    EXPECT_EQ(report.size(), 3u);
    EXPECT_EQ(report[1].largest_in_order > 0, in_order);
    const Graph made = emit(quantized).graph;
    if (bytes) *bytes = serialize(made);
    return mean_error(chain(), made, data, 1);
  };
  std::string one, two;
  const double once = error_of(false, 1), in_order = error_of(true, 1, &one);
  EXPECT_LT(in_order, once / 3);
  error_of(true, 2, &two);
  EXPECT_TRUE(one == two) << "the same whatever the threads";
}

TEST_F(BiasCorrectionTest, FewSamplesAreCorrectedOnce) {
  const Dataset data = data_for({1, 6, 5, 5}, 1, 7);
  QuantizedModel quantized = plan_qdq(chain(), "onnxruntime-cpu");
  calibrate(quantized, *onnxruntime(), data, {.channel_axes = bias_correction_axes(quantized)});
  for (const BiasCorrection& one : propagate_biases(quantized, *onnxruntime(), data))
    EXPECT_EQ(one.largest_in_order, 0);
}

}  // namespace
}  // namespace quoin
