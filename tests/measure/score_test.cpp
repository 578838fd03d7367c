#include "measure/score.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "quoin/error.h"

namespace quoin {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Tensor row(std::vector<float> values) {
  const int64_t size = static_cast<int64_t>(values.size());
  return Tensor::from<float>({1, size}, values);
}

TEST(Score, OfEqualOutputsIsPerfect) {
  const SampleScore score = score_sample({row({1, 3, 2})}, {row({1, 3, 2})}, 1);
  EXPECT_EQ(score.closeness.max_abs, 0);
  EXPECT_EQ(score.closeness.cosine(), 1);
  EXPECT_TRUE(score.agrees);
  EXPECT_EQ(score.correct, true);
  const Accuracy accuracy = summarize({score});
  EXPECT_EQ(accuracy.top1, 100.0);
  EXPECT_EQ(accuracy.sqnr_db, kInfinity);
}

TEST(Score, CountsWhatIsWrong) {
  const SampleScore score = score_sample({row({3, 4})}, {row({4, 3})}, 1);
  EXPECT_FALSE(score.agrees);
  EXPECT_EQ(score.correct, false);
  EXPECT_DOUBLE_EQ(score.closeness.max_abs, 1);
  EXPECT_DOUBLE_EQ(score.closeness.cosine(), 24.0 / 25.0);
  EXPECT_DOUBLE_EQ(summarize({score}).sqnr_db, 10 * std::log10(25.0 / 2.0));
}

TEST(Score, TakesAllOutputsTogether) {
  const SampleScore score = score_sample({row({1, 0}), row({0, 1})}, {row({1, 0}), row({0, 0})}, std::nullopt);
  EXPECT_DOUBLE_EQ(score.closeness.noise, 1);
  EXPECT_TRUE(score.agrees) << "the first output decides";
  EXPECT_FALSE(score.correct.has_value());
}

TEST(Score, ContinuesAShorterOutputWithZeros) {
  Closeness sums;
  sums.add(row({1, 2}), row({1}));
  EXPECT_DOUBLE_EQ(sums.noise, 4);
  sums.add(row({1}), row({1, 3}));
  EXPECT_DOUBLE_EQ(sums.noise, 13);
}

TEST(Score, ReadsIntegers) {
  const Tensor wanted = Tensor::from<int64_t>({1, 2}, std::vector<int64_t>{5, 7});
  const Tensor got = Tensor::from<int64_t>({1, 2}, std::vector<int64_t>{5, 9});
  EXPECT_DOUBLE_EQ(score_sample({wanted}, {got}, std::nullopt).closeness.max_abs, 2);
}

TEST(Score, SaysWhenOnlyOneIsFinite) {
  const float nan = std::nanf("");
  const SampleScore broken = score_sample({row({1, 2})}, {row({1, nan})}, std::nullopt);
  EXPECT_EQ(broken.closeness.cosine(), 0);
  const Accuracy accuracy = summarize({broken});
  EXPECT_EQ(accuracy.sqnr_db, -kInfinity);
  EXPECT_EQ(accuracy.max_abs, kInfinity);
  EXPECT_EQ(score_sample({row({1, nan})}, {row({1, nan})}, std::nullopt).closeness.cosine(), 1);
}

TEST(Score, RefusesALabelThatIsNoClass) {
  try {
    score_sample({row({1, 2})}, {row({1, 2})}, 2);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    EXPECT_EQ(error.message(), "a label is 2, and the model's first output has 2 values");
  }
}

TEST(Summary, AveragesOverSamples) {
  const SampleScore right = score_sample({row({0, 1})}, {row({0, 1})}, 1),
                    wrong = score_sample({row({0, 1})}, {row({1, 0})}, 1);
  const Accuracy accuracy = summarize({right, wrong, right, right});
  EXPECT_EQ(accuracy.samples, 4u);
  EXPECT_EQ(accuracy.top1, 75.0);
  EXPECT_EQ(accuracy.agreements, 3u);
  EXPECT_DOUBLE_EQ(accuracy.mean_cosine, 0.75);
  EXPECT_DOUBLE_EQ(accuracy.least_cosine, 0);
}

}  // namespace
}  // namespace quoin
