#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "improve/patches.h"
#include "quantize/emitted.h"
#include "quantize/pair_rule.h"
#include "quantize/weight_rows.h"
#include "quoin/improve.h"

namespace quoin {
namespace {

constexpr unsigned kSeed = 23;

// Samples whose neighbouring values depend on each other.
Dataset smooth_data(const Shape& shape, size_t count = 24) {
  return Dataset(count, [=](size_t index) {
    std::mt19937 random(kSeed + static_cast<unsigned>(index));
    std::normal_distribution<float> normal(0.2F, 0.5F);
    std::vector<float> values(static_cast<size_t>(element_count(shape)));
    float last = 0;
    for (float& value : values) value = last = 0.7F * last + normal(random);
    return Sample{{{"x", Tensor::from(shape, values)}}, {}};
  });
}

class RoundWeightsTest : public testing::Test {
 protected:
  void SetUp() override {
    RecordProperty("seed", static_cast<int>(kSeed));
    if (!onnxruntime()) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
};

Tensor run_on(const Graph& model, const NamedTensors& feeds) {
  return onnxruntime()->open_bytes(serialize(model), {.level = OptimizationLevel::kNone})->run(feeds).front().second;
}

// Rows times weight must be what the runtime computes.
void expect_patches_give(const std::string& input, const std::string& output, const Shape& shape,
                         const Shape& weight_shape, const std::string& node_text) {
  const Graph model = model_of(input, output, {random_initializer("w", weight_shape)}, node_text);
  const Node& node = *model.nodes().front();
  const Tensor x = smooth_data(shape).sample(0).inputs.front().second;
  const Tensor y = run_on(model, {{"x", x}});
  const Tensor& weight = *node.input(1).constant();
  const auto patches = Patches::of(node, shape, weight.shape());
  ASSERT_TRUE(patches) << node_text;
  const WeightRows rows(node, weight.shape());
  const size_t per_group = rows.count() / patches->groups();
  ASSERT_EQ(patches->rows() * rows.count(), static_cast<size_t>(y.size())) << node_text;
  const size_t positions = node.is("Conv") ? patches->rows() / static_cast<size_t>(shape[0]) : patches->rows();
  std::vector<float> patch(patches->depth());
  std::vector<size_t> indices;
  for (size_t index = 0; index < patches->rows(); ++index) {
    for (size_t o = 0; o < rows.count(); ++o) {
      patches->read(x.as<float>(), index, o / per_group, patch);
      rows.indices(o, indices);
      double sum = 0;
      for (size_t k = 0; k < patch.size(); ++k) sum += static_cast<double>(patch[k] * weight.as<float>()[indices[k]]);
      const size_t at = node.is("Conv") ? (index / positions * rows.count() + o) * positions + index % positions
                                        : index * rows.count() + o;
      ASSERT_NEAR(static_cast<double>(y.as<float>()[at]), sum, 1e-4) << node_text << " at " << at;
    }
  }
}

TEST_F(RoundWeightsTest, PatchesAreWhatTheRuntimeMultiplies) {
  expect_patches_give("float[2,4,7,6] x", "float[N,C,H,W] y", {2, 4, 7, 6}, {6, 4, 3, 2},
                      "y = Conv<strides = [2, 1], pads = [1, 0, 0, 1], dilations = [1, 2]>(x, w)");
  expect_patches_give("float[1,4,7,6] x", "float[N,C,H,W] y", {1, 4, 7, 6}, {8, 2, 3, 3},
                      "y = Conv<group = 2, auto_pad = \"SAME_UPPER\", strides = [2, 2]>(x, w)");
  expect_patches_give("float[1,4,7,6] x", "float[N,C,H,W] y", {1, 4, 7, 6}, {4, 1, 4, 4},
                      "y = Conv<group = 4, auto_pad = \"SAME_LOWER\">(x, w)");
  expect_patches_give("float[1,3,9] x", "float[N,C,L] y", {1, 3, 9}, {5, 3, 3}, "y = Conv<pads = [2, 1]>(x, w)");
  expect_patches_give("float[1,2,4,5,3] x", "float[N,C,D,H,W] y", {1, 2, 4, 5, 3}, {3, 2, 2, 3, 2},
                      "y = Conv<auto_pad = \"VALID\">(x, w)");
  expect_patches_give("float[2,5,6] x", "float[A,B,C] y", {2, 5, 6}, {6, 4}, "y = MatMul(x, w)");
  expect_patches_give("float[5,6] x", "float[A,B] y", {5, 6}, {4, 6}, "y = Gemm<transB = 1>(x, w)");
}

double mean_square_error(const Graph& model, const Graph& made, const Dataset& data) {
  double sum = 0;
  size_t count = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    const Tensor a = run_on(model, data.sample(i).inputs), b = run_on(made, data.sample(i).inputs);
    for (size_t k = 0; k < static_cast<size_t>(a.size()); ++k, ++count) {
      sum += std::pow(static_cast<double>(a.as<float>()[k] - b.as<float>()[k]), 2);
    }
  }
  return sum / static_cast<double>(count);
}

struct Rounded {
  double before = 0, after = 0;
  std::vector<WeightRounding> report;
  std::string bytes;
};

Rounded round_model(const Graph& model, const Shape& shape, const std::string& target, const QuantConfig& config,
                    int threads = 1) {
  const Dataset data = smooth_data(shape);
  QuantizedModel quantized = plan_qdq(model, target, "smart", config);
  calibrate(quantized, *onnxruntime(), data);
  Rounded result;
  result.before = mean_square_error(model, emit(quantized).graph, data);
  result.report =
      round_weights(quantized, *onnxruntime(), data, {.bias_correction_follows = false, .threads = threads});
  const Graph made = emit(quantized).graph;
  result.after = mean_square_error(model, made, data);
  result.bytes = serialize(made);
  return result;
}

Graph conv_model(const std::string& attributes, const Shape& weight) {
  return model_of("float[1,6,6,6] x", "float[1,8,H,W] y",
                  {random_initializer("w", weight), random_initializer("b", {8})},
                  "y = Conv<" + attributes + ">(x, w, b)");
}

TEST_F(RoundWeightsTest, LowersTheErrorAtTheOutput) {
  const struct {
    const char* attributes;
    Shape weight;
    double share;  // of the error that may be left: channels of a 1x1 kernel depend less on each other than neighbours
  } cases[] = {{"pads = [1, 1, 1, 1]", {8, 6, 3, 3}, 0.7},
               {"group = 2", {8, 3, 3, 3}, 0.7},
               {"strides = [2, 2]", {8, 6, 1, 1}, 1.0}};
  for (const auto& one : cases) {
    const Rounded rounded =
        round_model(conv_model(one.attributes, one.weight), {1, 6, 6, 6}, "tensorrt", {.weight = {.n_bits = 4}});
    EXPECT_LT(rounded.after, one.share * rounded.before) << one.attributes;
    ASSERT_EQ(rounded.report.size(), 1u);
    EXPECT_GT(rounded.report[0].sqnr_after, rounded.report[0].sqnr_before);
    EXPECT_EQ(rounded.report[0].skipped, "");
  }
}

TEST_F(RoundWeightsTest, LinearLayersToo) {
  const Graph model =
      model_of("float[1,7,12] x", "float[1,7,10] y", {random_initializer("w", {12, 10}), random_initializer("b", {10})},
               "m = MatMul(x, w)\ny = Add(m, b)");
  // For one CPU: where pairs of weights are guarded, less can be won.
  const Rounded rounded = round_model(model, {1, 7, 12}, "onnxruntime-cpu", {.weight = {.n_bits = 4}, .cpu = "vnni"});
  EXPECT_LT(rounded.after, 0.7 * rounded.before);
}

TEST_F(RoundWeightsTest, TheSameFileWhateverTheThreads) {
  const Graph model = conv_model("pads = [1, 1, 1, 1]", {8, 6, 3, 3});
  const std::string one = round_model(model, {1, 6, 6, 6}, "onnxruntime-cpu", {}, 1).bytes;
  EXPECT_TRUE(one == round_model(model, {1, 6, 6, 6}, "onnxruntime-cpu", {}, 2).bytes);
  EXPECT_TRUE(one == round_model(model, {1, 6, 6, 6}, "onnxruntime-cpu", {}, 5).bytes);
}

TEST_F(RoundWeightsTest, KeepsThePairRuleOfATarget) {
  const Graph model = conv_model("pads = [1, 1, 1, 1]", {8, 6, 3, 3});
  QuantizedModel quantized = plan_qdq(model, "onnxruntime-cpu", "smart", {.cpu = "avx2"});
  const Dataset data = smooth_data({1, 6, 6, 6});
  calibrate(quantized, *onnxruntime(), data);
  round_weights(quantized, *onnxruntime(), data);
  ASSERT_EQ(quantized.weights.size(), 1u);
  ASSERT_TRUE(quantized.weights[0].chosen);
  const Node& node = *quantized.graph.find_node(quantized.weights[0].node);
  const WeightRows rows(node, quantized.weights[0].chosen->values.shape());
  std::vector<size_t> indices;
  for (size_t o = 0; o < rows.count(); ++o) {
    rows.indices(o, indices);
    std::vector<int8_t> row;
    for (const size_t at : indices) row.push_back(quantized.weights[0].chosen->values.as<int8_t>()[at]);
    EXPECT_EQ(broken_pairs(row, PairRule::along(row.size(), pair_limit(255))), 0u);
  }
}

// Rows that tell nothing of others: what suits them is chance, and the weight stays rounded to nearest.
TEST_F(RoundWeightsTest, WhatGainsOnItsOwnSamplesAloneIsLeftAsItWas) {
  const Graph model = model_of("float[1,24] x", "float[1,16] y", {random_initializer("w", {24, 16})}, "y = Gemm(x, w)");
  const Dataset noise = random_dataset(model, 16, kSeed);
  QuantizedModel quantized = plan_qdq(model, "onnxruntime-cpu");
  calibrate(quantized, *onnxruntime(), noise);
  const auto report = round_weights(quantized, *onnxruntime(), noise, {.bias_correction_follows = false});
  ASSERT_EQ(report.size(), 1u);
  EXPECT_EQ(report[0].skipped, "");
  EXPECT_FALSE(report[0].damping);
  EXPECT_EQ(report[0].sqnr_after, report[0].sqnr_before);
  EXPECT_FALSE(quantized.weights[0].chosen);
}

// Relative positions times a projection, as deberta's exports have it: no sample holds such an input.
TEST_F(RoundWeightsTest, AProductOfTwoConstantsHasNoWeightToRound) {
  const Graph model = model_of(
      "float[1,32,16] x", "float[1,32,16] y",
      {random_initializer("c", {1, 32, 16}), random_initializer("w", {16, 16}), random_initializer("v", {16, 16})},
      "p = MatMul(c, w)\nq = MatMul(x, v)\ny = Add(q, p)");
  const Dataset data = smooth_data({1, 32, 16});
  QuantizedModel quantized = plan_qdq(model, "onnxruntime-cpu");
  calibrate(quantized, *onnxruntime(), data);
  const auto report = round_weights(quantized, *onnxruntime(), data);
  ASSERT_EQ(report.size(), 1u);
  EXPECT_EQ(report[0].skipped, "");
}

TEST_F(RoundWeightsTest, SaysWhatItLeavesAlone) {
  const Graph model = conv_model("pads = [1, 1, 1, 1]", {8, 6, 3, 3});
  QuantizedModel quantized = plan_qdq(model, "onnxruntime-cpu");
  const Dataset data = smooth_data({1, 6, 6, 6});
  calibrate(quantized, *onnxruntime(), data);
  const auto report = round_weights(quantized, *onnxruntime(), data, {.most_depth = 50});
  ASSERT_EQ(report.size(), 1u);
  EXPECT_EQ(report[0].skipped, "rows of 54 values are above the limit of 50");
  EXPECT_FALSE(quantized.weights[0].chosen);
}

// The inputs themselves are finite.
TEST_F(RoundWeightsTest, SaysThatSquaresAreBeyondFloat) {
  const Graph model = model_of("float[1,24] x", "float[1,16] y", {random_initializer("w", {24, 16})}, "y = Gemm(x, w)");
  const Dataset data(16, [](size_t index) {
    return Sample{{{"x", Tensor::from({1, 24}, std::vector<float>(24, index % 2 == 0 ? 1e25F : -1e25F))}}, {}};
  });
  QuantizedModel quantized = plan_qdq(model, "onnxruntime-cpu");
  calibrate(quantized, *onnxruntime(), data);
  const auto report = round_weights(quantized, *onnxruntime(), data, {.bias_correction_follows = false});
  ASSERT_EQ(report.size(), 1u);
  EXPECT_EQ(report[0].skipped, "squares of its input are beyond float32, or the input holds NaN or infinity");
  EXPECT_FALSE(quantized.weights[0].chosen);
}

// A bias that does not fit int32 raises the scale of its channel: that channel is rounded anew, the others stay.
TEST_F(RoundWeightsTest, ARaisedScaleTakesItsChannelBack) {
  const Graph model =
      model_of("float[1,4] x", "float[1,2] y",
               {"float[4,2] w = {0.11, 1e-12, 0.27, 2e-12, -0.33, 1e-12, 0.41, 3e-12}", "float[2] b = {1, 2}"},
               "y = Gemm(x, w, b)");
  QuantizedModel quantized = plan_qdq(model, "onnxruntime-cpu");
  give_ranges(quantized, -1, 1);
  auto chosen = std::make_shared<QuantizedWeight>(quantized_weight(quantized, quantized.weights[0]));
  std::vector<int8_t> integers(8, 5);
  chosen->values = Tensor::from({4, 2}, integers);
  quantized.weights[0].chosen = chosen;
  const QuantizedWeight kept = quantized_weight(quantized, quantized.weights[0], {0, chosen->scales[1] * 1e6F});
  EXPECT_EQ(kept.scales[0], chosen->scales[0]);
  EXPECT_EQ(kept.scales[1], chosen->scales[1] * 1e6F);
  const auto values = kept.values.as<int8_t>();
  EXPECT_THAT(std::vector<int>(values.begin(), values.end()), testing::ElementsAre(5, 0, 5, 0, 5, 0, 5, 0));
}

}  // namespace
}  // namespace quoin
