// Scales, weights and biases against hand values and brute force.
#include <gmock/gmock.h>

#include <cmath>

#include "quantize/bias.h"
#include "quantize/emitted.h"
#include "quantize/rounding.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::FloatEq;

TEST(Rounding, TiesGoToTheEvenNumber) {
  for (const auto& [value, wanted] : std::vector<std::pair<double, double>>{{0.5, 0},
                                                                            {1.5, 2},
                                                                            {2.5, 2},
                                                                            {-0.5, 0},
                                                                            {-1.5, -2},
                                                                            {-2.5, -2},
                                                                            {0.49, 0},
                                                                            {0.51, 1},
                                                                            {-0.51, -1},
                                                                            {3, 3}}) {
    EXPECT_EQ(round_half_even(value), wanted) << value;
  }
}

TEST(ScaleOf, HandValues) {
  const auto affine = scale_of({-1, 3}, DataType::kUint8, 8, ZeroPointPolicy::kAffine);
  EXPECT_THAT(affine.scale, FloatEq(4.0F / 255));
  EXPECT_EQ(affine.zero_point, 64);  // 63.75
  const auto relu = scale_of({0, 6}, DataType::kUint8, 8, ZeroPointPolicy::kAffine);
  EXPECT_THAT(relu.scale, FloatEq(6.0F / 255));
  EXPECT_EQ(relu.zero_point, 0);
  const auto negative = scale_of({-2, 0}, DataType::kUint8, 8, ZeroPointPolicy::kAffine);
  EXPECT_EQ(negative.zero_point, 255);
  const auto symmetric = scale_of({-1, 3}, DataType::kInt8, 8, ZeroPointPolicy::kZero);
  EXPECT_THAT(symmetric.scale, FloatEq(3.0F / 127));
  EXPECT_EQ(symmetric.zero_point, 0);
  const auto middle = scale_of({-1, 3}, DataType::kUint8, 8, ZeroPointPolicy::kZero);
  EXPECT_THAT(middle.scale, FloatEq(3.0F / 127));
  EXPECT_EQ(middle.zero_point, 128);
  const auto signed_affine = scale_of({-1, 3}, DataType::kInt8, 8, ZeroPointPolicy::kAffine);
  EXPECT_EQ(signed_affine.zero_point, -64);  // -64.25
  EXPECT_THAT(scale_of({-1, 3}, DataType::kUint8, 4, ZeroPointPolicy::kAffine).scale, FloatEq(4.0F / 15));
}

TEST(ScaleOf, ZeroWidthAndTinyRanges) {
  EXPECT_EQ(scale_of({0, 0}, DataType::kUint8, 8, ZeroPointPolicy::kAffine).scale, 1.0F);
  EXPECT_EQ(scale_of({0, 0}, DataType::kUint8, 8, ZeroPointPolicy::kAffine).zero_point, 0);
  EXPECT_EQ(scale_of({0, 0}, DataType::kInt8, 8, ZeroPointPolicy::kZero).zero_point, 0);
  EXPECT_GE(scale_of({0, 1e-44F}, DataType::kUint8, 8, ZeroPointPolicy::kAffine).scale,
            std::numeric_limits<float>::min());
}

// Within half a step for every value of the range, zero exactly: the definition, tried on many ranges.
TEST(ScaleOf, CoversTheRangeAndKeepsZero) {
  uint32_t state = 1;
  for (int i = 0; i < 2000; ++i) {
    state = state * 1664525 + 1013904223;
    const float low = -static_cast<float>(state >> 16) / 1000, high = static_cast<float>(state & 0xffff) / 700;
    if (low == 0 && high == 0) continue;
    const auto numbers = scale_of({low, high}, DataType::kUint8, 8, ZeroPointPolicy::kAffine);
    for (const float value : {low, high, 0.0F, (low + high) / 2}) {
      const double integer =
          std::clamp(round_half_even(value / static_cast<double>(numbers.scale)) + numbers.zero_point, 0.0, 255.0);
      const double back = (integer - numbers.zero_point) * static_cast<double>(numbers.scale);
      EXPECT_LE(std::abs(back - static_cast<double>(value)), 1.01 * static_cast<double>(numbers.scale))
          << low << " " << high;
      EXPECT_TRUE(value != 0 || back == 0);
    }
  }
}

TEST(QuantizeWeight, PerChannelByHand) {
  const Tensor weight = Tensor::from<float>({2, 3}, std::vector<float>{1.27F, -0.635F, 0.01F, 0, 0, 0});
  const QuantizedWeight rows = quantize_weight(weight, 0, 8);
  EXPECT_THAT(rows.scales, ElementsAre(FloatEq(0.01F), 1.0F));
  EXPECT_THAT(rows.values.as<int8_t>(), ElementsAre(127, -64, 1, 0, 0, 0));  // -63.5 goes to the even -64
  EXPECT_EQ(rows.values.shape(), (Shape{2, 3}));
  const QuantizedWeight columns = quantize_weight(weight, 1, 8);
  EXPECT_THAT(columns.scales, ElementsAre(FloatEq(0.01F), FloatEq(0.005F), FloatEq(0.01F / 127)));
  const Tensor ties = Tensor::from<float>({4}, std::vector<float>{63, -31.5F, 2.5F, 0});
  const QuantizedWeight whole = quantize_weight(ties, std::nullopt, 7);
  EXPECT_THAT(whole.scales, ElementsAre(1.0F));
  EXPECT_THAT(whole.values.as<int8_t>(), ElementsAre(63, -32, 2, 0));
}

