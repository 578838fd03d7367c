#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/thread_pool.h"
#include "pattern/search_budget.h"
#include "quoin/prove_patterns.h"
#include "rewrite/prove/order.h"
#include "rewrite/prove/parts.h"
#include "rewrite/prove/trial.h"

namespace quoin {
namespace {

constexpr size_t kNodesOfTrials = 100'000;  // of a pattern, all together

}  // namespace

namespace prove {
namespace {

constexpr int kHopeless = 10;
constexpr size_t kSamples = 10;  // graphs of a pattern that its list is tried on

class Proving {
 public:
  Proving(const PatternRef& pattern, const Engine& engine, const ProveOptions& options)
      : prover_(pattern, engine, options), options_(options), extents_(extents_of(prover_.tree())) {
    proof_.pattern = pattern->name();
    proof_.kind = pattern->kind();
    for (const Extent& extent : extents_) proof_.extents.push_back({extent.text, 0});
  }

  ProvenPattern run() {
    try {
      for (int graph = 0; graph < options_.count && !proof_.counterexample; ++graph) {
        add(prover_.search(mixed(mixed(options_.seed, hash_of(proof_.pattern)), static_cast<uint64_t>(graph)),
                           next_part()));
        // What no search of this many finds, no further one does.
        if (graph + 1 == kHopeless && proof_.matched + proof_.kept == 0) break;
      }
    } catch (const Unprovable& unprovable) {
      cannot_ = unprovable.why;
    }
    conclude();
    return {std::move(proof_), std::move(samples_)};
  }

 private:
  // The choices that lead to a form of the tree that no proven graph had, each tried a few times.
  ChoiceMap next_part() {
    for (size_t round = 0; round < 2; ++round) {
      for (size_t i = 0; i < extents_.size(); ++i) {
        if (proof_.extents[i].graphs > 0 || attempts_[extents_[i].text] > static_cast<int>(round)) continue;
        ++attempts_[extents_[i].text];
        ChoiceMap wanted = extents_[i].choices;
        if (!wanted.contains("leak")) wanted["leak"] = 0;
        return wanted;
      }
    }
    return {};
  }

  void add(Trial trial) {
    switch (trial.kind) {
      case TrialKind::kInfeasible:
        infeasible_ = trial.why;
        return;
      case TrialKind::kNoMatch:
        ++proof_.tried;
        if (trial.near > nearest_) {
          nearest_ = trial.near;
          proof_.reason = trial.why;
        }
        return;
      case TrialKind::kRefused:
        ++proof_.tried;
        ++proof_.refused;
        return;
      case TrialKind::kKept:
        ++proof_.tried;
        ++proof_.kept;
        break;
      case TrialKind::kCannotRun:
        ++proof_.tried;
        cannot_ = "the engine cannot run the graphs that the rewrite changes: " + trial.why;
        break;
      case TrialKind::kWrong:
        ++proof_.tried;
        ++proof_.matched;
        trial = prover_.minimise(std::move(trial));
        proof_.counterexample = std::move(trial.counterexample);
        return;
      case TrialKind::kHolds:
        ++proof_.tried;
        holds(trial);
        break;
    }
    if (samples_.size() < kSamples && trial.instance && trial.whole && trial.instance->leak.empty())
      samples_.push_back(std::move(*trial.instance));
  }

  void holds(const Trial& trial) {
    ++proof_.matched;
    proof_.rewritten += trial.rewritten ? 1 : 0;
    double& largest = trial.half ? proof_.max_half_difference : proof_.max_difference;
    largest = std::max(largest, trial.difference);
    if (!trial.whole) return;
    for (size_t i = 0; i < extents_.size(); ++i) {
      const ChoiceMap& wanted = extents_[i].choices;
      const bool has = std::all_of(wanted.begin(), wanted.end(), [&](const auto& choice) {
        const auto made = trial.choices.find(choice.first);
        return made != trial.choices.end() && made->second == choice.second;
      });
      proof_.extents[i].graphs += has ? 1 : 0;
    }
  }

  void conclude() {
    if (proof_.counterexample) {
      proof_.verdict = ProofVerdict::kFails;
      proof_.reason.clear();
    } else if (!cannot_.empty()) {
      proof_.verdict = ProofVerdict::kUnprovable;
      proof_.reason = cannot_;
    } else if (proof_.matched > 0) {
      proof_.verdict = proof_.rewritten > 0 ? ProofVerdict::kProven : ProofVerdict::kClaimsOnly;
      proof_.reason.clear();
    } else {
      proof_.verdict = ProofVerdict::kNotInstantiated;
      if (proof_.kept > 0) {
        proof_.reason = "it matches, but every rewrite would change the type or shape of a graph output";
      } else if (proof_.reason.empty()) {
        proof_.reason = infeasible_.empty() ? "no valid graph was made" : infeasible_;
      }
    }
  }

  Prover prover_;
  const ProveOptions& options_;
  std::vector<Extent> extents_;
  std::map<std::string, int> attempts_;
  PatternProof proof_;
  std::vector<Instance> samples_;
  int nearest_ = -1;
  std::string infeasible_, cannot_;
};

}  // namespace
}  // namespace prove

std::string_view to_string(ProofVerdict verdict) {
  switch (verdict) {
    case ProofVerdict::kProven:
      return "proven";
    case ProofVerdict::kClaimsOnly:
      return "claims only";
    case ProofVerdict::kFails:
      return "WRONG";
    case ProofVerdict::kNotInstantiated:
      return "not instantiated";
    case ProofVerdict::kUnprovable:
      return "unprovable";
  }
  return "";
}

bool ListProof::holds() const {
  return std::none_of(patterns.begin(), patterns.end(),
                      [](const PatternProof& proof) { return proof.verdict == ProofVerdict::kFails; });
}

PatternProof prove_pattern(const PatternRef& pattern, const Engine& engine, const ProveOptions& options) {
  const SearchBudget budget(kNodesOfTrials);
  return prove::Proving(pattern, engine, options).run().proof;
}

ListProof prove_patterns(const std::vector<PatternRef>& patterns, const Engine& engine, const ProveOptions& options,
                         const PatternList* order) {
  std::vector<prove::ProvenPattern> proven(patterns.size());
  size_t done = 0;
  std::mutex mutex;
  parallel_for(patterns.size(), options.threads, [&](size_t index, int) {
    const SearchBudget budget(kNodesOfTrials);
    proven[index] = prove::Proving(patterns[index], engine, options).run();
    if (!options.progress) return;
    const std::lock_guard lock(mutex);
    options.progress(++done, patterns.size());
  });
  ListProof result;
  result.seed = options.seed;
  result.count = options.count;
  result.engine = fmt::format("{} {}", engine.name(), engine.version());
  if (order) {
    result.list = order->name;
    prove::compare_order(proven, *order, result);
  }
  for (prove::ProvenPattern& one : proven) result.patterns.push_back(std::move(one.proof));
  return result;
}

}  // namespace quoin
