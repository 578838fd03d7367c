#include <gmock/gmock.h>

#include "measure/timing.h"
#include "measure/tune/decide.h"

namespace quoin {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Case {
  TuneResult result;
  std::vector<std::vector<double>> times;
  Contenders contenders;

  Case() { add("float", 10, 80); }
  explicit Case(double rewrite_milliseconds) : Case() { add("float rewrite", rewrite_milliseconds, 80); }
  // Rows of constant times: every interval is a point.
  void add(const std::string& name, double milliseconds, double top1) {
    TuneRow row;
    row.name = name;
    Accuracy accuracy;
    accuracy.top1 = top1;
    row.accuracy = accuracy;
    times.emplace_back(20, milliseconds);
    row.latency = summarize(name, times.back(), times[0], 1);
    result.rows.push_back(row);
    if (name == "float rewrite") contenders.rewrite = result.rows.size() - 1;
    if (name == "tuned") contenders.tuned = result.rows.size() - 1;
  }
  std::string decide() {
    result.delivered = choose_delivery(result.rows, times, contenders, 0.5);
    result.verdict = verdict_of(result, contenders, times);
    return result.rows[result.delivered].name;
  }
};

TEST(TuneDecide, TheTunedFileWhereItIsFaster) {
  Case one(10);
  one.add("smart", 6, 80);
  one.add("tuned", 5, 79.8);
  EXPECT_EQ(one.decide(), "tuned");
  EXPECT_EQ(one.result.verdict,
            "Ship tuned: 2.00x float (2.00 to 2.00), 2.00x float rewrite (2.00 to 2.00), 1.20x smart (1.20 to 1.20), "
            "top-1 79.80, 0.20 points of top-1 lost.");
}

TEST(TuneDecide, AnotherFileThatIsClearlyFasterAndGoodEnough) {
  Case one(10);
  one.add("blanket", 4, 70);
  one.add("smart", 5, 80);
  one.add("tuned", 6, 80);
  EXPECT_EQ(one.decide(), "smart");
}

TEST(TuneDecide, AWholeListWhereThePlacementIsNoFaster) {
  Case one(10);
  one.add("blanket", 4.99, 80);
  one.add("smart", 5, 80);
  EXPECT_EQ(one.decide(), "smart");
  one.contenders.tuned = 3;
  one.contenders.tuned_is_list = true;
  EXPECT_EQ(one.decide(), "smart");
  one.contenders.tuned_is_list = false;
  one.add("tuned", 4.98, 80);
  EXPECT_EQ(one.decide(), "smart");
}

TEST(TuneDecide, BlanketWhereItIsClearlyFaster) {
  Case one(10);
  one.add("blanket", 4.8, 80);
  one.add("smart", 5, 80);
  one.contenders.tuned = 3;
  one.contenders.tuned_is_list = true;
  EXPECT_EQ(one.decide(), "blanket");
}

TEST(TuneDecide, TheFastestWhereTheTunedFileLosesTooMuch) {
  Case one(10);
  one.add("blanket", 5, 80);
  one.add("smart", 4.99, 80);
  one.add("tuned", 4, 70);
  EXPECT_EQ(one.decide(), "smart");
}

TEST(TuneDecide, TheRewriteWhereNothingIsFasterThanFloat) {
  Case one(9.9);
  one.add("tuned", 9.85, 80);
  EXPECT_EQ(one.decide(), "float rewrite");
  EXPECT_THAT(one.result.verdict, StartsWith("Leave it float: the best INT8 placement is 1.02x float"));
  EXPECT_THAT(one.result.verdict, HasSubstr("which is not faster beyond the noise; what is written is the lossless "
                                            "float rewrite, 1.01x float (1.01 to 1.01)."));
}

TEST(TuneDecide, TheRewriteWhereInt8AddsNothingToIt) {
  Case one(8);
  one.add("tuned", 8, 80);
  EXPECT_EQ(one.decide(), "float rewrite");
  EXPECT_THAT(one.result.verdict, HasSubstr("which is not faster than the lossless float rewrite beyond the noise"));
}

TEST(TuneDecide, TheModelAsItIsWhereEvenTheRewriteIsSlower) {
  Case one(11);
  one.add("tuned", 12, 80);
  EXPECT_EQ(one.decide(), "float");
  EXPECT_THAT(one.result.verdict, HasSubstr("what is written is the model as it was."));
}

TEST(TuneDecide, NothingThatLosesMoreThanTheBudget) {
  Case one(10);
  one.add("tuned", 5, 79);
  EXPECT_EQ(one.decide(), "float rewrite");
  EXPECT_THAT(one.result.verdict, HasSubstr("which loses more than the budget"));
}

TEST(TuneDecide, WhatWasNotMeasuredIsNotDelivered) {
  Case one(10);
  one.add("blanket", 2, 80);
  one.result.rows.back().accuracy.reset();
  one.add("tuned", 5, 80);
  EXPECT_EQ(one.decide(), "tuned");
}

TEST(TuneDecide, OverlappingDataAreSaid) {
  Case one;
  one.result.same_data = true;
  EXPECT_EQ(one.decide(), "float");
  EXPECT_THAT(one.result.verdict, HasSubstr("Calibration and choosing data overlap"));
}

}  // namespace
}  // namespace quoin
