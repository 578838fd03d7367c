#include "improve/descend.h"

#include <gmock/gmock.h>

#include <random>
#include <vector>

#include "improve/gram.h"
#include "quantize/pair_rule.h"

namespace quoin {
namespace {

constexpr unsigned kSeed = 5;

std::vector<float> random_values(size_t count, std::mt19937& random, float scale) {
  std::normal_distribution<float> normal(0.1F, scale);
  std::vector<float> values(count);
  for (float& value : values) value = normal(random);
  return values;
}

// Moments of rows whose values depend on each other.
std::vector<float> moments_of(size_t depth, std::mt19937& random, bool centred = false) {
  Gram gram(depth);
  for (int row = 0; row < 200; ++row) {
    std::vector<float> values = random_values(depth, random, 0.3F);
    for (size_t k = 1; k < depth; ++k) values[k] += 0.8F * values[k - 1];
    gram.add(values);
  }
  return gram.take(centred, 0.01);
}

std::vector<int8_t> nearest(const std::vector<float>& row, float scale, int most) {
  std::vector<int8_t> values;
  for (const float w : row) {
    values.push_back(static_cast<int8_t>(
        std::clamp(std::nearbyint(w / scale), -static_cast<float>(most), static_cast<float>(most))));
  }
  return values;
}

TEST(Gram, AddsProductsInAnyPortions) {
  std::mt19937 random(kSeed);
  const std::vector<float> rows = random_values(7 * 3, random, 1);
  Gram whole(3), parts(3);
  whole.add(rows);
  parts.add(std::span(rows).first(3 * 3));
  parts.add(std::span(rows).subspan(3 * 3));
  EXPECT_EQ(whole.rows(), 7u);
  const std::vector<float> a = whole.take(false, 0), b = parts.take(false, 0);
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = 0; j < 3; ++j) {
      double expected = 0;
      for (size_t row = 0; row < 7; ++row) expected += static_cast<double>(rows[row * 3 + i] * rows[row * 3 + j]) / 7;
      EXPECT_NEAR(static_cast<double>(a[i * 3 + j]), expected, 1e-5);
      EXPECT_NEAR(static_cast<double>(b[i * 3 + j]), expected, 1e-5);
    }
  }
}

TEST(Gram, CentredTakesTheMeanOut) {
  Gram gram(2);
  gram.add(std::vector<float>{1, 10, 3, 10});
  EXPECT_THAT(gram.take(true, 0), testing::ElementsAre(1, 0, 0, 0));
}

TEST(Gram, DampingIsAShareOfTheMeanDiagonal) {
  Gram gram(2);
  gram.add(std::vector<float>{1, 3});
  EXPECT_THAT(gram.take(false, 0.1), testing::ElementsAre(1.5F, 3, 3, 9.5F));
}

TEST(Descend, IsNeverWorseAndMostlyMuchBetter) {
  std::mt19937 random(kSeed);
  RecordProperty("seed", static_cast<int>(kSeed));
  double before = 0, after = 0;
  for (const int most : {3, 7, 127}) {
    for (int trial = 0; trial < 20; ++trial) {
      const size_t depth = 1 + static_cast<size_t>(trial);
      const std::vector<float> row = random_values(depth, random, 0.5F), moments = moments_of(depth, random);
      const DescentRow descent{row, 1.5F / static_cast<float>(most), most, {}};
      std::vector<int8_t> values = nearest(row, descent.scale, most);
      const double first = output_error(descent, moments, values);
      descend(descent, moments, values);
      const double last = output_error(descent, moments, values);
      EXPECT_LE(last, first * (1 + 1e-4) + 1e-9);
      for (const int8_t value : values) EXPECT_LE(std::abs(value), most);
      before += first / most;
      after += last / most;
    }
  }
  EXPECT_LT(after, 0.6 * before);
}

// With two values all integers near can be tried.
TEST(Descend, NoSingleStepFromTheResultIsBetter) {
  std::mt19937 random(kSeed);
  for (int trial = 0; trial < 50; ++trial) {
    const std::vector<float> row = random_values(2, random, 0.5F), moments = moments_of(2, random);
    const DescentRow descent{row, 0.1F, 7, {}};
    std::vector<int8_t> values = nearest(row, descent.scale, 7);
    descend(descent, moments, values);
    const double found = output_error(descent, moments, values);
    for (size_t k = 0; k < 2; ++k) {
      for (int value = -7; value <= 7; ++value) {
        std::vector<int8_t> other = values;
        other[k] = static_cast<int8_t>(value);
        EXPECT_GE(output_error(descent, moments, other), found * (1 - 1e-4) - 1e-9);
      }
    }
  }
}

TEST(Descend, KeepsThePairRule) {
  std::mt19937 random(kSeed);
  bool cut = false;
  for (int trial = 0; trial < 40; ++trial) {
    const size_t depth = 9;
    std::vector<float> row = random_values(depth, random, 0.1F);
    for (size_t k = 0; k < depth; ++k) row[k] += trial % 2 == 0 ? 0.9F : -0.9F;
    const std::vector<float> moments = moments_of(depth, random);
    const PairRule rule = PairRule::along(row.size(), pair_limit(255));
    const DescentRow descent{row, 1.0F / 127, 127, &rule};
    std::vector<int8_t> values = nearest(row, descent.scale, 127);
    std::vector<float> wanted = row;
    for (float& w : wanted) w /= descent.scale;
    cut = cut || broken_pairs(values, rule) > 0;
    apply_pair_rule(wanted, values, rule);
    const double first = output_error(descent, moments, values);
    descend(descent, moments, values);
    EXPECT_EQ(broken_pairs(values, rule), 0u);
    EXPECT_LE(output_error(descent, moments, values), first * (1 + 1e-4));
  }
  EXPECT_TRUE(cut);
}

TEST(Descend, ADeadInputIsLeftAlone) {
  const std::vector<float> row = {0.5F, 0.26F}, moments = {1, 0, 0, 0};
  std::vector<int8_t> values = {4, 1};
  descend({row, 0.1F, 7, {}}, moments, values);
  EXPECT_THAT(values, testing::ElementsAre(5, 1));
}

}  // namespace
}  // namespace quoin
