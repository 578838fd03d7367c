#include <mutex>

#include "graph/topological.h"
#include "quoin/graph.h"

namespace quoin {
namespace {

// Reading a graph may sort it, and graphs are read by several threads.
std::mutex& sort_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

// The caller holds the mutex.
void Graph::sort() const {
  const bool mostly_holes = nodes_.size() > 2 * node_count_ + 16;
  if (sorted_ && !mostly_holes) return;

  // New nodes are at the end, so that this is "as before, then the new ones".
  std::vector<Node*> before;
  before.reserve(node_count_);
  bool in_order = true;
  const auto comes_later = [](const Value* value, const Node& node) {
    return value && value->producer_ && value->producer_->slot_ >= node.slot_;
  };
  for (const auto& node : nodes_) {
    if (!node) continue;
    before.push_back(node.get());
    for (const Value* input : node->inputs_) in_order = in_order && !comes_later(input, *node);
    for (const Value* input : node->captured_) in_order = in_order && !comes_later(input, *node);
  }
  std::vector<Node*> order;
  if (in_order) {
    order = std::move(before);
  } else {
    std::vector<Visit> visits(nodes_.size(), Visit::kNone);
    order = topological_order(before, [&](Node* node) { return &visits[node->slot_]; });
  }

  std::vector<std::unique_ptr<Node>> nodes;
  nodes.reserve(order.size());
  for (Node* node : order) nodes.push_back(std::move(nodes_[node->slot_]));
  nodes_ = std::move(nodes);
  for (size_t i = 0; i < nodes_.size(); ++i) {
    nodes_[i]->slot_ = i;
    nodes_[i]->order_ = static_cast<int64_t>(i);
  }
  sorted_ = true;
}

std::vector<Node*> Graph::nodes() {
  const std::lock_guard lock(sort_mutex());
  sort();
  std::vector<Node*> result;
  result.reserve(node_count_);
  for (const auto& node : nodes_) {
    if (node) result.push_back(node.get());
  }
  return result;
}

std::vector<const Node*> Graph::nodes() const {
  const std::lock_guard lock(sort_mutex());
  sort();
  std::vector<const Node*> result;
  result.reserve(node_count_);
  for (const auto& node : nodes_) {
    if (node) result.push_back(node.get());
  }
  return result;
}

}  // namespace quoin
