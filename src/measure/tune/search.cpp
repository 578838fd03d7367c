#include "measure/tune/search.h"

#include <fmt/format.h>

#include <algorithm>

#include "measure/tune/race_text.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// A whole group that was slower than this is not taken apart, nor paired with a neighbour.
constexpr double kFarSlower = 0.97;
// Two sessions of one file can differ that much.
constexpr double kSessionNoise = 1.01;

}  // namespace

bool Search::holds(double loss) const { return keeps_budget(loss, budget_); }

void Search::tell(const std::string& doing) const {
  if (progress_) progress_(doing, steps_.empty() ? Step{} : steps_.back());
}

TuneTrial Search::trial_of(const std::string& what, const Placement& placement) const {
  TuneTrial trial;
  trial.what = what;
  trial.list = lists_[placement.list].name;
  trial.seconds = trials_.seconds();
  return trial;
}

void Search::keep(const Placement& placement, double ratio, double loss) {
  const double before = steps_.empty() ? 1 : steps_.back().speedup;
  std::string name = start_name_;
  if (changes_ > 0) name += fmt::format(", {} change{}", changes_, changes_ == 1 ? "" : "s");
  steps_.push_back({placement, std::move(name), before * ratio, loss, trials_.seconds()});
}

void Search::run(std::vector<Start> starts) {
  QUOIN_CHECK(!starts.empty(), "a search without a start");
  const auto worth = [](const Start& start) { return start.speedup * (start.is_preferred ? kSessionNoise : 1); };
  std::stable_sort(starts.begin(), starts.end(), [&](const Start& a, const Start& b) { return worth(a) > worth(b); });
  begin(starts);
  climb();
  if (ended_.empty() && recover_start()) climb();
  if (ended_.empty()) try_other_list(starts);
  if (ended_.empty()) ended_ = "every decision was tried";
}

void Search::climb() {
  while (climb_once()) {
  }
}

bool Search::climb_once() {
  std::vector<Move> moves = group_moves(lists_[best().placement.list], best().placement);
  std::erase_if(moves, [this](const Move& move) { return known_.contains(key(move.groups[0], move.to)); });
  if (try_all(moves)) return true;
  if (!ended_.empty()) return false;
  if (respell()) return true;
  if (!ended_.empty()) return false;
  const ListFacts& facts = lists_[best().placement.list];
  std::vector<Move> further;
  for (size_t g = 0; g < facts.groups.size(); ++g) {
    if (facts.groups[g].units.size() < 2) continue;
    for (const Choice to : facts.groups[g].choices) {
      for (Move& move : unit_moves(facts, best().placement, g, to)) further.push_back(std::move(move));
    }
  }
  for (Move& move : pair_moves(facts, best().placement)) further.push_back(std::move(move));
  std::stable_sort(further.begin(), further.end(), [](const Move& a, const Move& b) { return a.gain_ms > b.gain_ms; });
  std::erase_if(further, [this](const Move& move) { return is_hopeless(move); });
  return try_all(further);
}

std::string Search::key(size_t group, Choice to) const {
  return fmt::format("{}:{}:{}", best().placement.list, group, static_cast<char>(to));
}

// True where a whole group of the move was far slower: its parts and pairs will not be faster.
bool Search::is_hopeless(const Move& move) const {
  return std::any_of(move.groups.begin(), move.groups.end(), [&](size_t group) {
    const auto known = known_.find(key(group, move.to));
    return known != known_.end() && known->second < kFarSlower;
  });
}

// What was measured of a group holds until it, or a neighbour of it, changes.
void Search::learn(const Move& move, const Placement& before, double ratio, bool kept) {
  const ListFacts& facts = lists_[before.list];
  if (kept) {
    const auto is_of = [&](size_t group, int unit) {
      const std::vector<size_t>& units = facts.groups[group].units;
      return std::find(units.begin(), units.end(), static_cast<size_t>(unit)) != units.end();
    };
    const auto touches = [&](size_t group) {
      return std::any_of(facts.edges.begin(), facts.edges.end(), [&](const UnitEdge& edge) {
        const auto moved = [&](int unit) {
          return std::find(move.units.begin(), move.units.end(), static_cast<size_t>(unit)) != move.units.end();
        };
        return (moved(edge.from) && is_of(group, edge.to)) || (moved(edge.to) && is_of(group, edge.from));
      });
    };
    for (size_t group = 0; group < facts.groups.size(); ++group) {
      if (!touches(group)) continue;
      for (const Choice choice : facts.groups[group].choices) known_.erase(key(group, choice));
    }
    // The way back has been measured with it.
    for (const size_t group : move.groups) {
      for (const size_t unit : facts.groups[group].units)
        known_.insert_or_assign(key(group, static_cast<Choice>(before.choices[unit])), 1 / ratio);
    }
  }
  if (move.groups.size() == 1 && move.units.size() == facts.groups[move.groups[0]].units.size())
    known_.insert_or_assign(key(move.groups[0], move.to), ratio);
}

