// The search's logic on made-up machines: every latency and loss is a formula.
#include <gmock/gmock.h>

#include <algorithm>

#include "measure/clear_race.h"
#include "measure/tune/search.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using testing::Contains;
using testing::HasSubstr;

using Outcome = TuneTrial::Outcome;

// Units in a chain; milliseconds per unit in integer and in float, and for each border between the two.
class Machine : public Trials {
 public:
  struct Unit {
    double integer, floating;
    double lost = 0;  // points in integer
  };
  Machine(std::vector<Unit> units, double border) : units_(std::move(units)), border_(border) {}

  double milliseconds(const std::string& choices) const {
    double sum = 10;
    for (size_t i = 0; i < choices.size(); ++i) {
      sum += choices[i] == 'f' ? units_[i].floating : units_[i].integer;
      const bool before = i == 0 || choices[i - 1] == 'f';
      if ((choices[i] == 'f') != before) sum += border_;
    }
    return sum;
  }

  Race race(const Placement& present, const Placement& candidate) override {
    ++races;
    if (candidate.choices.find(refused) != std::string::npos)
      throw Error(ErrorCode::kCheckFailed, "the engine does not take it");
    return clear_race(milliseconds(present.choices), milliseconds(candidate.choices));
  }
  Loss loss(const Placement& placement) override {
    double lost = 0;
    for (size_t i = 0; i < placement.choices.size(); ++i) {
      if (placement.choices[i] != 'f') lost += units_[i].lost;
    }
    return {lost, lost};
  }
  double distance(const Placement& placement) override { return loss(placement).distance; }
  std::vector<std::string> spellings(size_t) override { return {}; }
  void leave_out(size_t, const std::string&) override {}
  void forget_last_list() override {}
  double seconds() const override { return races; }
  bool is_over() const override { return races >= most_races; }

  int races = 0, most_races = 100000;
  char refused = '?';

 private:
  std::vector<Unit> units_;
  double border_;
};

// A group per entry of `sizes`, of so many units that follow one another. What the profile says is `said`.
ListFacts facts_of(const std::vector<size_t>& sizes, const std::vector<Machine::Unit>& said, double conversion) {
  ListFacts facts;
  facts.name = "smart";
  size_t next = 0;
  for (const size_t size : sizes) {
    Group group{"P" + std::to_string(facts.groups.size()), {}, {Choice::kInt8, Choice::kFloat}};
    for (size_t i = 0; i < size; ++i) group.units.push_back(next++);
    facts.labels.push_back(group.pattern);
    facts.groups.push_back(group);
  }
  for (size_t i = 0; i < said.size(); ++i) {
    facts.names.push_back("u" + std::to_string(i));
    facts.integer_ms.push_back(said[i].integer);
    facts.float_ms.push_back(said[i].floating);
    facts.edges.push_back({static_cast<int>(i) - 1, static_cast<int>(i), 1});
  }
  facts.conversion_ms = conversion;
  return facts;
}

std::vector<Start> starts_of(const Machine& machine, const std::vector<std::string>& placements) {
  std::vector<Start> starts;
  const std::string all_float(placements[0].size(), 'f');
  for (const std::string& choices : placements)
    starts.push_back({choices, {0, choices}, machine.milliseconds(all_float) / machine.milliseconds(choices)});
  return starts;
}

TEST(TuneSearch, FindsTheUnitsThatPayInFloat) {
  const std::vector<Machine::Unit> units = {{3, 1}, {1, 2}, {1, 2}, {2, 2}};
  Machine machine(units, 0.1);
  const std::vector<ListFacts> facts = {facts_of({1, 2, 1}, units, 0.1)};
  Search search(machine, facts, 0.5);
  search.run(starts_of(machine, {"ffff", "iiii"}));
  EXPECT_EQ(search.best().placement.choices, "fiii");
  EXPECT_NEAR(search.best().speedup, machine.milliseconds("ffff") / machine.milliseconds("fiii"), 1e-9);
  EXPECT_EQ(search.ended(), "every decision was tried");
  EXPECT_EQ(search.tried().front().trial.what, "ffff") << "the faster start";
}

// What the profile says is wrong: the order is bad, the result is the same.
TEST(TuneSearch, BelievesTheClockAndNotTheProfile) {
  Machine machine({{3, 1}, {1, 2}, {1, 2}, {2, 2}}, 0.1);
  const std::vector<ListFacts> facts = {facts_of({1, 2, 1}, {{1, 9}, {9, 1}, {9, 1}, {9, 1}}, 0)};
  Search search(machine, facts, 0.5);
  search.run(starts_of(machine, {"ffff", "iiii"}));
  EXPECT_EQ(search.best().placement.choices, "fiii");
}