TEST(QuantizeWeight, AgreesWithBruteForceOnEveryAxis) {
  const Shape shape = {3, 4, 2, 5};
  std::vector<float> numbers;
  for (int i = 0; i < 120; ++i) numbers.push_back(static_cast<float>((i * 7919) % 241 - 120) / 77);
  const Tensor weight = Tensor::from(shape, numbers);
  for (int axis = 0; axis < 4; ++axis) {
    const QuantizedWeight got = quantize_weight(weight, axis, 8);
    const auto channel_of = [&](size_t i) {
      size_t inner = 1;
      for (size_t k = static_cast<size_t>(axis) + 1; k < shape.size(); ++k) inner *= static_cast<size_t>(shape[k]);
      return i / inner % static_cast<size_t>(shape[static_cast<size_t>(axis)]);
    };
    std::vector<float> largest(static_cast<size_t>(shape[static_cast<size_t>(axis)]), 0.0F);
    for (size_t i = 0; i < numbers.size(); ++i)
      largest[channel_of(i)] = std::max(largest[channel_of(i)], std::abs(numbers[i]));
    for (size_t i = 0; i < numbers.size(); ++i) {
      const float scale = got.scales[channel_of(i)];
      EXPECT_THAT(scale, FloatEq(largest[channel_of(i)] / 127));
      // No other integer of the range is nearer.
      const auto error = [&](int q) {
        return std::abs(static_cast<double>(numbers[i]) - q * static_cast<double>(scale));
      };
      double best = error(-127);
      for (int q = -126; q <= 127; ++q) best = std::min(best, error(q));
      EXPECT_NEAR(error(got.values.as<int8_t>()[i]), best, 1e-12);
    }
  }
}

TEST(QuantizeWeight, LeastScalesRaise) {
  const Tensor weight = Tensor::from<float>({2, 1}, std::vector<float>{1.27F, 1.27F});
  const QuantizedWeight got = quantize_weight(weight, 0, 8, {0.0F, 0.02F});
  EXPECT_THAT(got.scales, ElementsAre(FloatEq(0.01F), FloatEq(0.02F)));
  EXPECT_THAT(got.values.as<int8_t>(), ElementsAre(127, 64));  // 63.5
}

TEST(QuantizeWeight, RefusesWhatItCannotQuantize) {
  EXPECT_EQ(
      error_text([] { quantize_weight(Tensor::from<float>({1}, std::vector<float>{std::nanf("")}), std::nullopt, 8); }),
      "a weight holds NaN or infinity | export the model again from sound weights");
  EXPECT_EQ(error_text([] { quantize_weight(Tensor::scalar<int64_t>(3), std::nullopt, 8); }),
            "a weight is int64, wanted float");
}

TEST(QuantizeBias, IsRoundedInUnitsOfTheProduct) {
  const QuantizedBias got = quantize_bias({1.0F, -0.25F}, 0.5F, {0.01F, 0.1F});
  EXPECT_THAT(got.scales, ElementsAre(0.5F * 0.01F, 0.5F * 0.1F));
  EXPECT_THAT(got.values.as<int32_t>(), ElementsAre(200, -5));
  EXPECT_THAT(quantize_bias({1.0F, 2.0F}, 0.5F, {0.5F}).values.as<int32_t>(), ElementsAre(4, 8));
}

TEST(QuantizeBias, LeastScalesKeepItInHalfAnAccumulator) {
  const std::vector<float> bias = {1000.0F, 1.0F};
  const auto least = least_weight_scales(bias, 1e-8F, 2);
  EXPECT_THAT(least[0], FloatEq(static_cast<float>(1000.0 / (1e-8 * kLargestBias))));
  const QuantizedBias got = quantize_bias(bias, 1e-8F, least);
  EXPECT_NEAR(got.values.as<int32_t>()[0], kLargestBias, 256);
  EXPECT_EQ(least_weight_scales(bias, 1e-8F, 1).front(), least[0]);
}

TEST(QuantizeBias, ScalarsAndRowsSpread) {
  EXPECT_THAT(bias_values(Tensor::scalar(2.0F), 3), ElementsAre(2, 2, 2));
  EXPECT_THAT(bias_values(Tensor::from<float>({1, 2}, std::vector<float>{1, 2}), 2), ElementsAre(1, 2));
}

}  // namespace
}  // namespace quoin
