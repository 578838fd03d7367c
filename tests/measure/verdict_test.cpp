#include "measure/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quoin {
namespace {

using testing::HasSubstr;
using testing::Not;

CompareRow row(const std::string& name, double simulated, double real, double speed, double low, double high) {
  CompareRow made;
  made.name = name;
  made.simulated.top1 = simulated;
  made.real.top1 = real;
  made.latency.speedup = speed;
  made.latency.speedup_low = low;
  made.latency.speedup_high = high;
  return made;
}

CompareRow float_row() { return row("float", 91.65, 91.65, 1, 1, 1); }

TEST(Verdict, ShipsTheFastAndAccurateOne) {
  const Decision decision =
      decide({float_row(), row("blanket", 91.6, 90.75, 1.36, 1.3, 1.4), row("smart", 91.7, 91.6, 1.38, 1.35, 1.41)},
             0.5, false);
  EXPECT_EQ(decision.ship, 2u);
  EXPECT_EQ(decision.sentence,
            "Ship smart: 1.38x float (1.35 to 1.41), top-1 91.60 against 91.65 float."
            " blanket reports 91.60 simulated but gives 90.75 on this CPU.");
}

TEST(Verdict, LeavesItFloatWhereNothingIsFasterBeyondTheNoise) {
  const Decision decision =
      decide({float_row(), row("blanket", 91.6, 91.6, 0.97, 0.95, 0.99), row("smart", 91.6, 91.6, 0.9, 0.8, 0.95)}, 0.5,
             false);
  EXPECT_EQ(decision.ship, 0u);
  EXPECT_EQ(decision.sentence,
            "Leave it float: the fastest INT8 file within 0.5 points of top-1, blanket, is 0.97x float (0.95 to 0.99), "
            "which is not faster "
            "beyond the noise.");
}

TEST(Verdict, FasterByTheMedianAloneIsNotEnough) {
  EXPECT_EQ(decide({float_row(), row("smart", 91.6, 91.6, 1.05, 1.01, 1.1)}, 0.5, false).ship, 0u);
  EXPECT_EQ(decide({float_row(), row("smart", 91.6, 91.6, 1.05, 1.021, 1.1)}, 0.5, false).ship, 1u);
}

TEST(Verdict, JudgesTheRealAccuracyNotTheSimulatedOne) {
  const Decision decision = decide({float_row(), row("blanket", 91.65, 75, 1.4, 1.3, 1.5)}, 0.5, false);
  EXPECT_EQ(decision.ship, 0u);
  EXPECT_EQ(decision.sentence,
            "Leave it float: no INT8 file stays within 0.5 points of top-1 on this CPU; the nearest, blanket, has "
            "top-1 75.00 against 91.65 "
            "float at 1.40x float (1.30 to 1.50). blanket reports 91.65 simulated but gives 75.00 on this CPU.");
}

TEST(Verdict, TakesALossOfExactlyTheBudget) {
  CompareRow base = float_row();
  base.real.top1 = 83.2;
  EXPECT_EQ(decide({base, row("smart", 82.7, 82.7, 1.2, 1.1, 1.3)}, 0.5, false).ship, 1u);
}

TEST(Verdict, PrefersAccuracyAmongFilesThatAreEquallyFast) {
  const Decision decision = decide({float_row(), row("a", 91.3, 91.3, 1.40, 1.35, 1.45),
                                    row("b", 91.6, 91.6, 1.38, 1.3, 1.4), row("c", 91.65, 91.65, 1.2, 1.1, 1.3)},
                                   0.5, false);
  EXPECT_EQ(decision.ship, 2u) << "b is within a's noise and loses less; c is slower beyond it";
}

TEST(Verdict, OfEqualsItIsTheTargetsOwnChoice) {
  const CompareRow blanket = row("blanket", 91.6, 91.6, 1.40, 1.35, 1.45),
                   smart = row("smart", 91.6, 91.6, 1.38, 1.3, 1.4);
  EXPECT_EQ(decide({float_row(), blanket, smart}, 0.5, false).ship, 2u);
  EXPECT_EQ(decide({float_row(), smart, blanket}, 0.5, false).ship, 1u);
}

TEST(Verdict, SaysWhyThereIsNoFile) {
  CompareRow blanket = row("blanket", 0, 0, 9, 9, 9);
  blanket.skipped = "the list matched nothing";
  const Decision decision = decide({float_row(), blanket}, 0.5, false);
  EXPECT_EQ(decision.ship, 0u);
  EXPECT_EQ(decision.sentence, "Leave it float: no INT8 file was made (blanket: the list matched nothing).");
}

TEST(Verdict, WithoutLabelsGoesByTheCosine) {
  CompareRow base = float_row(), smart = row("smart", 0, 0, 1.5, 1.4, 1.6), far = row("blanket", 0, 0, 1.9, 1.8, 2.0);
  for (CompareRow* one : {&base, &smart, &far}) one->simulated.top1 = one->real.top1 = std::nullopt;
  smart.simulated.mean_cosine = smart.real.mean_cosine = 0.996;
  far.simulated.mean_cosine = 0.999;
  far.real.mean_cosine = 0.9;
  const Decision decision = decide({base, smart, far}, 0.5, false);
  EXPECT_EQ(decision.ship, 1u);
  EXPECT_EQ(decision.sentence,
            "Ship smart: 1.50x float (1.40 to 1.60), mean cosine 0.9960 to float's outputs."
            " blanket reports a cosine of 0.9990 simulated but gives 0.9000 on this CPU.");
}

TEST(Verdict, WarnsOfSharedData) {
  const std::vector<CompareRow> rows = {float_row(), row("smart", 91.7, 91.6, 1.38, 1.35, 1.41)};
  EXPECT_THAT(decide(rows, 0.5, true).sentence,
              HasSubstr(" Calibration and reporting data overlap: the accuracy is not to be trusted."));
  EXPECT_THAT(decide(rows, 0.5, false).sentence, Not(HasSubstr("overlap")));
}

}  // namespace
}  // namespace quoin