TEST(TuneSearch, KeepsThePresentInsideTheNoise) {
  const std::vector<Machine::Unit> units = {{1, 1.001}, {1, 0.99}};
  Machine machine(units, 0);
  const std::vector<ListFacts> facts = {facts_of({1, 1}, units, 0)};
  Search search(machine, facts, 0.5);
  search.run({{"whole", {0, "ii"}, 1.0}});
  EXPECT_EQ(search.best().placement.choices, "ii");
  for (const TriedMove& tried : search.tried()) {
    if (tried.trial.rounds == 0) continue;
    EXPECT_EQ(tried.trial.outcome, Outcome::kUnclear);
    EXPECT_THAT(tried.trial.reason, HasSubstr("inside the noise"));
  }
}

// Each of two neighbours alone pays two borders more than it saves.
TEST(TuneSearch, TriesNeighboursTogether) {
  const std::vector<Machine::Unit> units = {{1, 3}, {2, 1.8}, {2, 1.8}, {1, 3}};
  Machine machine(units, 0.15);
  const std::vector<ListFacts> facts = {facts_of({1, 1, 1, 1}, units, 0.15)};
  Search search(machine, facts, 0.5);
  search.run({{"whole", {0, "iiii"}, 1.2}});
  EXPECT_EQ(search.best().placement.choices, "iffi");
}

// Units alike on paper: the group as a whole gains nothing, one of it does.
TEST(TuneSearch, TakesGroupsApart) {
  const std::vector<Machine::Unit> said = {{1, 1}, {1, 1}, {1, 1}};
  Machine machine({{1, 1.3}, {1.5, 1.2}, {1, 1}}, 0);
  const std::vector<ListFacts> facts = {facts_of({2, 1}, said, 0)};
  Search search(machine, facts, 0.5);
  search.run({{"whole", {0, "iii"}, 1.2}});
  EXPECT_EQ(search.best().placement.choices, "ifi");
}

TEST(TuneSearch, RefusesWhatBreaksTheBudget) {
  const std::vector<Machine::Unit> units = {{1, 2, 0.4}, {1, 2, 0.4}, {1, 2, 0}};
  Machine machine(units, 0);
  const std::vector<ListFacts> facts = {facts_of({1, 1, 1}, units, 0)};
  Search search(machine, facts, 0.5);
  search.run({{"rewrite", {0, "fff"}, 1.0}});
  EXPECT_LE(search.best().loss, 0.5);
  EXPECT_EQ(machine.milliseconds(search.best().placement.choices), 10 + 1 + 1 + 2);
  std::vector<Outcome> outcomes;
  for (const TriedMove& tried : search.tried()) outcomes.push_back(tried.trial.outcome);
  EXPECT_THAT(outcomes, Contains(Outcome::kOverBudget));
}

// The fastest start loses too much: what loses most per millisecond goes back to float.
TEST(TuneSearch, RecoversAccuracyWhereItCostsLeast) {
  const std::vector<Machine::Unit> units = {{1, 3, 0.2}, {1, 1.5, 2}, {1, 3, 0.2}};
  Machine machine(units, 0);
  const std::vector<ListFacts> facts = {facts_of({1, 1, 1}, units, 0)};
  Search search(machine, facts, 0.5);
  search.run(starts_of(machine, {"fff", "iii"}));
  EXPECT_EQ(search.best().placement.choices, "ifi");
  EXPECT_NEAR(search.best().loss, 0.4, 1e-9);
  bool recovered = false;
  for (const TriedMove& tried : search.tried()) recovered = recovered || tried.trial.outcome == Outcome::kRecovered;
  EXPECT_TRUE(recovered);
}

// What a faster start would become takes the accuracy of every group: a good one that is near comes first.
TEST(TuneSearch, BeginsWithANearStartThatHolds) {
  const std::vector<Machine::Unit> units = {{1, 1.2, 9}, {1, 3, 0}, {1, 3, 0}};
  Machine machine(units, 0);
  const std::vector<ListFacts> facts = {facts_of({1, 1, 1}, units, 0)};
  Search search(machine, facts, 0.5);
  search.run(starts_of(machine, {"fff", "iii", "fii"}));
  EXPECT_EQ(search.best().placement.choices, "fii");
  ASSERT_GE(search.tried().size(), 2U);
  EXPECT_EQ(search.tried()[0].trial.outcome, Outcome::kOverBudget);
  EXPECT_EQ(search.tried()[1].trial.what, "fii");
  EXPECT_EQ(search.tried()[1].trial.outcome, Outcome::kKept);
  EXPECT_EQ(search.steps().size(), 1U) << "what the faster start became was no faster";
}

