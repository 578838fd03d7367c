// Finding a graph that matches, by changing the choices of the nearest one; and making a wrong one small.
#include <algorithm>
#include <cmath>

#include "rewrite/prove/trial.h"

namespace quoin::prove {
namespace {

bool is_found(TrialKind kind) { return kind != TrialKind::kInfeasible && kind != TrialKind::kNoMatch; }

bool concerns(const std::string& label, const std::vector<std::string>& captures) {
  return std::any_of(captures.begin(), captures.end(), [&](const std::string& capture) {
    return label.starts_with(capture) && label.size() > capture.size() &&
           (label[capture.size()] == '.' || label[capture.size()] == '?');
  });
}

// The same choices but for a few, more of them where the conditions that fail are.
ChoiceMap changed(const Trial& trial, const ChoiceMap& wanted, RandomNumbers& random) {
  ChoiceMap choices = trial.choices;
  const size_t changes = 1 + random.below(4);
  for (size_t i = 0; i < changes && !choices.empty(); ++i) {
    std::vector<std::string> labels;
    const bool aimed = !trial.blamed.empty() && random.below(3) != 0;
    for (const auto& [label, choice] : choices) {
      if (!wanted.contains(label) && (!aimed || concerns(label, trial.blamed))) labels.push_back(label);
    }
    if (labels.empty()) continue;
    choices.erase(labels[random.below(labels.size())]);  // taken anew
  }
  return choices;
}

}  // namespace

Trial Prover::search(uint64_t seed, const ChoiceMap& wanted) const {
  constexpr int kFresh = 8;
  RandomNumbers random(seed);
  Trial best;
  for (int attempt = 0; attempt < options_.attempts; ++attempt) {
    const bool fresh = attempt < kFresh || best.near < 0 || random.below(8) == 0;
    Choices choices = Choices::random(random.next(), fresh ? wanted : changed(best, wanted, random));
    Trial trial = run(choices);
    if (trial.kind == TrialKind::kKept && random.below(8) != 0) trial = read_by_nodes(std::move(trial));
    if (is_found(trial.kind)) return trial;
    // Of equals the later one: it may have come further before it failed.
    if (trial.near >= best.near) best = std::move(trial);
  }
  return best;
}

// A graph output that could not stay as it is keeps a rewrite away; nodes that read the roots do not.
Trial Prover::read_by_nodes(Trial trial) const {
  ChoiceMap choices = trial.choices;
  for (size_t root = 0; root <= tree_.more_roots.size(); ++root) choices["root" + std::to_string(root) + ".read"] = 1;
  Choices again = Choices::replay(std::move(choices));
  Trial other = run(again);
  if (!is_found(other.kind)) return trial;
  return other;
}

Trial Prover::minimise(Trial trial) const {
  int budget = 600;
  const bool throws = std::isnan(trial.counterexample->difference);
  const auto try_choices = [&](const ChoiceMap& choices) {
    if (--budget < 0) return false;
    Choices replayed = Choices::replay(choices);
    Trial smaller = run(replayed);
    if (smaller.kind != TrialKind::kWrong || std::isnan(smaller.counterexample->difference) != throws) return false;
    trial = std::move(smaller);
    return true;
  };
  for (bool changed = true; changed && budget > 0;) {
    changed = false;
    const ChoiceMap start = trial.choices;
    for (const auto& [label, choice] : start) {
      const auto now = trial.choices.find(label);
      if (now == trial.choices.end() || now->second == 0) continue;
      const size_t value = now->second;
      for (const size_t lower : {size_t{0}, value / 2, value - 1}) {
        if (lower >= value || (lower == 0 && value / 2 == 0 && lower != 0)) continue;
        ChoiceMap choices = trial.choices;
        choices[label] = lower;
        if (!try_choices(choices)) continue;
        changed = true;
        break;
      }
    }
  }
  return trial;
}

}  // namespace quoin::prove
