// Conversions that are left out: the search on a made-up machine, and lists, plan and files on ONNX Runtime.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "measure/clear_race.h"
#include "measure/tune/list_files.h"
#include "measure/tune/search.h"
#include "quantize/emitted.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Outcome = TuneTrial::Outcome;

// Two units; a list is the set of conversions that are left out of it, each of which takes some milliseconds away.
class Speller : public Trials {
 public:
  struct Conversion {
    double saves = 0;  // where it is left out
    double lost = 0;
    std::string refused = {};
  };
  explicit Speller(std::map<std::string, Conversion> conversions) : conversions_(std::move(conversions)) {
    facts.push_back(facts_of("smart"));
  }

  double milliseconds(const Placement& placement) const {
    double sum = 10 + (placement.choices[0] == 'f' ? 1 : 2) + (placement.choices[1] == 'f' ? 2 : 1);
    for (const std::string& name : without_[placement.list]) sum -= conversions_.at(name).saves;
    return sum;
  }
  Race race(const Placement& present, const Placement& candidate) override {
    raced.push_back(present.choices + ">" + candidate.choices);
    return clear_race(milliseconds(present), milliseconds(candidate));
  }
  Loss loss(const Placement& placement) override {
    double lost = 0;
    for (const std::string& name : without_[placement.list]) lost += conversions_.at(name).lost;
    return {lost, lost};
  }
  double distance(const Placement& placement) override { return loss(placement).distance; }
  std::vector<std::string> spellings(size_t list) override {
    std::vector<std::string> names;
    for (const auto& [name, conversion] : conversions_) {
      if (std::find(without_[list].begin(), without_[list].end(), name) == without_[list].end()) names.push_back(name);
    }
    return names;
  }
  void leave_out(size_t list, const std::string& conversion) override {
    const std::string& refused = conversions_.at(conversion).refused;
    if (!refused.empty()) throw Error(ErrorCode::kCheckFailed, refused);
    without_.push_back(without_[list]);
    without_.back().push_back(conversion);
    facts.push_back(facts_of("smart without " + conversion));
  }
  void forget_last_list() override {
    without_.pop_back();
    facts.pop_back();
  }
  double seconds() const override { return static_cast<double>(raced.size()); }
  bool is_over() const override { return raced.size() >= most_races; }
  const std::vector<std::string>& without(size_t list) const { return without_[list]; }

  std::vector<ListFacts> facts;
  std::vector<std::string> raced;
  size_t most_races = 1000;

 private:
  static ListFacts facts_of(const std::string& name) {
    ListFacts facts;
    facts.name = name;
    facts.names = {"a", "b"};
    facts.labels = {"A a", "B b"};
    facts.groups = {{"A", {0}, {Choice::kInt8, Choice::kFloat}}, {"B", {1}, {Choice::kInt8, Choice::kFloat}}};
    facts.integer_ms = {2, 1};
    facts.float_ms = {1, 2};
    facts.edges = {{kNoUnit, 0, 1}, {0, 1, 1}};
    return facts;
  }
  std::map<std::string, Conversion> conversions_;
  std::vector<std::vector<std::string>> without_ = {{}};
};

std::vector<std::string> outcomes(const Search& search) {
  std::vector<std::string> texts;
  for (const TriedMove& tried : search.tried()) {
    if (!tried.without.empty()) texts.push_back(tried.without + ": " + std::string(to_string(tried.trial.outcome)));
  }
  return texts;
}