// From all float, one or two units in INT8 save less than their border costs; the faster start is beyond that.
TEST(TuneSearch, ComesBackToTheFasterStart) {
  std::vector<Machine::Unit> units(7, {1, 1.1, 0});
  units[0] = {1, 1.5, 0.6};
  Machine machine(units, 0.35);
  const std::vector<ListFacts> facts = {facts_of({1, 1, 1, 1, 1, 1, 1}, units, 0.35)};
  Search search(machine, facts, 0.5);
  search.run(starts_of(machine, {"fffffff", "iiiiiii"}));
  EXPECT_EQ(search.steps().front().placement.choices, "fffffff");
  EXPECT_EQ(search.best().placement.choices, "fiiiiii");
  EXPECT_EQ(search.best().name, "iiiiiii, within the budget");
}

TEST(TuneSearch, FallsBackToTheFloatRewrite) {
  const std::vector<Machine::Unit> units = {{1, 3, 9}};
  Machine machine(units, 0);
  const std::vector<ListFacts> facts = {facts_of({1}, units, 0)};
  Search search(machine, facts, 0.5);
  search.run(starts_of(machine, {"f", "i"}));
  EXPECT_EQ(search.best().placement.choices, "f");
  EXPECT_EQ(search.best().loss, 0);
}

TEST(TuneSearch, EndsWithTheBestSoFarWhenItIsStopped) {
  const std::vector<Machine::Unit> units = {{3, 1}, {3, 1}, {3, 1}};
  Machine machine(units, 0);
  machine.most_races = 2;
  const std::vector<ListFacts> facts = {facts_of({1, 1, 1}, units, 0)};
  Search search(machine, facts, 0.5);
  search.run({{"whole", {0, "iii"}, 1.0}});
  EXPECT_EQ(search.ended(), "time was up");
  EXPECT_EQ(std::count(search.best().placement.choices.begin(), search.best().placement.choices.end(), 'f'), 2);
  EXPECT_EQ(search.steps().size(), 3u);
}

TEST(TuneSearch, GoesOnWhereTheEngineRefusesAPlacement) {
  const std::vector<Machine::Unit> units = {{3, 1}, {1, 2}};
  Machine machine(units, 0);
  machine.refused = 'o';
  std::vector<ListFacts> facts = {facts_of({1, 1}, units, 0)};
  facts[0].groups[0].choices.push_back(Choice::kFloatOutput);
  Search search(machine, facts, 0.5);
  search.run({{"whole", {0, "ii"}, 1.0}});
  EXPECT_EQ(search.best().placement.choices, "fi");
  std::vector<std::string> reasons;
  for (const TriedMove& tried : search.tried()) reasons.push_back(tried.trial.reason);
  EXPECT_THAT(reasons, Contains("the engine does not take it"));
}

// A list whose start was a little behind is searched too, and wins.
TEST(TuneSearch, SearchesTheSecondListWhereItIsNear) {
  class TwoLists : public Machine {
   public:
    using Machine::Machine;
    Race race(const Placement& present, const Placement& candidate) override {
      const auto as_machine = [](const Placement& placement) {
        return Placement{0, placement.list == 1 ? "f" + placement.choices : placement.choices};
      };
      return Machine::race(as_machine(present), as_machine(candidate));
    }
    Loss loss(const Placement&) override { return {}; }
    double distance(const Placement&) override { return 0; }
  };
  // List 0 cannot leave its first unit float, list 1 has it in float.
  const std::vector<Machine::Unit> units = {{2, 1}, {2, 1.5}};
  TwoLists machine(units, 0);
  std::vector<ListFacts> facts = {facts_of({1, 1}, units, 0), facts_of({1}, {{2, 1.5}}, 0)};
  facts[0].groups[0].choices = {Choice::kInt8};
  facts[1].name = "blanket";
  Search search(machine, facts, 0.5);
  search.run({{"smart", {0, "if"}, 1.05}, {"blanket", {1, "i"}, 1.04}});
  EXPECT_EQ(search.best().placement, (Placement{1, "f"}));
  EXPECT_THAT(search.tried().back().trial.what, HasSubstr("against smart"));
}

}  // namespace
}  // namespace quoin
