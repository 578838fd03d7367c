// A pattern's word against fingerprints: match() only looks, and a rewrite changes what it says and nothing else.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "quoin/pattern.h"
#include "rewrite/digest.h"

namespace quoin {

// One sweep of one pattern over one graph. The fingerprint of the graph is a sum over its nodes, so that what a rewrite
// may change can be taken out of it and put in again: a sweep costs two looks at the graph, whatever it rewrites.
class Distrust {
 public:
  // `on` false: nothing is looked at.
  Distrust(const Graph& graph, const Pattern& pattern, bool on);

  // Each throws Error(kCheckFailed) naming the pattern where its word does not hold.
  void after_match() const;
  // Around the splice of one match.
  void before_rewrite(const Match& match, const Replacement& replacement);
  void after_rewrite(const Replacement& replacement, const std::vector<Node*>& made);
  // Before anything but the rewrites touches the graph.
  void after_sweep() const;

 private:
  uint64_t sum_of_graph() const;
  uint64_t sum_of(const std::unordered_set<const Node*>& nodes) const;
  [[noreturn]] void fail(const std::string& what, const std::string& remedy, const std::string& where = "") const;

  const Graph& graph_;
  const Pattern& pattern_;
  const bool on_;
  uint64_t sum_ = 0;  // what the graph must be, by what the pattern said so far
  int rewrites_ = 0;
  std::unordered_set<const Node*> readers_;  // outside the match, whose operands the splice may change
  std::vector<const Value*> moved_;          // graph outputs that get another producer
  std::string root_;
  Hash region_ = {};  // of the match
};

}  // namespace quoin
