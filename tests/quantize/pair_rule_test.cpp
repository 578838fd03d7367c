#include "quantize/pair_rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace quoin {
namespace {

// What VPMADDUBSW gives for one pair.
int saturating_pair(int a0, int w0, int a1, int w1) { return std::clamp(a0 * w0 + a1 * w1, -32768, 32767); }

TEST(PairRule, LimitFollowsFromTheLargestActivation) {
  EXPECT_EQ(pair_limit(255), 128);
  EXPECT_EQ(pair_limit(128), 255);
  EXPECT_EQ(pair_limit(200), 163);
}

// Every pair of weights and the extreme activations: the sum is linear in each, so the corners decide.
TEST(PairRule, NoPairSaturatesAfterwards) {
  for (const int largest : {255, 180}) {
    const int limit = pair_limit(largest);
    const PairRule rule = PairRule::along(2, limit);
    for (int w0 = -128; w0 <= 127; ++w0) {
      for (int w1 = -128; w1 <= 127; ++w1) {
        const float wanted[2] = {static_cast<float>(w0), static_cast<float>(w1)};
        int8_t values[2] = {static_cast<int8_t>(w0), static_cast<int8_t>(w1)};
        apply_pair_rule(wanted, values, rule);
        for (const int a0 : {0, largest}) {
          for (const int a1 : {0, largest}) {
            ASSERT_EQ(saturating_pair(a0, values[0], a1, values[1]), a0 * values[0] + a1 * values[1])
                << w0 << ", " << w1 << " became " << int{values[0]} << ", " << int{values[1]};
          }
        }
        if (std::abs(w0 + w1) <= limit || (w0 > 0) != (w1 > 0)) {
          ASSERT_TRUE(values[0] == w0 && values[1] == w1) << "a pair that was fine was changed";
        } else {
          ASSERT_EQ(std::abs(values[0] + values[1]), limit) << "changed further than needed";
        }
      }
    }
  }
}

TEST(PairRule, ChangesTheWeightThatLosesLeast) {
  const float wanted[2] = {99.6f, 100.4f};  // rounded up and down: the first comes down first
  int8_t values[2] = {100, 100};
  apply_pair_rule(wanted, values, PairRule::along(2, 199));
  EXPECT_THAT(values, testing::ElementsAre(99, 100));
}

TEST(PairRule, RowTakesTheScaleOfLeastError) {
  const unsigned seed = 7;
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> row(96);
  for (float& w : row) w = normal(random);
  row[10] = 3.9f;
  row[11] = 3.8f;  // a pair that breaks the rule at full scale
  const PairRule rule = PairRule::along(row.size(), 128);
  const QuantizedRow got = quantize_row(row, 8, &rule);
  EXPECT_EQ(broken_pairs(got.values, rule), 0u);
  // Never worse than half the weights' range, which is the scale at the end of the search.
  double seven_bits = 0;
  for (const float w : row) {
    const float scale = 3.9f / 127 * 2;
    seven_bits += std::pow(w - scale * std::nearbyint(w / scale), 2);
  }
  EXPECT_LE(got.squared_error, seven_bits * 1.0001);
}

TEST(QuantizeRow, WithoutARuleIsNeverWorseThanTheLargestMagnitude) {
  const unsigned seed = 8;
  RecordProperty("seed", static_cast<int>(seed));
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  for (int trial = 0; trial < 20; ++trial) {
    std::vector<float> row(75);
    for (float& w : row) w = normal(random);
    float largest = 0;
    for (const float w : row) largest = std::max(largest, std::fabs(w));
    double minmax = 0;
    for (const float w : row) minmax += std::pow(w - largest / 127 * std::nearbyint(w / (largest / 127)), 2);
    EXPECT_LE(quantize_row(row, 8, nullptr).squared_error, minmax * 1.0001);
  }
}

TEST(QuantizeRow, KeepsTheLeastScale) {
  EXPECT_EQ(quantize_row(std::vector<float>{1, -2}, 8, nullptr, 0.5f).scale, 0.5f);
}

TEST(PairRule, ZerosAndOddLengths) {
  const PairRule five = PairRule::along(5, 128), three = PairRule::along(3, 128);
  EXPECT_EQ(quantize_row(std::vector<float>(5, 0.0f), 8, &five).scale, 1.0f);
  const QuantizedRow odd = quantize_row(std::vector<float>{0.0f, 0.1f, 1.0f}, 8, &three);
  EXPECT_NEAR(odd.scale * odd.values[2], 1.0f, 1e-3f);  // the last one has no neighbour
}

using Pairs = std::vector<PairRule::Pair>;

TEST(PairOrder, AlongTheWholeOfK) {
  EXPECT_EQ(PairRule(PairOrder::kAlongK, 3, {1, 3}, 128).pairs(), (Pairs{{0, 1}, {2, 3}, {4, 5}, {6, 7}}));
}

TEST(PairOrder, ChannelsOfEachPlace) {
  EXPECT_EQ(PairRule(PairOrder::kEachPlace, 3, {1, 3}, 128).pairs(), (Pairs{{0, 1}, {3, 4}, {6, 7}}));
  EXPECT_EQ(PairRule(PairOrder::kEachPlace, 5, {2}, 128).pairs(), (Pairs{{0, 1}, {2, 3}, {5, 6}, {7, 8}}));
  EXPECT_EQ(PairRule(PairOrder::kEachPlace, 4, {2, 2}, 128).pairs(),
            PairRule(PairOrder::kAlongK, 4, {2, 2}, 128).pairs())
      << "an even number of channels: the orders agree";
  EXPECT_EQ(PairRule(PairOrder::kEachPlace, 1, {3, 3}, 128).pairs(), (Pairs{{0, 1}, {2, 3}, {3, 4}, {4, 5}, {6, 7}}))
      << "one channel: along K, and along each row of the kernel";
}

TEST(PairOrder, Both) {
  const PairRule rule(PairOrder::kBoth, 3, {1, 2}, 128);
  EXPECT_EQ(rule.pairs(), (Pairs{{0, 1}, {2, 3}, {3, 4}, {4, 5}}));
  EXPECT_THAT(rule.partners(4), testing::ElementsAre(3, 5));
  EXPECT_THAT(rule.partners(0), testing::ElementsAre(1));
  EXPECT_TRUE(PairRule::along(1, 128).pairs().empty());
}

// Every row of four weights out of extreme, middling and small ones, under each order of a 1x2 kernel with two or one
// channels, and of three channels cut to four places: no kernel order that the rule covers saturates.
TEST(PairOrder, NoPairOfAnyOrderSaturatesAfterwards) {
  const std::vector<int> numbers = {-127, -100, -64, -3, 0, 2, 65, 90, 127};
  for (const PairOrder order : {PairOrder::kAlongK, PairOrder::kEachPlace, PairOrder::kBoth}) {
    for (const auto& [channels, kernel] :
         std::vector<std::pair<size_t, std::vector<size_t>>>{{1, {2, 3}}, {3, {2}}, {2, {3}}, {6, {}}}) {
      const PairRule rule(order, channels, kernel, pair_limit(255));
      for (size_t code = 0; code < 9 * 9 * 9 * 9 * 9 * 9; code += 1 + (code % 3)) {
        std::vector<int8_t> values(6);
        std::vector<float> wanted(6);
        size_t rest = code;
        for (size_t k = 0; k < 6; ++k, rest /= 9) {
          values[k] = static_cast<int8_t>(numbers[rest % 9]);
          wanted[k] = values[k];
        }
        apply_pair_rule(wanted, values, rule);
        for (const auto& [a, b] : rule.pairs()) {
          for (const int first : {0, 255}) {
            for (const int second : {0, 255}) {
              ASSERT_EQ(saturating_pair(first, values[a], second, values[b]), first * values[a] + second * values[b]);
            }
          }
        }
        for (size_t k = 0; k < 6; ++k) {
          ASSERT_LE(std::abs(values[k]), std::abs(wanted[k]));
          ASSERT_GE(values[k] * wanted[k], 0) << "a sign turned";
        }
      }
    }
  }
}

}  // namespace
}  // namespace quoin
