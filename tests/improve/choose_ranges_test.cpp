#include <gmock/gmock.h>

#include <random>

#include "quantize/emitted.h"
#include "quoin/improve.h"

namespace quoin {
namespace {

constexpr unsigned kSeed = 31;

// Small values, and in some samples one that is far outside.
Dataset data_with_outliers(const Shape& shape, float outlier, size_t count = 80) {
  return Dataset(count, [=](size_t index) {
    std::mt19937 random(kSeed + static_cast<unsigned>(index));
    std::normal_distribution<float> normal(0, 0.3F);
    std::vector<float> values(static_cast<size_t>(element_count(shape)));
    for (float& value : values) value = normal(random);
    if (index % 20 == 0) values[0] = outlier;
    return Sample{{{"x", Tensor::from(shape, values)}}, {}};
  });
}

class ChooseRangesTest : public testing::Test {
 protected:
  void SetUp() override {
    RecordProperty("seed", static_cast<int>(kSeed));
    if (!onnxruntime()) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
};

// `column`: what the product makes of the first of 64 inputs.
Graph linear(float column) {
  std::vector<std::string> numbers;
  for (int i = 0; i < 64; ++i) numbers.push_back(fmt::format("{}", i == 0 ? column : 0.5F));
  return model_of("float[1,64] x", "float[1,1] y",
                  {fmt::format("float[64,1] w = {{{}}}", fmt::join(numbers, ", ")), "float[1] b = {0}"},
                  "y = Gemm(x, w, b)");
}

std::vector<RangeChoice> choices_for(const Graph& model, const Dataset& data, int threads = 1) {
  QuantizedModel quantized =
      plan_qdq(model, "onnxruntime-cpu", "smart", {.activation = {.method = RangeMethod::kAuto}});
  calibrate(quantized, *onnxruntime(), data);
  const auto choices = choose_ranges(quantized, *onnxruntime(), data, threads);
  for (const QdqTensor& tensor : quantized.tensors) EXPECT_NE(tensor.range.method, RangeMethod::kAuto);
  emit(quantized);
  return choices;
}

TEST_F(ChooseRangesTest, ClipsAnOutlierThatNoWeightReads) {
  const auto choices = choices_for(linear(0), data_with_outliers({1, 64}, 60));
  ASSERT_EQ(choices.size(), 1u);
  EXPECT_EQ(choices[0].value, "x");
  EXPECT_NE(choices[0].method, RangeMethod::kMinMax);
  EXPECT_GT(choices[0].sqnr, choices[0].sqnr_minmax + 6);
}

TEST_F(ChooseRangesTest, KeepsAnOutlierThatTheOutputIsMadeOf) {
  const auto choices = choices_for(linear(5), data_with_outliers({1, 64}, 60));
  ASSERT_EQ(choices.size(), 1u);
  EXPECT_GE(choices[0].sqnr, choices[0].sqnr_minmax);
  EXPECT_LT(choices[0].sqnr, choices[0].sqnr_minmax + 3);
}

TEST_F(ChooseRangesTest, FewSamplesAreNotClipped) {
  const Dataset data = data_with_outliers({1, 64}, 60, 63);
  EXPECT_TRUE(choices_for(linear(0), data).empty());
}

TEST_F(ChooseRangesTest, TheSameWhateverTheThreads) {
  const Dataset data = data_with_outliers({1, 64}, 3);
  const auto one = choices_for(linear(0.5F), data, 1), many = choices_for(linear(0.5F), data, 4);
  ASSERT_EQ(one.size(), many.size());
  EXPECT_EQ(one[0].method, many[0].method);
  EXPECT_EQ(one[0].sqnr, many[0].sqnr);
}

TEST_F(ChooseRangesTest, LeavesAMethodThatWasAskedFor) {
  QuantizedModel quantized = plan_qdq(linear(0), "onnxruntime-cpu");
  const Dataset data = data_with_outliers({1, 64}, 60);
  calibrate(quantized, *onnxruntime(), data);
  EXPECT_TRUE(choose_ranges(quantized, *onnxruntime(), data).empty());
}

TEST_F(ChooseRangesTest, WantsCalibrationAndIsWantedBeforeEmission) {
  QuantizedModel quantized =
      plan_qdq(linear(0), "onnxruntime-cpu", "smart", {.activation = {.method = RangeMethod::kAuto}});
  const Dataset data = data_with_outliers({1, 64}, 60);
  EXPECT_EQ(error_text([&] { choose_ranges(quantized, *onnxruntime(), data); }),
            "the model is not calibrated | call calibrate() before choose_ranges()");
  calibrate(quantized, *onnxruntime(), data);
  EXPECT_EQ(error_text([&] { emit(quantized); }),
            "the range method 'auto' is not settled | call choose_ranges() after calibrate()");
}

}  // namespace
}  // namespace quoin
