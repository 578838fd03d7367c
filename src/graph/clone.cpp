#include "quoin/graph.h"

namespace quoin {
Graph Graph::clone() const {
  Graph result;
  result.parent_ = parent_;  // a subgraph cloned on its own still reads the same outer values
  copy(*this, result, nullptr);
  return result;
}

// `outer_values`: by slot in the parent of `from`, the values of the parent of `to`; null: the same parent.
void Graph::copy(const Graph& from, Graph& to, const std::vector<Value*>* outer_values) {
  static_cast<void>(from.nodes());  // sorts
  to.name_ = from.name_;
  to.doc_ = from.doc_;
  to.opsets_ = from.opsets_;
  to.ir_version_ = from.ir_version_;
  to.file_info_ = from.file_info_;
  to.maybe_unused_ = from.maybe_unused_;
  to.value_suffixes_ = from.value_suffixes_;
  to.node_suffixes_ = from.node_suffixes_;
  to.unit_suffixes_ = from.unit_suffixes_;

  std::vector<Value*> values(from.values_.size());
  to.values_.reserve(from.value_count_);
  to.value_by_name_.reserve(from.value_count_);
  for (const auto& original : from.values_) {
    if (!original) continue;
    auto value = std::make_unique<Value>(*original);
    value->slot_ = to.values_.size();
    if (value->outer_ && outer_values) value->outer_ = (*outer_values)[value->outer_->slot_];
    values[original->slot_] = value.get();
    to.value_by_name_.emplace(value->name_, value.get());
    to.values_.push_back(std::move(value));
  }
  to.value_count_ = from.value_count_;
  const auto copy_of = [&](const Value* value) { return value ? values[value->slot_] : nullptr; };
  for (const Value* input : from.inputs_) to.inputs_.push_back(copy_of(input));
  for (const Value* output : from.outputs_) to.outputs_.push_back(copy_of(output));

  const auto copy_subgraph = [&](std::shared_ptr<Graph>& graph) {
    if (!graph) return;
    auto result = std::make_shared<Graph>();
    result->parent_ = &to;
    copy(*graph, *result, &values);
    graph = std::move(result);
  };
  std::vector<Node*> nodes(from.nodes_.size());
  to.nodes_.reserve(from.node_count_);
  for (const auto& original : from.nodes_) {
    if (!original) continue;
    auto node = std::make_unique<Node>(*original);
    node->graph_ = &to;
    node->unit_ = nullptr;
    node->slot_ = to.nodes_.size();
    for (Value*& input : node->inputs_) input = copy_of(input);
    for (Value*& output : node->outputs_) output = copy_of(output);
    for (Value*& captured : node->captured_) captured = copy_of(captured);
    nodes[original->slot_] = node.get();
    if (!node->name_.empty()) to.node_by_name_.emplace(node->name_, node.get());
    to.nodes_.push_back(std::move(node));
  }
  to.node_count_ = from.node_count_;
  to.sorted_ = true;
  for (const Node* original : from.subgraph_owners_) {
    Node* owner = nodes[original->slot_];
    for (auto& [name, attribute] : owner->attributes_) {
      if (auto* graph = std::get_if<std::shared_ptr<Graph>>(&attribute)) {
        copy_subgraph(*graph);
      } else if (auto* list = std::get_if<std::vector<std::shared_ptr<Graph>>>(&attribute)) {
        for (auto& each : *list) copy_subgraph(each);
      }
    }
    to.subgraph_owners_.push_back(owner);
  }
  for (const auto& value : to.values_) {
    if (value->producer_) value->producer_ = nodes[value->producer_->slot_];
    for (Use& use : value->uses_) use.node = nodes[use.node->slot_];
  }
  for (const auto& original : from.units_) {
    auto unit = std::make_unique<Unit>(*original);
    for (Node*& node : unit->nodes) {
      node = nodes[node->slot_];
      node->unit_ = unit.get();
    }
    for (auto& [name, node] : unit->captures) {
      if (node) node = nodes[node->slot_];
    }
    to.units_.push_back(std::move(unit));
  }
}

}  // namespace quoin
