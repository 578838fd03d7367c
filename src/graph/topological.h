// Order in which producers come before readers.
#pragma once

#include <span>
#include <utility>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

enum class Visit : char { kNone, kOpen, kDone };

// Producers are taken just before the first node of `nodes` that needs them; what is in order already stays as it is.
// Cycles are cut where they close. `visit_of` gives a node's Visit, all kNone at first, or null for a node that is not
// to appear.
template <typename VisitOf>
std::vector<Node*> topological_order(std::span<Node* const> nodes, VisitOf visit_of) {
  std::vector<Node*> order;
  order.reserve(nodes.size());
  std::vector<std::pair<Node*, int>>
      open;  // a node, and which of its inputs is next; captured values follow the inputs
  for (Node* root : nodes) {
    if (*visit_of(root) != Visit::kNone) continue;
    *visit_of(root) = Visit::kOpen;
    open.emplace_back(root, 0);
    while (!open.empty()) {
      auto& [node, next] = open.back();
      const int inputs = node->input_count();
      if (next == inputs + static_cast<int>(node->captured().size())) {
        *visit_of(node) = Visit::kDone;
        order.push_back(node);
        open.pop_back();
        continue;
      }
      Value* value = next < inputs ? node->input_or_null(next) : node->captured()[static_cast<size_t>(next - inputs)];
      ++next;
      Node* producer = value ? value->producer() : nullptr;
      Visit* visit = producer ? visit_of(producer) : nullptr;
      if (visit && *visit == Visit::kNone) {
        *visit = Visit::kOpen;
        open.emplace_back(producer, 0);
      }
    }
  }
  return order;
}

}  // namespace quoin
