#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "quoin/graph.h"

namespace quoin {
namespace {

// One graph of a model; its subgraphs get a Verifier each.
class Verifier {
 public:
  Verifier(const Graph& graph, std::string place, std::vector<std::string>& breaches)
      : graph_(graph), place_(std::move(place)), breaches_(breaches), nodes_(graph.nodes()), values_(graph.values()) {}

  void run() {
    node_set_.insert(nodes_.begin(), nodes_.end());
    value_set_.insert(values_.begin(), values_.end());
    check_names();
    check_nodes();
    check_values();
    check_cycles();
    check_ports();
    check_units();
    check_subgraphs();
  }

 private:
  template <typename... Args>
  void breach(fmt::format_string<Args...> format, Args&&... args) {
    breaches_.push_back(place_ + fmt::format(format, std::forward<Args>(args)...));
  }

  // Something gives the value its contents.
  static bool is_produced(const Value& value) {
    return value.producer() || value.is_graph_input() || value.is_initializer() || value.outer();
  }

  void check_names() {
    std::unordered_set<std::string> seen;
    for (const Value* value : values_) {
      if (value->name().empty()) breach("a value has no name");
      if (!seen.insert(value->name()).second) breach("two values are named '{}'", value->name());
      if (graph_.find_value(value->name()) != value) breach("the value '{}' is not found by its name", value->name());
      if (value->outer()) continue;
      for (const Graph* around = graph_.parent(); around; around = around->parent()) {
        if (around->find_value(value->name())) breach("the value '{}' hides one of an enclosing graph", value->name());
      }
    }
    seen.clear();
    for (const Node* node : nodes_) {
      if (node->name().empty()) continue;
      if (!seen.insert(node->name()).second) breach("two nodes are named '{}'", node->name());
      if (graph_.find_node(node->name()) != node) breach("the node '{}' is not found by its name", node->name());
    }
  }

  void check_nodes() {
    for (const Node* node : nodes_) {
      if (&node->graph() != &graph_) breach("the node '{}' belongs to another graph", node->label());
      for (int i = 0; i < node->input_count(); ++i) {
        if (node->has_input(i)) check_read(*node, node->input(i));
      }
      for (const Value* value : node->captured()) check_read(*node, *value);
      for (int i = 0; i < node->output_count(); ++i) {
        const Value& output = node->output(i);
        if (!output.exists()) continue;
        if (!value_set_.count(&output)) {
          breach("the node '{}' writes a value that is not in the graph", node->label());
        } else if (output.producer() != node || output.producer_output() != i) {
          breach("the value '{}' does not know its producer '{}'", output.name(), node->label());
        }
      }
    }
  }

  void check_read(const Node& node, const Value& value) {
    if (!value_set_.count(&value)) {
      breach("the node '{}' reads a value that is not in the graph", node.label());
      return;
    }
    ++reads_[&value];
    if (!is_produced(value)) breach("the node '{}' reads '{}', which nothing produces", node.label(), value.name());
  }

  void check_values() {
    for (const Value* value : values_) {
      if (const Node* producer = value->producer()) {
        if (!node_set_.count(producer)) {
          breach("the producer of '{}' is not in the graph", value->name());
        } else if (&producer->output(value->producer_output()) != value) {
          breach("the node '{}' does not know its output '{}'", producer->label(), value->name());
        }
        if (value->is_graph_input() || value->is_initializer())
          breach("'{}' is both an input and produced", value->name());
      }
      std::set<std::pair<const Node*, int>> seen;
      for (const Use& use : value->uses()) {
        if (!node_set_.count(use.node)) {
          breach("a reader of '{}' is not in the graph", value->name());
          continue;
        }
        const auto& captured = use.node->captured();
        const bool reads = use.index >= 0
                               ? use.node->has_input(use.index) && use.node->input_or_null(use.index) == value
                               : std::find(captured.begin(), captured.end(), value) != captured.end();
        if (!reads)
          breach("'{}' lists input {} of '{}' as a reader, which it is not", value->name(), use.index,
                 use.node->label());
        if (!seen.emplace(use.node, use.index).second) breach("'{}' lists a reader twice", value->name());
      }
      const auto found = reads_.find(value);
      const size_t reads = found == reads_.end() ? 0 : found->second;
      if (reads != value->uses().size())
        breach("'{}' lists {} readers, but has {}", value->name(), value->uses().size(), reads);
    }
  }