TEST(TuneSpelling, IsLeftOutWhereThatIsFaster) {
  Speller machine({{"A", {-0.5}}, {"B", {0.5}}, {"C", {0.001}}, {"D", {0.4}}});
  Search search(machine, machine.facts, 0.5);
  search.run({{"smart", {0, "ii"}, 1.0}});
  EXPECT_THAT(machine.without(search.best().placement.list), ElementsAre("B", "D"));
  EXPECT_EQ(search.best().placement.choices, "fi") << "what was decided before holds on the new list";
  EXPECT_THAT(outcomes(search), ElementsAre("A: slower", "B: kept", "C: unclear", "D: kept"));
  EXPECT_EQ(machine.facts.size(), 3u) << "lists that did not pay are forgotten";
  EXPECT_NEAR(search.best().speedup, 13.0 / 11.1, 1e-9);
  EXPECT_EQ(search.best().name, "smart, 3 changes");
  // Groups that were decided are told again for the plan's reasons, and not measured again.
  EXPECT_EQ(std::count(machine.raced.begin(), machine.raced.end(), "fi>ff"), 1);
  EXPECT_TRUE(std::any_of(search.tried().begin(), search.tried().end(), [&](const TriedMove& tried) {
    return tried.translated && tried.present.list == search.best().placement.list;
  }));
}

TEST(TuneSpelling, IsKeptWhereTheBudgetOrTheEngineSaysNo) {
  Speller machine({{"A", {0.5, 2}}, {"B", {0.5, 0, "the list matched nothing"}}});
  Search search(machine, machine.facts, 0.5);
  search.run({{"smart", {0, "fi"}, 1.0}});
  EXPECT_EQ(search.best().placement.list, 0u);
  EXPECT_THAT(outcomes(search), ElementsAre("A: over budget", "B: refused"));
  EXPECT_EQ(machine.facts.size(), 1u);
}

TEST(TuneSpelling, IsNotTriedWhenTimeIsUp) {
  Speller machine({{"A", {0.5}}});
  machine.most_races = 2;  // one each for the two groups
  Search search(machine, machine.facts, 0.5);
  search.run({{"smart", {0, "fi"}, 1.0}});
  EXPECT_THAT(outcomes(search), IsEmpty());
  EXPECT_EQ(search.ended(), "time was up");
}

class TuneSpellingFiles : public testing::Test {
 protected:
  void SetUp() override {
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
};

// HardSwish spelled out between two convolutions.
TEST_F(TuneSpellingFiles, ThePlanRemembersWhatIsLeftOut) {
  const Graph model = model_of(
      "float[1,4,8,8] x", "float[1,4,8,8] y",
      {random_initializer("w1", {4, 4, 1, 1}), random_initializer("w2", {4, 4, 1, 1}), "float three = {3}",
       "float six = {6}", "float zero = {0}"},
      "[first] c = Conv(x, w1)\n[sum] s = Add(c, three)\n[clip] p = Clip(s, zero, six)\n[times] t = Mul(c, p)\n"
      "[over] h = Div(t, six)\n[second] y = Conv(h, w2)");
  const Target target = load_target("onnxruntime-cpu");
  const Dataset data = random_dataset(model, 4);
  const auto& engine = *onnxruntime();
  ListFiles whole(model, target, engine, data, target.smart, {}, 2);
  ListFiles list(model, target, engine, data, target.smart, {}, 2, {"RecomposeHardSwish", "RecomposeHardSigmoid"});
  EXPECT_EQ(list.name(), "smart without RecomposeHardSwish, RecomposeHardSigmoid");
  const std::string choices = list.all(Choice::kInt8);
  EXPECT_THAT(qdq_places(whole.sketch(whole.all(Choice::kInt8))), HasSubstr("HardSigmoid"));
  const std::string places = qdq_places(list.sketch(choices));
  EXPECT_THAT(places, HasSubstr("Clip clip"));

  Plan plan = list.plan(choices);
  EXPECT_EQ(plan.list, "smart");
  plan = parse_plan(to_toml(plan));
  EXPECT_THAT(plan.without, testing::SizeIs(2));
  EXPECT_EQ(qdq_places(list.deliver(plan).emitted.graph), places);
  QuantizeOptions options;
  options.plan = &plan;
  EXPECT_EQ(qdq_places(quantize_model(model, target, engine, data, options).emitted.graph), places);
  // A list that no longer has the conversion.
  plan.without[0].pattern = "RecomposeHardSwishes";
  EXPECT_THROW(quantize_model(model, target, engine, data, options), Error);
}

}  // namespace
}  // namespace quoin
