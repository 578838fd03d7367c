// Units, and what the graph says about itself.
#include <algorithm>
#include <unordered_map>

#include "graph/topological.h"
#include "quoin/edit.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// Only the unit's own nodes are looked at, so that making a unit costs what is in it.
std::vector<Node*> data_order(const std::vector<Node*>& nodes) {
  std::unordered_map<const Node*, Visit> visits;
  for (const Node* node : nodes) visits.emplace(node, Visit::kNone);
  return topological_order(nodes, [&](Node* node) {
    const auto found = visits.find(node);
    return found == visits.end() ? nullptr : &found->second;
  });
}

}  // namespace

Unit& Edit::add_unit(std::string kind, std::string pattern, const std::vector<Node*>& nodes,
                     std::map<std::string, Node*, std::less<>> captures) {
  QUOIN_CHECK(!nodes.empty(), "a unit of kind " + kind + " has no nodes");
  for (const Node* node : nodes) {
    QUOIN_CHECK(owns(*node), "a unit of kind " + kind + " has a node of another graph");
    QUOIN_CHECK(!node->unit_, "the node '" + node->label() + "' is in two units");
  }
  auto owned = std::make_unique<Unit>();
  Unit& unit = *owned;
  // Unique in the whole model: reports, plans and functions name units of bodies too.
  Graph* around = &graph_;
  while (around->parent_) around = const_cast<Graph*>(around->parent_);
  unit.name = kind + "_" + std::to_string(++around->unit_suffixes_[kind]);
  unit.kind = std::move(kind);
  unit.pattern = std::move(pattern);
  unit.nodes = data_order(nodes);
  unit.captures = std::move(captures);
  for (Node* node : unit.nodes) node->unit_ = &unit;
  graph_.units_.push_back(std::move(owned));
  return unit;
}

void Edit::add_to_unit(Unit& unit, Node& node) {
  QUOIN_CHECK(owns(node), "'" + node.label() + "' is not in this graph");
  QUOIN_CHECK(!node.unit_, "the node '" + node.label() + "' is in two units");
  unit.nodes.push_back(&node);
  unit.nodes = data_order(unit.nodes);
  node.unit_ = &unit;
}

void Edit::leave_unit(Node& node) {
  Unit& unit = *node.unit_;
  std::erase(unit.nodes, &node);
  std::erase_if(unit.captures, [&](const auto& capture) { return capture.second == &node; });
  node.unit_ = nullptr;
  if (unit.nodes.empty()) remove_unit(unit);
}

void Edit::remove_unit(Unit& unit) {
  for (Node* node : unit.nodes) node->unit_ = nullptr;
  std::erase_if(graph_.units_, [&](const auto& each) { return each.get() == &unit; });
}

void Edit::set_opset(std::string domain, int64_t version) {
  graph_.opsets_[domain == "ai.onnx" ? std::string() : std::move(domain)] = version;
}
void Edit::set_ir_version(int64_t version) { graph_.ir_version_ = version; }
void Edit::set_name(std::string name) { graph_.name_ = std::move(name); }
void Edit::set_doc(std::string doc) { graph_.doc_ = std::move(doc); }

}  // namespace quoin
