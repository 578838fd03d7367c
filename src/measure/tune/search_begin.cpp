// Where the search begins, and what becomes of a faster start that loses too much.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "measure/tune/search.h"
#include "quoin/error.h"

namespace quoin {

// The fastest start that keeps the budget. A faster one with some of it in float at once, where it is far faster; else
// when the search has nothing else to try, for it takes the accuracy of every group.
void Search::begin(const std::vector<Start>& starts) {
  for (const Start& start : starts) {
    tell(fmt::format("accuracy of {}", start.name));
    TuneTrial trial = trial_of(start.name, start.placement);
    trial.speedup = start.speedup;
    std::optional<Loss> loss;
    try {
      loss = trials_.loss(start.placement);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kCheckFailed) throw;
      trial.outcome = TuneTrial::Outcome::kRefused;
      trial.reason = error.message();
      tried_.push_back({std::move(trial), start.placement, {}, Choice::kInt8});
      continue;
    }
    trial.loss = loss->budgeted;
    const bool good = holds(loss->budgeted);
    trial.outcome = good ? TuneTrial::Outcome::kKept : TuneTrial::Outcome::kOverBudget;
    trial.reason = fmt::format("{:.2f}x float in the first run, loses {:.2f}", start.speedup, loss->budgeted);
    tried_.push_back({std::move(trial), start.placement, {}, Choice::kInt8});
    if (good) {
      start_name_ = start.name;
      changes_ = 0;
      steps_.push_back({start.placement, start.name, start.speedup, loss->budgeted, trials_.seconds()});
      break;
    }
    if (!over_budget_) over_budget_ = start;
  }
  if (over_budget_ && (steps_.empty() || steps_.back().speedup < kNearBest * over_budget_->speedup)) recover_start();
  if (!steps_.empty()) return;
  throw Error(ErrorCode::kCheckFailed, "no placement can be measured, not even the float rewrite",
              "quoin compare says what the engine refuses");
}

bool Search::recover_start() {
  if (!over_budget_ || trials_.is_over()) return false;
  const Start start = *std::exchange(over_budget_, std::nullopt);
  if (!steps_.empty() && start.speedup <= best().speedup) return false;
  std::optional<Step> step = recovered(start);
  if (!step) return false;
  if (!steps_.empty()) {
    const std::optional<double> ratio = ratio_where_faster(best(), *step, trial_of(step->name, step->placement));
    if (!ratio) return false;
    step->speedup = best().speedup * *ratio;
  }
  start_name_ = step->name;
  changes_ = 0;
  steps_.push_back(std::move(*step));
  return true;
}

// Back to float, group by group: first where the most closeness to the float model comes back per millisecond lost.
std::optional<Step> Search::recovered(const Start& start) {
  const ListFacts& facts = lists_[start.placement.list];
  struct Candidate {
    Move move;
    double gain = 0, cost = 0;
  };
  const double whole = trials_.distance(start.placement);
  std::vector<Candidate> candidates;
  for (const Move& move : group_moves(facts, start.placement)) {
    if (move.to != Choice::kFloat) continue;
    if (trials_.is_over()) break;
    tell(fmt::format("accuracy of {}", move.text));
    const double left = trials_.distance(after(start.placement, move));
    candidates.push_back({move, whole - left, std::max(-move.gain_ms, 1e-3)});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.gain / a.cost > b.gain / b.cost; });
  Placement present = start.placement;
  for (const Candidate& candidate : candidates) {
    if (trials_.is_over()) break;
    present = after(present, candidate.move);
    tell(fmt::format("accuracy with {}", candidate.move.text));
    const Loss loss = trials_.loss(present);
    TuneTrial trial = trial_of(candidate.move.text, present);
    trial.outcome = TuneTrial::Outcome::kRecovered;
    trial.loss = loss.budgeted;
    trial.reason = fmt::format("{} is over the budget: with this in float it loses {:.2f}", start.name, loss.budgeted);
    tried_.push_back({std::move(trial), start.placement, candidate.move.units, Choice::kFloat});
    if (!holds(loss.budgeted)) continue;
    const Race race = trials_.race(start.placement, present);
    return Step{present, start.name + ", within the budget", start.speedup * race.ratio, loss.budgeted,
                trials_.seconds()};
  }
  return std::nullopt;
}

}  // namespace quoin