bool Search::try_all(const std::vector<Move>& moves) {
  bool changed = false;
  for (const Move& move : moves) {
    if (trials_.is_over()) {
      ended_ = "time was up";
      return changed;
    }
    changed = try_move(move) || changed;
  }
  return changed;
}

bool Search::try_move(const Move& move) {
  const Placement present = best().placement, candidate = after(present, move);
  if (candidate == present) return false;  // an earlier move of the pass did it
  if (!seen_.insert(fmt::format("{}:{}>{}", present.list, present.choices, candidate.choices)).second) return false;
  tell(move.text);
  TuneTrial trial = trial_of(move.text, candidate);
  const auto note = [&](TuneTrial::Outcome outcome, std::string reason) {
    trial.outcome = outcome;
    trial.reason = std::move(reason);
    trial.seconds = trials_.seconds();
    tried_.push_back({trial, present, move.units, move.to});
    return outcome == TuneTrial::Outcome::kKept;
  };
  Race race;
  try {
    race = trials_.race(present, candidate);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCheckFailed) throw;
    return note(TuneTrial::Outcome::kRefused, error.message());
  }
  if (race.end == RaceEnd::kStopped) return false;
  put(race, best().speedup, trial);
  learn(move, present, race.ratio, false);
  if (race.end == RaceEnd::kSlower) return note(TuneTrial::Outcome::kSlower, reason_text(race));
  if (race.end != RaceEnd::kFaster) return note(TuneTrial::Outcome::kUnclear, reason_text(race));
  const Loss loss = trials_.loss(candidate);
  trial.loss = loss.budgeted;
  const std::string text = fmt::format("{}, loses {:.2f}", reason_text(race), loss.budgeted);
  if (!holds(loss.budgeted))
    return note(TuneTrial::Outcome::kOverBudget, fmt::format("{}, more than the {:g} allowed", text, budget_));
  ++changes_;
  learn(move, present, race.ratio, true);
  keep(candidate, race.ratio, loss.budgeted);
  return note(TuneTrial::Outcome::kKept, text);
}

// How much faster `other` is, where it is so beyond the noise.
std::optional<double> Search::ratio_where_faster(const Step& present, const Step& other, TuneTrial trial) {
  const Race race = trials_.race(present.placement, other.placement);
  trial.what = fmt::format("{} against {}", other.name, present.name);
  put(race, present.speedup, trial);
  trial.loss = other.loss;
  trial.seconds = trials_.seconds();
  trial.reason = reason_text(race);
  trial.outcome = race.end == RaceEnd::kFaster   ? TuneTrial::Outcome::kKept
                  : race.end == RaceEnd::kSlower ? TuneTrial::Outcome::kSlower
                                                 : TuneTrial::Outcome::kUnclear;
  tried_.push_back({std::move(trial), other.placement, {}, Choice::kInt8});
  return race.end == RaceEnd::kFaster ? std::optional(race.ratio) : std::nullopt;
}

// The best start of another list, searched as well, where it was not far behind.
void Search::try_other_list(const std::vector<Start>& starts) {
  // The list that the search began with too, where a conversion of it was left out since.
  std::set<size_t> searched;
  for (const Step& step : steps_) searched.insert(step.placement.list);
  for (const Start& start : starts) {
    if (!ended_.empty() || trials_.is_over()) break;
    if (searched.contains(start.placement.list) || start.speedup < kNearBest * best().speedup) continue;
    searched.insert(start.placement.list);
    const size_t mark = steps_.size();
    const Step before = best();
    const std::string name = start_name_;
    const int changes = changes_;
    tell(fmt::format("accuracy of {}", start.name));
    TuneTrial trial = trial_of(start.name, start.placement);
    const Loss loss = trials_.loss(start.placement);
    trial.loss = loss.budgeted;
    if (!holds(loss.budgeted)) {
      trial.outcome = TuneTrial::Outcome::kOverBudget;
      trial.reason = fmt::format("{:.2f}x float in the first run, loses {:.2f}", start.speedup, loss.budgeted);
      tried_.push_back({std::move(trial), start.placement, {}, Choice::kInt8});
      continue;
    }
    start_name_ = start.name;
    changes_ = 0;
    steps_.push_back({start.placement, start.name, start.speedup, loss.budgeted, trials_.seconds()});
    climb();
    const Step other = best();
    const std::optional<double> ratio = ratio_where_faster(before, other, trial);
    // Steps on the way were never held against the best of the first list.
    steps_.resize(mark);
    if (ratio) {
      steps_.push_back({other.placement, other.name, before.speedup * *ratio, other.loss, trials_.seconds()});
    } else {
      start_name_ = name;
      changes_ = changes;
    }
  }
}

}  // namespace quoin
