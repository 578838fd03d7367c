#include <unordered_set>

#include "quoin/graph.h"

namespace quoin {

std::vector<const Value*> Unit::inputs() const {
  std::vector<const Value*> result;
  std::unordered_set<const Value*> seen;
  const auto add = [&](const Value* value) {
    if (!value || value->constant() || !seen.insert(value).second) return;
    const Node* producer = value->producer();
    if (!producer || producer->unit() != this) result.push_back(value);
  };
  for (Node* node : nodes) {
    for (int i = 0; i < node->input_count(); ++i) add(node->input_or_null(i));
    for (const Value* captured : node->captured()) add(captured);
  }
  return result;
}

std::vector<const Value*> Unit::outputs() const {
  std::vector<const Value*> result;
  for (Node* node : nodes) {
    for (int i = 0; i < node->output_count(); ++i) {
      const Value* value = node->output_or_null(i);
      if (!value) continue;
      bool leaves = value->is_graph_output();
      for (const Use& use : value->uses()) leaves = leaves || use.node->unit() != this;
      if (leaves) result.push_back(value);
    }
  }
  return result;
}

}  // namespace quoin
