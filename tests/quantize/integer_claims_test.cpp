// What docs/claims.md says of integers, by exhaustion: over every float16 number, every sum, or every corner.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "base/float16.h"
#include "quantize/bias.h"
#include "quantize/rounding.h"
#include "quoin/quantize.h"

namespace quoin {
namespace {

std::vector<float> finite_float16_numbers() {
  std::vector<float> numbers;
  for (uint32_t bits = 0; bits <= 0xffff; ++bits) {
    const float value = float16_to_float(static_cast<uint16_t>(bits));
    if (std::isfinite(value)) numbers.push_back(value);
  }
  return numbers;
}

struct Integers {
  DataType type;
  int least, most;
};
constexpr Integers kTypes[] = {{DataType::kUint8, 0, 255}, {DataType::kInt8, -128, 127}};

double quantized(double value, const ScaleZeroPoint& by, const Integers& type) {
  return std::clamp(round_half_even(value / static_cast<double>(by.scale)) + by.zero_point, double(type.least),
                    double(type.most));
}

TEST(IntegerClaims, RoundingIsOffByHalfAScaleAtMost) {
  const std::vector<float> numbers = finite_float16_numbers();
  const unsigned seed = 11;
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  for (int binary = -30; binary <= 30; binary += 3) {
    const auto end = [&] { return std::ldexp(1.0F + static_cast<float>(random() >> 9) * 0x1p-23F, binary); };
    const Range range{-end(), end()};
    for (const Integers& type : kTypes) {
      for (const ZeroPointPolicy policy : {ZeroPointPolicy::kAffine, ZeroPointPolicy::kZero}) {
        const ScaleZeroPoint by = scale_of(range, type.type, 8, policy);
        const double scale = by.scale;
        for (const float number : numbers) {
          if (number < range.min || number > range.max) continue;
          const double error = std::abs(number - (quantized(number, by, type) - by.zero_point) * scale);
          // The scale is a float: the ends of the range move by 255 of its roundings.
          ASSERT_LE(error, scale * (0.5 + 255 * 0x1p-23)) << number << " in " << range.min << " to " << range.max;
        }
      }
    }
  }
}

TEST(IntegerClaims, ZeroIsExact) {
  const std::vector<float> numbers = finite_float16_numbers();
  for (const float low : {0.0F, -1e-30F, -0x1p-20F, -0.3F, -1.0F, -7.7F, -65504.0F, -1e30F}) {
    for (const float high : numbers) {
      if (high < 0) continue;
      for (const Integers& type : kTypes) {
        const ScaleZeroPoint by = scale_of({low, high}, type.type, 8, ZeroPointPolicy::kAffine);
        ASSERT_GT(by.scale, 0);
        ASSERT_TRUE(by.zero_point >= type.least && by.zero_point <= type.most) << low << " to " << high;
        ASSERT_EQ(quantized(0, by, type), by.zero_point) << low << " to " << high;
      }
    }
  }
}

// Activations of 8 bits, weights of -127 to 127: a sum is linear in each, so its largest magnitude is at a corner.
TEST(IntegerClaims, ASumOfProductsAndItsBiasFitsInt32) {
  constexpr double kProduct = 255.0 * 127.0, kProducts = 33000;
  for (int binary = -60; binary <= 60; ++binary) {
    for (const float input_scale : {1e-8F, 0.0078125F, 3.0F}) {
      const float bias = std::ldexp(1.5F, binary);
      const QuantizedBias got = quantize_bias({bias}, input_scale, least_weight_scales({bias}, input_scale, 1));
      const double value = std::abs(static_cast<double>(got.values.as<int32_t>()[0]));
      ASSERT_LE(value + kProducts * kProduct, 2147483647.0) << bias << " behind a scale of " << input_scale;
    }
  }
}

// round(sum x multiplier) in float32, as integer kernels compute it, against the exact product rounded.
TEST(IntegerClaims, RequantizationIsOffByOneStepAtTies) {
  const unsigned seed = 5;
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  for (int trial = 0; trial < 40; ++trial) {
    const float multiplier = std::ldexp(1.0F + static_cast<float>(random() >> 9) * 0x1p-23F, -1 - trial % 10);
    const int most = static_cast<int>(255 / multiplier);
    for (int sum = -most; sum <= most; ++sum) {
      const double exact = static_cast<double>(sum) * static_cast<double>(multiplier);
      const double wanted = round_half_even(exact);
      const auto got = static_cast<double>(std::nearbyint(static_cast<float>(sum) * multiplier));
      if (got == wanted) continue;
      ASSERT_EQ(std::abs(got - wanted), 1) << sum << " x " << multiplier;
      ASSERT_LE(std::abs(std::abs(exact - std::trunc(exact)) - 0.5), 255 * 0x1p-23) << sum << " x " << multiplier;
    }
  }
}

}  // namespace
}  // namespace quoin
