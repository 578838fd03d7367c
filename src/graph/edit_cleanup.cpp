// Removal of what nothing reads.
#include <utility>

#include "quoin/edit.h"

namespace quoin {

int Edit::remove_unused_constants() {
  int removed = 0;
  for (Node* owner : graph_.subgraph_owners_) {
    bool captures_less = false;
    for (Graph* subgraph : owner->subgraphs()) {
      Edit inside(*subgraph);
      removed += inside.remove_unused_constants();
      const size_t before = subgraph->value_count_;
      inside.drop_unused_outer_values();
      captures_less = captures_less || subgraph->value_count_ < before;
    }
    if (captures_less) attributes_changed(*owner);
  }
  // Only values that lost their last use since the last call, so that calling this after each rewrite costs what was
  // rewritten.
  for (const std::string& name : std::exchange(graph_.maybe_unused_, {})) {
    Value* value = graph_.find_value(name);
    if (!value || !value->uses_.empty() || value->is_graph_input_ || value->is_graph_output_) continue;
    Node* producer = value->producer_;
    if (value->initializer_) {
      erase_value(*value);
    } else if (producer && producer->op_ == "Constant" && producer->domain_.empty()) {
      remove_node(*producer);
    } else {
      continue;
    }
    ++removed;
  }
  return removed;
}

int Edit::remove_dead_nodes() {
  int removed = 0;
  for (Node* owner : std::vector<Node*>(graph_.subgraph_owners_)) {
    for (Graph* subgraph : owner->subgraphs()) {
      Edit inside(*subgraph);
      removed += inside.remove_dead_nodes();
      inside.drop_unused_outer_values();
    }
    attributes_changed(*owner);
  }
  const std::vector<Node*> nodes = graph_.nodes();
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    bool dead = true;
    for (const Value* output : (*node)->outputs_)
      dead = dead && (!output || (output->uses_.empty() && !output->is_graph_output_));
    if (!dead) continue;
    remove_node(**node);
    ++removed;
  }
  return removed + remove_unused_constants();
}

void Edit::drop_unused_outer_values() {
  std::vector<Value*> unused;
  for (const auto& value : graph_.values_) {
    if (value && value->outer_ && value->uses_.empty() && !value->is_graph_output_) unused.push_back(value.get());
  }
  for (Value* value : unused) erase_value(*value);
}

}  // namespace quoin
