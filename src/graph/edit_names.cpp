// Names: unique in a graph, the graphs around it and the graphs inside it.
#include "quoin/edit.h"
#include "quoin/error.h"

namespace quoin {
namespace {

template <typename Taken>
std::string unique_name(std::string_view base, std::unordered_map<std::string, int64_t>& suffixes, Taken taken) {
  std::string name(base);
  if (!taken(name)) return name;
  // Counting on from the last suffix given keeps many nodes of one base linear.
  int64_t& suffix = suffixes[name];
  do {
    name = std::string(base) + "_" + std::to_string(++suffix);
  } while (taken(name));
  return name;
}

}  // namespace

std::string Edit::unique_value_name(std::string_view base) const {
  return unique_name(base.empty() ? "value" : base, graph_.value_suffixes_,
                     [&](const std::string& name) { return value_name_taken(name); });
}

std::string Edit::unique_node_name(std::string_view base) const {
  return unique_name(base.empty() ? "node" : base, graph_.node_suffixes_,
                     [&](const std::string& name) { return node_name_taken(name); });
}

template <typename Has>
bool Edit::anywhere(Has has) const {
  for (const Graph* around = graph_.parent_; around; around = around->parent_) {
    if (has(*around)) return true;
  }
  std::vector<const Graph*> inside = {&graph_};
  while (!inside.empty()) {
    const Graph* graph = inside.back();
    inside.pop_back();
    if (has(*graph)) return true;
    for (const Node* owner : graph->subgraph_owners_) {
      for (const Graph* subgraph : owner->subgraphs()) inside.push_back(subgraph);
    }
  }
  return false;
}

bool Edit::value_name_taken(const std::string& name) const {
  return anywhere([&](const Graph& graph) { return graph.value_by_name_.contains(name); });
}

bool Edit::node_name_taken(const std::string& name) const {
  return anywhere([&](const Graph& graph) { return graph.node_by_name_.contains(name); });
}

void Edit::set_output_name(Value& value, std::string name) {
  QUOIN_CHECK(owns(value), "the value '" + value.name_ + "' is not in this graph");
  if (name == value.name_) return;
  if (name.empty()) throw Error(ErrorCode::kBadInput, "a value needs a name", "", value.name_);
  if (value_name_taken(name)) {
    throw Error(ErrorCode::kBadInput, "the value name '" + name + "' is already taken", "choose another name",
                value.name_);
  }
  rename(value, std::move(name));
}

// Renames, without asking, here and wherever a subgraph has a stand-in for the value.
void Edit::rename(Value& value, std::string name) {
  const std::string before = value.name_;
  graph_.value_by_name_.erase(before);
  graph_.value_by_name_[name] = &value;
  value.name_ = std::move(name);
  if (value.uses_.empty()) graph_.maybe_unused_.push_back(value.name_);
  for (const Use& use : value.uses_) {
    if (use.index >= 0) continue;
    for (Graph* subgraph : use.node->subgraphs()) {
      Value* stand_in = subgraph->find_value(before);
      if (stand_in && stand_in->outer_ == &value) Edit(*subgraph).rename(*stand_in, value.name_);
    }
  }
}

void Edit::set_node_name(Node& node, std::string name) {
  QUOIN_CHECK(owns(node), "the node '" + node.label() + "' is not in this graph");
  if (name == node.name_) return;
  if (!name.empty() && node_name_taken(name)) {
    throw Error(ErrorCode::kBadInput, "the node name '" + name + "' is already taken", "choose another name",
                node.label());
  }
  if (!node.name_.empty()) graph_.node_by_name_.erase(node.name_);
  if (!name.empty()) graph_.node_by_name_[name] = &node;
  node.name_ = std::move(name);
}

}  // namespace quoin
