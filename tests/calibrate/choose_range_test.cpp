#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "files.h"
#include "quoin/ranges.h"
#include "seed.h"

namespace quoin {
namespace {

using test::error_of;
using test::message_of;
using test::seed_text;
using test::test_seed;

TensorStats stats_of(const std::vector<float>& values) {
  TensorStats stats;
  stats.add_sample(values);
  return stats;
}

std::vector<float> normal_floats(size_t count, float mean, float deviation, std::mt19937_64& random) {
  std::vector<float> values(count);
  std::normal_distribution<float> normal(mean, deviation);
  for (float& value : values) value = normal(random);
  return values;
}

constexpr RangeMethod kMethods[] = {RangeMethod::kMinMax, RangeMethod::kMovingAverage, RangeMethod::kPercentile,
                                    RangeMethod::kEntropy, RangeMethod::kMse};

TEST(RangeMethod, NamesRoundTrip) {
  for (const RangeMethod method : kMethods) EXPECT_EQ(range_method(to_string(method)), method);
  EXPECT_EQ(message_of([] { range_method("entropi"); }), "there is no range method 'entropi', did you mean 'entropy'?");
}

TEST(ChooseRange, RefusesWhatItCannotDo) {
  const TensorStats stats = stats_of({1});
  EXPECT_EQ(message_of([&] { choose_range(stats, {.bits = 1}); }), "a range for 1 bits was asked for");
  EXPECT_EQ(message_of([&] { choose_range(stats, {.bits = 17}); }), "a range for 17 bits was asked for");
  EXPECT_EQ(message_of([&] { choose_range(stats, {.percentile = 0.5}); }), "the percentile 0.5 is not usable");
  EXPECT_EQ(message_of([&] { choose_range(stats, {.percentile = 101}); }), "the percentile 101 is not usable");
}

TEST(ChooseRange, NamesAValueThatHasNoNumbers) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(error_of([&] {
              choose_range(stats_of({nan, nan, nan}), {}, "conv1");
            }),
            "value 'conv1' had only NaN or infinite values (3 of them) | check the calibration data, or leave this "
            "value in float | conv1");
  EXPECT_EQ(message_of([] { choose_range(TensorStats(), {}, "conv1"); }), "value 'conv1' had no values at all");
  EXPECT_EQ(message_of([] { choose_range(TensorStats(), {}); }), "a value had no values at all");
}

TEST(ChooseRange, AllZerosGiveAnEmptyRange) {
  for (const RangeMethod method : kMethods) {
    for (const bool symmetric : {false, true})
      EXPECT_EQ(choose_range(stats_of({0, 0, -0.0f}), {.method = method, .symmetric = symmetric}), (Range{0, 0}));
  }
}

TEST(ChooseRange, ZeroIsInsideAndTheExtremesAreTheLimit) {
  std::mt19937_64 random(test_seed());
  for (int round = 0; round < 30; ++round) {
    const float scale = std::exp2(std::uniform_real_distribution<float>(-40, 40)(random));
    const float mean = std::uniform_real_distribution<float>(-4, 4)(random);
    const TensorStats stats = stats_of(normal_floats(1 + random() % 3000, mean * scale, scale, random));
    const float largest = std::max(std::abs(stats.min), std::abs(stats.max));
    for (const RangeMethod method : kMethods) {
      for (const int bits : {4, 8}) {
        const Range affine = choose_range(stats, {.method = method, .bits = bits});
        EXPECT_LE(affine.min, 0) << seed_text();
        EXPECT_GE(affine.max, 0) << seed_text();
        EXPECT_GE(affine.min, std::min(0.0f, stats.min)) << seed_text();
        EXPECT_LE(affine.max, std::max(0.0f, stats.max)) << seed_text();
        EXPECT_LT(affine.min, affine.max) << seed_text() << ' ' << to_string(method);
        const Range symmetric = choose_range(stats, {.method = method, .bits = bits, .symmetric = true});
        EXPECT_EQ(symmetric.min, -symmetric.max) << seed_text();
        EXPECT_GT(symmetric.max, 0) << seed_text() << ' ' << to_string(method);
        EXPECT_LE(symmetric.max, largest) << seed_text();
      }
    }
  }
}

TEST(ChooseRange, MinMaxIsExact) {
  const TensorStats stats = stats_of({-0.3f, 0.7f, 0.1f});
  EXPECT_EQ(choose_range(stats, {}), (Range{-0.3f, 0.7f}));
  EXPECT_EQ(choose_range(stats, {.symmetric = true}), (Range{-0.7f, 0.7f}));
  EXPECT_EQ(choose_range(stats_of({2, 3}), {}), (Range{0, 3}));
  EXPECT_EQ(choose_range(stats_of({-2, -3}), {}), (Range{-3, 0}));
}

TEST(ChooseRange, MovingAverageIsTheMeanOfSampleExtremes) {
  TensorStats stats;
  stats.add_sample(std::vector<float>{-1, 3});
  stats.add_sample(std::vector<float>{-2, 4});
  stats.add_sample(std::vector<float>{0, 11});
  EXPECT_EQ(choose_range(stats, {.method = RangeMethod::kMovingAverage}), (Range{-1, 6}));
  EXPECT_EQ(choose_range(stats, {.method = RangeMethod::kMovingAverage, .symmetric = true}), (Range{-6, 6}));
}

TEST(ChooseRange, PercentileIsWithinABucketOfTheSortedOnes) {
  std::mt19937_64 random(test_seed());
  for (int round = 0; round < 30; ++round) {
    std::vector<float> values = normal_floats(10 + random() % 5000, 0.3f, 2, random);
    const double percentile = std::uniform_real_distribution<double>(60, 100)(random);
    const TensorStats stats = stats_of(values);
    const Range affine = choose_range(stats, {.method = RangeMethod::kPercentile, .percentile = percentile});
    const Range symmetric =
        choose_range(stats, {.method = RangeMethod::kPercentile, .symmetric = true, .percentile = percentile});
    const auto near = [&](double found, std::vector<float> sorted, double q) {
      std::sort(sorted.begin(), sorted.end());
      const double rank = q * static_cast<double>(sorted.size() - 1);
      const double at = static_cast<double>(sorted[static_cast<size_t>(rank)]);
      EXPECT_NEAR(found, at, std::abs(at) / 32) << seed_text() << " percentile " << percentile;
    };
    if (affine.max > 0) near(static_cast<double>(affine.max), values, percentile / 100);
    if (affine.min < 0) near(static_cast<double>(affine.min), values, 1 - percentile / 100);
    for (float& value : values) value = std::abs(value);
    near(static_cast<double>(symmetric.max), values, percentile / 100);
  }
}

TEST(ChooseRange, PercentileHundredIsMinMax) {
  const TensorStats stats = stats_of({-0.3f, 0.7f, 0.1f});
  EXPECT_EQ(choose_range(stats, {.method = RangeMethod::kPercentile, .percentile = 100}), (Range{-0.3f, 0.7f}));
}

TEST(ChooseRange, PercentileCutsOneOutlierInTenThousand) {
  std::vector<float> values(100000, 1);
  values[5] = 500;
  const Range range = choose_range(stats_of(values), {.method = RangeMethod::kPercentile});
  EXPECT_LE(range.max, 1.04f);
  EXPECT_GE(range.max, 1);
}

double squared_error(const std::vector<float>& values, const Range& range, int bits, bool symmetric) {
  const double levels = symmetric ? std::ldexp(1.0, bits) - 2 : std::ldexp(1.0, bits) - 1;
  const double step = (static_cast<double>(range.max) - static_cast<double>(range.min)) / levels;
  const double low = symmetric ? -levels / 2 : -std::nearbyint(-static_cast<double>(range.min) / step),
               high = low + levels;
  double error = 0;
  const double zero = symmetric ? 0 : std::nearbyint(-static_cast<double>(range.min) / step);
  const double from = symmetric ? low : -zero, to = symmetric ? high : levels - zero;
  for (const float value : values) {
    const double rounded = std::clamp(std::nearbyint(static_cast<double>(value) / step), from, to) * step;
    error += (static_cast<double>(value) - rounded) * (static_cast<double>(value) - rounded);
  }
  return error;
}

TEST(ChooseRange, MseIsNearTheBestOfAllRanges) {
  std::mt19937_64 random(test_seed());
  for (int round = 0; round < 6; ++round) {
    std::vector<float> values = normal_floats(4000, 0.5f, 1, random);
    values[0] = 30;
    const TensorStats stats = stats_of(values);
    for (const int bits : {3, 4, 8}) {
      for (const bool symmetric : {true, false}) {
        const Range chosen = choose_range(stats, {.method = RangeMethod::kMse, .bits = bits, .symmetric = symmetric});
        double best = HUGE_VAL;
        for (int high = 1; high <= 60; ++high) {
          const float to = stats.max * static_cast<float>(high) / 60;
          if (symmetric) {
            best = std::min(best, squared_error(values, {-to, to}, bits, true));
          } else {
            for (int low = 0; low <= 12; ++low)
              best = std::min(best, squared_error(values, {stats.min * static_cast<float>(low) / 12, to}, bits, false));
          }
        }
        EXPECT_LE(squared_error(values, chosen, bits, symmetric), best * 1.1)
            << seed_text() << " bits " << bits << " symmetric " << symmetric;
      }
    }
  }
}

TEST(ChooseRange, MseKeepsValuesThatTheGridHas) {
  std::vector<float> values;
  for (int i = 0; i < 256; ++i) values.push_back(static_cast<float>(i));
  EXPECT_GT(choose_range(stats_of(values), {.method = RangeMethod::kMse}).max, 245);
}

// The divergence as its definition reads, on the values themselves in 2048 bins; no prefix sums.
double divergence(const std::vector<float>& values, double largest, size_t last, size_t levels) {
  std::vector<double> bins(2048);
  for (const float value : values) {
    const double magnitude = std::abs(static_cast<double>(value));
    if (magnitude > 0) bins[std::min<size_t>(2047, static_cast<size_t>(magnitude / largest * 2048))] += 1;
  }
  std::vector<double> p(bins.begin(), bins.begin() + static_cast<std::ptrdiff_t>(last)), q(last);
  double outside = 0;
  for (size_t i = last; i < bins.size(); ++i) outside += bins[i];
  p.back() += outside;
  for (size_t group = 0; group < levels; ++group) {
    const size_t from = group * last / levels, to = (group + 1) * last / levels;
    double sum = 0, filled = 0;
    for (size_t i = from; i < to; ++i) {
      sum += bins[i];
      filled += p[i] > 0;
    }
    for (size_t i = from; i < to; ++i) q[i] = p[i] > 0 ? sum / filled : 0;
  }
  double p_sum = 0, q_sum = 0, result = 0;
  for (size_t i = 0; i < last; ++i) {
    p_sum += p[i];
    q_sum += q[i];
  }
  for (size_t i = 0; i < last; ++i) {
    if (p[i] > 0) result += q[i] > 0 ? p[i] / p_sum * std::log(p[i] / p_sum / (q[i] / q_sum)) : HUGE_VAL;
  }
  return result;
}

// Evenly spaced quantiles of a Laplace distribution: a long tail without the noise of sampling.
TEST(ChooseRange, EntropyIsNearTheLeastDivergence) {
  std::vector<float> values;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double magnitude = -std::log(1 - (i + 0.5) / kCount);
    values.push_back(static_cast<float>(i % 2 == 0 ? magnitude : -magnitude));
  }
  const TensorStats stats = stats_of(values);
  const double largest = std::max(-static_cast<double>(stats.min), static_cast<double>(stats.max));
  for (const int bits : {4, 6, 8}) {
    const size_t levels = size_t{1} << (bits - 1);
    double best = HUGE_VAL;
    for (size_t last = levels; last <= 2048; last += 8)
      best = std::min(best, divergence(values, largest, last, levels));
    const Range range = choose_range(stats, {.method = RangeMethod::kEntropy, .bits = bits, .symmetric = true});
    // Empty bins in the tail make single candidates worthless for the values themselves, so the neighbours within 2 %
    // count too.
    const size_t chosen = static_cast<size_t>(std::lround(static_cast<double>(range.max) / largest * 2048));
    double found = HUGE_VAL;
    for (size_t last = chosen - 40; last <= std::min<size_t>(2048, chosen + 40); ++last) {
      found = std::min(found, divergence(values, largest, last, levels));
    }
    EXPECT_LE(found, best * 1.3 + 1e-4) << bits << " bits, " << range.max << " of " << largest;
  }
}

