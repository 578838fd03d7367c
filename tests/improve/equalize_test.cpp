#include <gmock/gmock.h>

#include <random>

#include "improve/migration.h"
#include "quantize/emitted.h"
#include "quoin/improve.h"

namespace quoin {
namespace {

constexpr unsigned kSeed = 41;

// Channels of very different size.
Dataset uneven_data(const Shape& shape, size_t channel_axis, size_t count = 24) {
  return Dataset(count, [=](size_t index) {
    std::mt19937 random(kSeed + static_cast<unsigned>(index));
    std::normal_distribution<float> normal(0, 1);
    std::vector<float> values(static_cast<size_t>(element_count(shape)));
    size_t inner = 1;
    for (size_t axis = channel_axis + 1; axis < shape.size(); ++axis) inner *= static_cast<size_t>(shape[axis]);
    for (size_t i = 0; i < values.size(); ++i) {
      const size_t channel = i / inner % static_cast<size_t>(shape[channel_axis]);
      values[i] = normal(random) * (channel % 4 == 0 ? 20.0F : 0.5F);
    }
    return Sample{{{"x", Tensor::from(shape, values)}}, {}};
  });
}

class EqualizeTest : public testing::Test {
 protected:
  void SetUp() override {
    RecordProperty("seed", static_cast<int>(kSeed));
    if (!onnxruntime()) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
};

std::vector<float> outputs_of(const Graph& model, const Dataset& data) {
  const auto session = onnxruntime()->open_bytes(serialize(model), {.level = OptimizationLevel::kNone});
  std::vector<float> values;
  for (size_t i = 0; i < data.size(); ++i) {
    const Tensor y = session->run(data.sample(i).inputs).front().second;
    values.insert(values.end(), y.as<float>().begin(), y.as<float>().end());
  }
  return values;
}

double square_error(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i] - b[i]) * static_cast<double>(a[i] - b[i]);
  return sum;
}

struct Equalized {
  double before = 0, after = 0;
  bool same_bits = false;
  std::vector<Equalization> report;
};

Equalized equalize_model(const Graph& model, const Dataset& data, const std::string& target = "onnxruntime-cpu") {
  QuantizedModel quantized = plan_qdq(model, target);
  const CollectOptions collect{.channel_axes = bias_correction_axes(quantized)};
  calibrate(quantized, *onnxruntime(), data, collect);
  const std::vector<float> exact = outputs_of(quantized.graph, data);
  Equalized result;
  result.before = square_error(exact, outputs_of(emit(quantized).graph, data));
  result.report = equalize(quantized, *onnxruntime(), data);
  result.same_bits = exact == outputs_of(quantized.graph, data);
  if (!quantized.ranges) calibrate(quantized, *onnxruntime(), data, collect);
  result.after = square_error(exact, outputs_of(emit(quantized).graph, data));
  return result;
}

const Equalization& of(const Equalized& result, const std::string& value) {
  for (const Equalization& one : result.report) {
    if (one.value == value) return one;
  }
  ADD_FAILURE() << "no report of " << value;
  return result.report.front();
}

TEST_F(EqualizeTest, LayerNormBeforeALinearLayerIsSmoothed) {
  std::vector<std::string> scales;
  for (int i = 0; i < 16; ++i) scales.push_back(i % 4 == 0 ? "12" : "0.25");
  const Graph model =
      model_of("float[1,7,16] x", "float[1,7,10] y",
               {fmt::format("float[16] g = {{{}}}", fmt::join(scales, ", ")), random_initializer("h", {16}),
                random_initializer("w", {16, 10}), random_initializer("b", {10})},
               "n = LayerNormalization(x, g, h)\nm = MatMul(n, w)\ny = Add(m, b)", 17);
  const Equalized result = equalize_model(model, uneven_data({1, 7, 16}, 2));
  EXPECT_TRUE(result.same_bits);
  EXPECT_LT(result.after, 0.5 * result.before);
  EXPECT_GT(of(result, "n").strength, 0);
  EXPECT_GT(of(result, "n").sqnr_after, of(result, "n").sqnr_before + 3);
}

TEST_F(EqualizeTest, TwoConvolutionsWithReluBetween) {
  const Graph model = model_of("float[1,8,6,6] x", "float[1,5,4,4] y",
                               {random_initializer("v", {8, 1, 1, 1}), random_initializer("w", {5, 8, 3, 3})},
                               "a = Conv<group = 8>(x, v)\nr = Relu(a)\ny = Conv(r, w)");
  const Equalized result = equalize_model(model, uneven_data({1, 8, 6, 6}, 1), "onnxruntime-cpu");
  EXPECT_TRUE(result.same_bits);
  EXPECT_GT(of(result, "r").strength, 0);
  EXPECT_LT(result.after, result.before);
}

TEST_F(EqualizeTest, ADepthwiseReaderTakesTheFactors) {
  const Graph model = model_of("float[1,8,6,6] x", "float[1,8,4,4] y",
                               {random_initializer("v", {8, 1, 1, 1}), random_initializer("w", {8, 1, 3, 3})},
                               "a = Conv<group = 8>(x, v)\nr = Relu(a)\ny = Conv<group = 8>(r, w)");
  QuantizedModel quantized = plan_qdq(model, "onnxruntime-cpu", "blanket");
  const Dataset data = uneven_data({1, 8, 6, 6}, 1);
  calibrate(quantized, *onnxruntime(), data, {.channel_axes = bias_correction_axes(quantized)});
  const std::vector<float> exact = outputs_of(quantized.graph, data);
  const auto report = equalize(quantized, *onnxruntime(), data);
  EXPECT_EQ(exact, outputs_of(quantized.graph, data));
  bool moved = false;
  for (const Equalization& one : report) moved = moved || (one.value == "r" && one.strength == 1);
  EXPECT_TRUE(moved);
  EXPECT_FALSE(quantized.ranges) << "ranges of what is no longer there";
}

TEST_F(EqualizeTest, EvenChannelsAreLeftAlone) {
  const Graph model =
      model_of("float[1,16] x", "float[1,4] y", {random_initializer("v", {16, 16}), random_initializer("w", {16, 4})},
               "a = MatMul(x, v)\ny = MatMul(a, w)");
  QuantizedModel quantized = plan_qdq(model, "onnxruntime-cpu");
  const Dataset data = random_dataset(model, 8);
  calibrate(quantized, *onnxruntime(), data, {.channel_axes = bias_correction_axes(quantized)});
  for (const Equalization& one : equalize(quantized, *onnxruntime(), data)) EXPECT_LE(one.sqnr_before, one.sqnr_after);
}

std::string refusal(const std::string& nodes, const std::vector<std::string>& initializers, const std::string& value,
                    const std::string& input = "float[1,8,6,6] x", const std::string& output = "float[A,B,C,D] y") {
  Graph model = model_of(input, output, initializers, nodes);
  const MigrationResult result = find_migration(model, *model.find_value(value));
  EXPECT_FALSE(result.migration);
  return result.refused;
}

TEST(Migration, SaysWhyItRefuses) {
  const std::string v = random_initializer("v", {8, 8, 1, 1}), w = random_initializer("w", {8, 8, 1, 1}),
                    g = random_initializer("g", {8, 4, 1, 1});
  EXPECT_EQ(refusal("a = Conv(x, v)\nr = Sigmoid(a)\ny = Conv(r, w)", {v, w}, "r"), "Sigmoid 'Sigmoid@r' makes it");
  EXPECT_EQ(refusal("r = Relu(x)\ny = Conv(r, w)", {w}, "r"), "no node makes it");
  EXPECT_EQ(refusal("r = Conv(x, v)\ny = Conv<group = 2>(r, g)", {v, g}, "r"), "'Conv@y' has 2 groups");
  EXPECT_EQ(refusal("r = Conv(x, v)\ns = Conv(r, w)\ny = Add(s, r)", {v, w}, "r"), "'Add@y' reads it as input 1");
  EXPECT_EQ(refusal("a = Conv(x, v)\nr = Relu(a)\ns = Conv(r, w)\ny = Add(a, s)", {v, w}, "r"), "'a' has 2 readers");
  EXPECT_EQ(refusal("y = Conv(x, v)", {v}, "y"), "it is an output of the graph");
  EXPECT_EQ(refusal("a = Conv(x, v)\nr = Relu(a)\ny = Conv(r, x)", {v}, "r"), "'Conv@y' has no constant weight");
}

}  // namespace
}  // namespace quoin