  void check_cycles() {
    std::unordered_map<const Node*, size_t> position;
    for (size_t i = 0; i < nodes_.size(); ++i) position[nodes_[i]] = i;
    const auto reported = [&](const Node* node, const Value* value) {
      const auto producer = value ? position.find(value->producer()) : position.end();
      if (producer == position.end() || producer->second < position[node]) return false;
      breach("the graph has a cycle through '{}', which reads '{}'", node->label(), value->name());
      return true;
    };
    for (const Node* node : nodes_) {
      for (int i = 0; i < node->input_count(); ++i) {
        if (node->has_input(i) && reported(node, &node->input(i))) return;
      }
      for (const Value* value : node->captured()) {
        if (reported(node, value)) return;
      }
    }
  }

  void check_ports() {
    for (const Value* input : graph_.inputs()) {
      if (!value_set_.count(input) || !input->is_graph_input()) breach("a graph input is not in the graph");
    }
    for (const Value* output : graph_.outputs()) {
      if (!value_set_.count(output) || !output->is_graph_output()) {
        breach("a graph output is not in the graph");
      } else if (!is_produced(*output)) {
        breach("nothing produces the graph output '{}'", output->name());
      }
    }
  }

  void check_units() {
    std::unordered_set<std::string> names;
    std::unordered_set<const Node*> members;
    for (const auto& unit : graph_.units()) {
      if (!names.insert(unit->name).second) breach("two units are named '{}'", unit->name);
      if (unit->nodes.empty()) breach("the unit '{}' has no nodes", unit->name);
      std::unordered_set<const Node*> own;
      for (const Node* node : unit->nodes) {
        if (!node_set_.count(node)) {
          breach("the unit '{}' has a node that is not in the graph", unit->name);
          continue;
        }
        own.insert(node);
        if (!members.insert(node).second) breach("the node '{}' is in two units", node->label());
        if (node->unit() != unit.get()) breach("the node '{}' does not know its unit '{}'", node->label(), unit->name);
      }
      for (const auto& [name, node] : unit->captures) {
        if (!own.count(node)) breach("the capture '{}' of the unit '{}' is not one of its nodes", name, unit->name);
      }
    }
    for (const Node* node : nodes_) {
      if (node->unit() && !members.count(node))
        breach("the node '{}' names a unit that does not have it", node->label());
    }
  }

  void check_subgraphs() {
    for (const Node* node : nodes_) {
      for (const Graph* subgraph : node->subgraphs()) {
        if (subgraph->parent() != &graph_)
          breach("a subgraph of '{}' names another graph as its parent", node->label());
        for (const Value* value : subgraph->values()) {
          if (value->outer()) check_outer(*node, *value);
        }
        Verifier(*subgraph, place_ + "in a subgraph of '" + node->label() + "': ", breaches_).run();
      }
    }
  }

  void check_outer(const Node& owner, const Value& stand_in) {
    const Value* outer = stand_in.outer();
    if (!value_set_.count(outer)) {
      breach("a subgraph of '{}' reads '{}', which is not in the enclosing graph", owner.label(), stand_in.name());
      return;
    }
    if (outer->name() != stand_in.name()) {
      breach("a subgraph of '{}' knows '{}' as '{}'", owner.label(), outer->name(), stand_in.name());
    }
    const auto& captured = owner.captured();
    if (std::find(captured.begin(), captured.end(), outer) == captured.end()) {
      breach("'{}' does not list '{}', which its subgraph reads", owner.label(), outer->name());
    }
  }

  const Graph& graph_;
  const std::string place_;
  std::vector<std::string>& breaches_;
  const std::vector<const Node*> nodes_;
  const std::vector<const Value*> values_;
  std::unordered_set<const Node*> node_set_;
  std::unordered_set<const Value*> value_set_;
  std::unordered_map<const Value*, size_t> reads_;
};

}  // namespace

std::vector<std::string> verify_graph(const Graph& graph) {
  std::vector<std::string> breaches;
  Verifier(graph, "", breaches).run();
  return breaches;
}

}  // namespace quoin
