#include <gmock/gmock.h>

#include "measure/tune/cut.h"

namespace quoin {
namespace {

using testing::ElementsAre;

double cost_of(const CutProblem& problem, const std::vector<bool>& in_float) {
  double sum = 0;
  for (size_t i = 0; i < in_float.size(); ++i) sum += in_float[i] ? problem.floating[i] : problem.integer[i];
  for (const CutProblem::Border& border : problem.borders) {
    if (in_float[border.from] != in_float[border.to]) sum += border.cost;
  }
  return sum;
}

TEST(TuneCut, EachUnitWhereItIsCheaper) {
  EXPECT_THAT(cheapest({{3, 1, 2}, {1, 3, 2}, {}}), ElementsAre(true, false, false));
}

TEST(TuneCut, BordersKeepNeighboursTogether) {
  // Alone the middle one would be float; two conversions cost more than that.
  EXPECT_THAT(cheapest({{1, 3, 1}, {5, 2, 5}, {{0, 1, 1}, {1, 2, 1}}}), ElementsAre(false, false, false));
  EXPECT_THAT(cheapest({{1, 5, 1}, {5, 2, 5}, {{0, 1, 1}, {1, 2, 1}}}), ElementsAre(false, true, false));
}

TEST(TuneCut, IsTheCheapestOfAll) {
  uint32_t state = 7;
  const auto next = [&state] {
    state = state * 1664525U + 1013904223U;
    return static_cast<double>(state >> 24U) / 16;
  };
  for (int round = 0; round < 50; ++round) {
    CutProblem problem;
    for (int i = 0; i < 8; ++i) {
      problem.integer.push_back(next());
      problem.floating.push_back(next());
    }
    for (size_t i = 0; i + 1 < 8; ++i) problem.borders.push_back({i, i + 1, next() / 2});
    problem.borders.push_back({0, 5, next() / 2});
    problem.borders.push_back({2, 7, next() / 2});
    double least = cost_of(problem, std::vector<bool>(8));
    for (unsigned choice = 1; choice < 256; ++choice) {
      std::vector<bool> in_float;
      for (unsigned i = 0; i < 8; ++i) in_float.push_back((choice >> i & 1U) != 0);
      least = std::min(least, cost_of(problem, in_float));
    }
    EXPECT_NEAR(cost_of(problem, cheapest(problem)), least, 1e-9) << round;
  }
}

TEST(TuneCut, NothingToDecide) { EXPECT_TRUE(cheapest({}).empty()); }

}  // namespace
}  // namespace quoin
