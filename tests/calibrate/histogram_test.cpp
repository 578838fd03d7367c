#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "quoin/error.h"
#include "quoin/ranges.h"
#include "seed.h"

namespace quoin {
namespace {

using test::seed_text;
using test::test_seed;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

size_t bucket_of(float value) {
  Histogram histogram;
  histogram.add(std::vector<float>{value});
  const auto counts = histogram.counts();
  return static_cast<size_t>(std::find(counts.begin(), counts.end(), 1u) - counts.begin());
}

std::vector<float> random_floats(size_t count, std::mt19937_64& random) {
  std::vector<float> values(count);
  for (float& value : values) {
    // Any bit pattern at times, then zeros, then something like activations.
    const uint64_t kind = random() % 4;
    value = kind == 0   ? std::bit_cast<float>(static_cast<uint32_t>(random()))
            : kind == 1 ? 0.0f
                        : std::normal_distribution<float>(0.5f, 3)(random);
  }
  return values;
}

TEST(Histogram, IsEmptyBeforeTheFirstValue) {
  Histogram histogram;
  EXPECT_TRUE(histogram.counts().empty());
  EXPECT_EQ(histogram.count(), 0u);
  const Histogram::Added added = histogram.add({});
  EXPECT_EQ(added.finite, 0u);
  EXPECT_TRUE(histogram.counts().empty());
}

TEST(Histogram, BucketsHoldTheirValues) {
  std::mt19937_64 random(test_seed());
  for (int i = 0; i < 500; ++i) {
    const float value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (!std::isfinite(value)) continue;
    const auto [lower, upper] = Histogram::bounds(bucket_of(value));
    EXPECT_LE(lower, static_cast<double>(value)) << seed_text();
    EXPECT_GE(upper, static_cast<double>(value)) << seed_text();
  }
}

TEST(Histogram, ResolvesOneThirtySecond) {
  EXPECT_EQ(Histogram::bounds(bucket_of(1.0f)), (std::pair{1.0, 1.03125}));
  EXPECT_EQ(Histogram::bounds(bucket_of(-1.0f)), (std::pair{-1.03125, -1.0}));
  EXPECT_EQ(Histogram::bounds(bucket_of(std::numeric_limits<float>::max())).second, std::ldexp(1.0, 128));
}

TEST(Histogram, BothZerosAreZero) {
  Histogram histogram;
  const Histogram::Added added = histogram.add(std::vector<float>{0.0f, -0.0f, -0.0f});
  EXPECT_EQ(histogram.counts()[0], 3u);
  EXPECT_EQ(added.finite, 3u);
  EXPECT_EQ(std::bit_cast<uint32_t>(added.min), 0u);
  EXPECT_EQ(std::bit_cast<uint32_t>(added.max), 0u);
}

TEST(Histogram, LeavesOutWhatIsNotFinite) {
  Histogram histogram;
  const Histogram::Added added = histogram.add(std::vector<float>{kNan, 1, kInfinity, -2, -kInfinity, -kNan});
  EXPECT_EQ(added.nan, 2u);
  EXPECT_EQ(added.infinite, 2u);
  EXPECT_EQ(added.finite, 2u);
  EXPECT_EQ(added.min, -2);
  EXPECT_EQ(added.max, 1);
  EXPECT_EQ(histogram.count(), 2u);
}

TEST(Histogram, OnlyWhatIsNotFinite) {
  Histogram histogram;
  const Histogram::Added added = histogram.add(std::vector<float>(5000, kNan));
  EXPECT_EQ(added.nan, 5000u);
  EXPECT_EQ(added.finite, 0u);
  EXPECT_EQ(histogram.count(), 0u);
}

TEST(Histogram, ExtremesAreExact) {
  std::mt19937_64 random(test_seed());
  for (int round = 0; round < 20; ++round) {
    const std::vector<float> values = random_floats(1 + random() % 10000, random);
    Histogram histogram;
    const Histogram::Added added = histogram.add(values);
    float low = kInfinity, high = -kInfinity;
    uint64_t finite = 0, nan = 0;
    for (const float value : values) {
      nan += std::isnan(value);
      if (!std::isfinite(value)) continue;
      ++finite;
      low = std::min(low, value);
      high = std::max(high, value);
    }
    EXPECT_EQ(added.min, low) << seed_text();
    EXPECT_EQ(added.max, high) << seed_text();
    EXPECT_EQ(added.finite, finite) << seed_text();
    EXPECT_EQ(added.nan, nan) << seed_text();
    EXPECT_EQ(added.infinite, values.size() - finite - nan) << seed_text();
    EXPECT_EQ(histogram.count(), finite) << seed_text();
  }
}

TEST(Histogram, MergedPartsInAnyOrderAreTheWhole) {
  std::mt19937_64 random(test_seed());
  std::vector<float> values = random_floats(20000, random);
  Histogram whole;
  whole.add(values);
  std::shuffle(values.begin(), values.end(), random);
  Histogram merged;
  for (size_t start = 0; start < values.size();) {
    const size_t count = std::min<size_t>(values.size() - start, 1 + random() % 5000);
    Histogram part;
    part.add(std::span(values).subspan(start, count));
    merged.merge(part);
    start += count;
  }
  merged.merge(Histogram());
  EXPECT_TRUE(std::ranges::equal(whole.counts(), merged.counts())) << seed_text();
}

TEST(ExactSum, AddsAndSubtracts) {
  ExactSum sum;
  EXPECT_EQ(sum.value(), 0);
  sum.add(1e30);
  sum.add(0.1);
  sum.add(-1e30);
  EXPECT_EQ(sum.value(), 0.1);
  sum.add(-0.35);
  EXPECT_DOUBLE_EQ(sum.value(), -0.25);
}

TEST(ExactSum, HasRoomForTheLargestFloats) {
  const double largest = static_cast<double>(std::numeric_limits<float>::max());
  ExactSum sum;
  for (int i = 0; i < 1000; ++i) sum.add(-largest);
  EXPECT_DOUBLE_EQ(sum.value(), -1000 * largest);
}

TEST(ExactSum, CutsOffWhatIsBelowItsUnit) {
  ExactSum sum;
  sum.add(std::ldexp(1.0, -96));
  sum.add(std::ldexp(1.0, -97));
  sum.add(std::ldexp(1.0, -1000));
  sum.add(-std::ldexp(1.5, -95));
  EXPECT_EQ(sum.value(), -std::ldexp(1.0, -95));
}

TEST(ExactSum, DoesNotDependOnOrder) {
  std::mt19937_64 random(test_seed());
  std::vector<double> values(3000);
  for (double& value : values) {
    const double magnitude =
        std::ldexp(std::uniform_real_distribution<double>(-1, 1)(random), static_cast<int>(random() % 200) - 100);
    value = magnitude;
  }
  ExactSum forward;
  for (const double value : values) forward.add(value);
  std::shuffle(values.begin(), values.end(), random);
  ExactSum first, second;
  for (size_t i = 0; i < values.size(); ++i) (i % 3 == 0 ? first : second).add(values[i]);
  second.merge(first);
  EXPECT_EQ(forward.words(), second.words()) << seed_text();
  EXPECT_EQ(ExactSum::from_words(forward.words()).value(), second.value()) << seed_text();
}

TEST(ExactSum, GivesTheNearestDouble) {
  std::mt19937_64 random(test_seed());
  for (int i = 0; i < 1000; ++i) {
    ExactSum sum;
    long double exact = 0;
    for (int k = 0; k < 10; ++k) {
      const float value = std::uniform_real_distribution<float>(-1000, 1000)(random);
      sum.add(static_cast<double>(value));
      exact += static_cast<long double>(value);
    }
    EXPECT_EQ(sum.value(), static_cast<double>(exact)) << seed_text();
  }
}

TEST(TensorStats, CountsSamplesAndTheirExtremes) {
  TensorStats stats;
  stats.add_sample(std::vector<float>{1, 2, 3});
  stats.add_sample(std::vector<float>{-1, kNan, 5});
  stats.add_sample(std::vector<float>{kNan, kInfinity});
  EXPECT_EQ(stats.samples, 2u);
  EXPECT_EQ(stats.count, 5u);
  EXPECT_EQ(stats.nan_count, 2u);
  EXPECT_EQ(stats.infinite_count, 1u);
  EXPECT_EQ(stats.min, -1);
  EXPECT_EQ(stats.max, 5);
  EXPECT_EQ(stats.sample_min_sum.value(), 0);
  EXPECT_EQ(stats.sample_max_sum.value(), 8);
}

TEST(TensorStats, ExtremesNeedNotContainZero) {
  TensorStats stats;
  stats.add_sample(std::vector<float>{3, 4});
  EXPECT_EQ(stats.min, 3);
  TensorStats other;
  other.merge(stats);
  EXPECT_EQ(other.min, 3);
  stats.merge(TensorStats());
  EXPECT_EQ(stats.min, 3);
}

TEST(TensorStats, FillsTheChannelsOfTheAxisAskedFor) {
  TensorStats nchw;
  nchw.add_sample(std::vector<float>{1, -5, 2, 3}, {1, 2, 2}, 1);
  nchw.add_sample(std::vector<float>{1, 1, kNan, -4}, {1, 2, 2}, 1);
  EXPECT_THAT(nchw.channel_absmax, testing::ElementsAre(5, 4));
  EXPECT_EQ(nchw.channel_sums[0].value(), -2);
  EXPECT_EQ(nchw.channel_sums[1].value(), 1);
  EXPECT_EQ(nchw.channel_count, 4u);
  TensorStats matrix;
  matrix.add_sample(std::vector<float>{1, -5, 2, 3}, {2, 2}, 1);
  EXPECT_THAT(matrix.channel_absmax, testing::ElementsAre(2, 5));
  EXPECT_EQ(matrix.channel_count, 2u);
  TensorStats from_the_end;
  from_the_end.add_sample(std::vector<float>{1, -5, 2, 3}, {1, 2, 2}, -1);
  EXPECT_THAT(from_the_end.channel_absmax, testing::ElementsAre(2, 5));
  EXPECT_THROW(TensorStats().add_sample(std::vector<float>{7}, {1}, 1), Error);
}

TEST(TensorStats, RefusesAnotherNumberOfChannels) {
  TensorStats stats;
  stats.add_sample(std::vector<float>{1, 2}, {1, 2}, 1);
  EXPECT_THROW(stats.add_sample(std::vector<float>{1, 2, 3}, {1, 3}, 1), Error);
  TensorStats plain;
  plain.add_sample(std::vector<float>{1, 2});
  EXPECT_THROW(stats.merge(plain), Error);
  EXPECT_THROW(plain.merge(stats), Error);
}

}  // namespace
}  // namespace quoin