TEST(ChooseRange, EntropyCutsOutliersOnBothSides) {
  std::mt19937_64 random(test_seed());
  std::vector<float> values = normal_floats(100000, 0, 1, random);
  values[0] = 20;
  values[1] = -25;
  const Range range = choose_range(stats_of(values), {.method = RangeMethod::kEntropy});
  EXPECT_LT(range.max, 12) << seed_text();
  EXPECT_GT(range.max, 2) << seed_text();
  EXPECT_GT(range.min, -15) << seed_text();
  EXPECT_LT(range.min, -2) << seed_text();
}

TEST(ChooseRange, EntropyOfAReluIsNotMovedByItsZeros) {
  std::mt19937_64 random(test_seed());
  std::vector<float> values = normal_floats(50000, 0, 1, random);
  for (float& value : values) value = std::max(value, 0.0f);
  const RangeRequest request{.method = RangeMethod::kEntropy};
  const Range with_zeros = choose_range(stats_of(values), request);
  std::erase(values, 0.0f);
  EXPECT_EQ(with_zeros, choose_range(stats_of(values), request)) << seed_text();
  EXPECT_EQ(with_zeros.min, 0);
}

TEST(ChooseRange, DoesNotDependOnOrderOrParts) {
  std::mt19937_64 random(test_seed());
  std::vector<float> values = normal_floats(5000, 0.2f, 1, random);
  const TensorStats whole = stats_of(values);
  std::shuffle(values.begin(), values.end(), random);
  TensorStats merged = stats_of({values.begin() + 2000, values.end()});
  merged.merge(stats_of({values.begin(), values.begin() + 2000}));
  for (const RangeMethod method :
       {RangeMethod::kMinMax, RangeMethod::kPercentile, RangeMethod::kEntropy, RangeMethod::kMse}) {
    EXPECT_EQ(choose_range(whole, {.method = method}), choose_range(merged, {.method = method})) << seed_text();
  }
}

}  // namespace
}  // namespace quoin
