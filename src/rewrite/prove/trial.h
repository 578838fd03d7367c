// One graph: made, checked, matched, rewritten, run.
#pragma once

#include <optional>
#include <string>

#include "quoin/prove_patterns.h"
#include "rewrite/prove/hints.h"
#include "rewrite/prove/instance.h"

namespace quoin::prove {

enum class TrialKind {
  kInfeasible,  // no valid graph
  kNoMatch,     // valid, not matched
  kRefused,     // an inner value is read outside: not matched, as it must be
  kKept,        // matched, but a graph output would not stay as it is
  kHolds,
  kCannotRun,  // rewritten, but the engine cannot run the graph as it was
  kWrong,
};

struct Trial {
  TrialKind kind = TrialKind::kInfeasible;
  std::string why;     // of kInfeasible, kNoMatch, kCannotRun
  int near = -1;       // how near a match it is; more is nearer
  bool whole = false;  // the match has just the nodes that were made for the tree
  bool rewritten = false;
  bool half = false;  // float16
  double difference = 0, relative = 0;
  ChoiceMap choices;
  std::optional<Instance> instance;
  std::optional<Counterexample> counterexample;
  std::vector<std::string> blamed;  // captures of conditions that do not hold
};

class Prover {
 public:
  Prover(PatternRef pattern, const Engine& engine, const ProveOptions& options);

  Trial run(Choices& choices) const;
  // A graph that matches, from where `wanted` leads; or the nearest one.
  Trial search(uint64_t seed, const ChoiceMap& wanted) const;
  Trial read_by_nodes(Trial trial) const;
  // The same fault with smaller choices.
  Trial minimise(Trial trial) const;
  const Pattern& pattern() const { return *pattern_; }
  const Tree& tree() const { return tree_; }

 private:
  void match(Trial& trial) const;
  void no_match(Trial& trial) const;
  void rewrite(Trial& trial) const;
  std::vector<NamedTensors> feeds(const Graph& graph) const;
  bool runs(Trial& trial) const;
  void compare(Trial& trial, const Graph& after) const;
  void wrong(Trial& trial, std::string what, double difference, const Graph* after) const;

  PatternRef pattern_;
  const Engine& engine_;
  const ProveOptions& options_;
  Tree tree_;
  Predicates where_;
  Hints hints_;
  PatternList alone_;
};

}  // namespace quoin::prove
