#include "pattern/nearest_miss.h"

#include "pattern/describe.h"

namespace quoin {

void NearestMiss::note(const Node& node, int depth, std::string condition, std::string actual, bool is_where) {
  Refusal refusal;
  refusal.pattern = pattern_;
  refusal.root = root_->label();
  refusal.root_op = full_op(*root_);
  refusal.node = node.label();
  refusal.node_op = full_op(node);
  refusal.condition = std::move(condition);
  refusal.actual = std::move(actual);
  refusal.is_where = is_where;
  refusal.depth = depth;
  best_ = std::move(refusal);
}

void NearestMiss::keep() {
  if (!best_) return;
  const auto [entry, is_new] = by_root_.try_emplace(root_->order(), *best_);
  if (!is_new && best_->depth > entry->second.depth) entry->second = std::move(*best_);
}

void NearestMiss::hand_over() {
  if (!wanted_) return;
  for (auto& [order, refusal] : by_root_) wanted_->push_back(std::move(refusal));
  by_root_.clear();
}

}  // namespace quoin
