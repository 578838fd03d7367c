// The nearest miss per root node, for those who ask; free for those who do not.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "quoin/match.h"

namespace quoin {

class NearestMiss {
 public:
  // `wanted` null: nobody asks.
  NearestMiss(Refusals* wanted, std::string pattern) : wanted_(wanted), pattern_(std::move(pattern)) {}

  void start(const Node& root) {
    root_ = &root;
    best_.reset();
  }
  // Whether a miss after `depth` nodes would be nearer than any so far; of equals the first one stays.
  bool wants(int depth) const { return wanted_ && (!best_ || depth > best_->depth); }
  void note(const Node& node, int depth, std::string condition, std::string actual, bool is_where);
  // The root is refused in this form of the tree; the nearest miss of all its forms is kept.
  void keep();
  // The node is in a match after all.
  void forget(const Node& root) { by_root_.erase(root.order()); }
  // Adds what was kept, in the graph's order.
  void hand_over();

 private:
  Refusals* wanted_;
  std::string pattern_;
  const Node* root_ = nullptr;
  std::optional<Refusal> best_;
  std::map<int64_t, Refusal> by_root_;
};

}  // namespace quoin
