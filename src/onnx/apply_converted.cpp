#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "onnx/attributes.h"
#include "onnx/convert.h"
#include "onnx/tensor_proto.h"
#include "onnx/to_proto.h"
#include "quoin/edit.h"

namespace quoin {
namespace {

class ConvertedGraph {
 public:
  ConvertedGraph(Graph& graph, const onnx::GraphProto& converted)
      : graph_(graph), converted_(converted), edit_(graph) {}

  void apply() {
    read_before_.reserve(graph_.values().size());
    for (const Value* value : graph_.values()) {
      if (!value->uses().empty()) read_before_.push_back(value->name());
    }
    match_nodes();
    detach_replaced();
    add_values();
    std::vector<std::pair<Node*, Node*>> added;  // with the node that each replaces, if any
    for (const auto* message : new_nodes_) added.emplace_back(add_node(*message));
    for (const auto& [node, message] : matched_) update(*node, *message);
    settle(added);
    remove_replaced();
    remove_unread_initializers();
  }

 private:
  // Pairs nodes of the message with nodes of the graph: same op, same outputs.
  void match_nodes() {
    std::unordered_set<const Node*> kept;
    for (const auto& message : converted_.node()) {
      Node* node = producer_of(message);
      if (node && same_outputs(*node, message)) {
        kept.insert(node);
        matched_.emplace_back(node, &message);
      } else {
        new_nodes_.push_back(&message);
      }
    }
    for (Node* node : graph_.nodes()) {
      if (!kept.contains(node) && !held_back(*node)) replaced_.push_back(node);
    }
  }

  Node* producer_of(const onnx::NodeProto& message) {
    for (const std::string& output : message.output()) {
      Value* value = output.empty() ? nullptr : graph_.find_value(output);
      if (value && value->producer()) return value->producer();
    }
    return nullptr;
  }

  static bool same_outputs(const Node& node, const onnx::NodeProto& message) {
    if (node.op() != message.op_type() || node.domain() != plain_domain(message.domain())) return false;
    if (node.output_count() != message.output_size()) return false;
    for (int i = 0; i < message.output_size(); ++i) {
      const std::string name = node.output(i).exists() ? node.output(i).name() : "";
      if (name != message.output(i)) return false;
    }
    return true;
  }

  // A large Constant was not in the message that was converted.
  static bool held_back(const Node& node) { return left_out_constant(node, {.weights = Weights::kSmall}) != nullptr; }

  void detach_replaced() {
    for (Node* node : replaced_) {
      for (int i = 0; i < node->output_count(); ++i) {
        if (Value* output = node->output_or_null(i)) {
          old_producer_[output] = node;
          edit_.detach_output(*output);
        }
      }
      if (node->name().empty()) continue;
      old_by_name_[node->name()] = node;
      edit_.set_node_name(*node, "");
    }
  }

  void add_values() {
    for (const auto& message : converted_.initializer()) {
      Tensor tensor = tensor_from_proto(message, "the initializer '" + message.name() + "'", {});
      Value* value = find(message.name());
      if (!value) {
        values_[message.name()] = &edit_.add_initializer(message.name(), std::move(tensor));
      } else if (!value->constant() || !(*value->constant() == tensor)) {
        edit_.set_initializer(*value, std::move(tensor));
      }
    }
    for (const auto* message : new_nodes_) {
      for (const std::string& output : message->output()) {
        if (!output.empty() && !find(output)) values_[output] = &edit_.add_value(output);
      }
    }
  }

  Value* find(const std::string& name) {
    const auto found = values_.find(name);
    return found != values_.end() ? found->second : graph_.find_value(name);
  }

  std::vector<Value*> inputs_of(const onnx::NodeProto& message) {
    std::vector<Value*> inputs;
    for (const std::string& name : message.input()) {
      Value* value = name.empty() ? nullptr : find(name);
      QUOIN_CHECK(value || name.empty(), "opset conversion reads '" + name + "', which is not in the graph");
      inputs.push_back(value);
    }
    return inputs;
  }

  // The new node and the one whose place it takes.
  std::pair<Node*, Node*> add_node(const onnx::NodeProto& message) {
    Node* before = nullptr;
    if (const auto found = old_by_name_.find(message.name()); found != old_by_name_.end()) {
      before = found->second;
      old_by_name_.erase(found);
    }
    std::vector<Value*> outputs;
    for (const std::string& name : message.output()) {
      Value* output = name.empty() ? nullptr : find(name);
      outputs.push_back(output);
      const auto old = old_producer_.find(output);
      if (!before && output && message.name().empty() && old != old_producer_.end() &&
          old->second->op() == message.op_type()) {
        before = old->second;
      }
    }
    NodeSpec spec{.op = message.op_type(),
                  .inputs = inputs_of(message),
                  .name = message.name(),
                  .domain = plain_domain(message.domain()),
                  .overload = message.overload()};
    spec.unnamed = before != nullptr && message.name().empty();
    if (before) {
      spec.doc = before->doc();
      spec.origins = before->origins();
      spec.metadata = before->metadata();
    }
    for (const auto& attribute : message.attribute()) {
      if (!holds_graphs(attribute))
        spec.attributes.emplace(attribute.name(), attribute_from_proto(attribute, message.name(), {}));
    }
    Node& node = edit_.add_node_with_outputs(std::move(spec), outputs);
    return {&node, before};
  }

  void update(Node& node, const onnx::NodeProto& message) {
    const std::vector<Value*> inputs = inputs_of(message);
    const int count = std::max(node.input_count(), static_cast<int>(inputs.size()));
    for (int i = 0; i < count; ++i) {
      Value* input = static_cast<size_t>(i) < inputs.size() ? inputs[static_cast<size_t>(i)] : nullptr;
      if (node.input_or_null(i) != input) edit_.set_input(node, i, input);
    }
    std::vector<std::string> gone;
    for (const auto& had : node.attributes()) {
      const auto& attributes = message.attribute();
      if (std::none_of(attributes.begin(), attributes.end(), [&](const auto& one) { return one.name() == had.first; }))
        gone.push_back(had.first);
    }
    for (const std::string& name : gone) edit_.remove_attribute(node, name);
    for (const auto& attribute : message.attribute()) {
      if (holds_graphs(attribute)) {
        update_subgraphs(node, attribute);
      } else if (changed(node, attribute)) {
        edit_.set_attribute(node, attribute.name(), attribute_from_proto(attribute, node.label(), {}));
      }
    }
  }

  // Unchanged attributes keep their memory.
  static bool changed(const Node& node, const onnx::AttributeProto& message) {
    const auto found = node.attributes().find(message.name());
    if (found == node.attributes().end()) return true;
    onnx::AttributeProto before, after;
    attribute_to_proto(message.name(), found->second, before);
    attribute_to_proto(message.name(), attribute_from_proto(message, node.label(), {}), after);
    return before.SerializeAsString() != after.SerializeAsString();
  }

  void update_subgraphs(Node& node, const onnx::AttributeProto& message) {
    const auto found = node.attributes().find(message.name());
    QUOIN_CHECK(found != node.attributes().end(), "opset conversion adds a subgraph to '" + node.label() + "'");
    Attribute attribute = found->second;
    if (auto* graph = std::get_if<std::shared_ptr<Graph>>(&attribute)) {
      apply_converted(**graph, message.g());
    } else if (auto* graphs = std::get_if<std::vector<std::shared_ptr<Graph>>>(&attribute)) {
      for (size_t i = 0; i < graphs->size(); ++i) apply_converted(*(*graphs)[i], message.graphs(static_cast<int>(i)));
    }
    edit_.set_attribute(node, message.name(), std::move(attribute));  // what it captures may have changed
  }

  // New nodes take the place of old ones in their units; those between take origins and unit from a neighbour.
  void settle(const std::vector<std::pair<Node*, Node*>>& added) {
    for (const auto& [node, before] : added) {
      if (before && before->unit()) join(*node, *before->unit(), before);
    }
    for (auto each = added.rbegin(); each != added.rend(); ++each) {
      Node& node = *each->first;
      const Node* neighbour = each->second ? nullptr : neighbour_of(node);
      if (!neighbour) continue;
      edit_.set_origins(node, neighbour->origins());
      if (neighbour->unit() && stays_inside(node, *neighbour->unit())) join(node, *neighbour->unit(), nullptr);
    }
  }

  // Who reads the node, or else what it reads.
  static const Node* neighbour_of(const Node& node) {
    for (int i = 0; i < node.output_count(); ++i) {
      for (const Use& use : node.output(i).uses()) {
        if (!use.node->origins().empty()) return use.node;
      }
    }
    for (int i = 0; i < node.input_count(); ++i) {
      const Node* producer = node.input(i).producer();
      if (producer && !producer->origins().empty()) return producer;
    }
    return nullptr;
  }

  // Between nodes of the unit, or a constant of it; or the new end of what was one node.
  static bool stays_inside(const Node& node, const Unit& unit) {
    bool reads_inside = false, all_inside = true;
    for (int i = 0; i < node.input_count(); ++i) {
      const Node* producer = node.input(i).producer();
      reads_inside = reads_inside || (producer && producer->unit() == &unit);
    }
    for (int i = 0; i < node.output_count(); ++i) {
      if (node.output(i).is_graph_output()) all_inside = false;
      for (const Use& use : node.output(i).uses()) all_inside = all_inside && use.node->unit() == &unit;
    }
    return all_inside || reads_inside;
  }

  void join(Node& node, const Unit& unit, const Node* instead_of) {
    for (const auto& each : graph_.units()) {
      if (each.get() != &unit) continue;
      edit_.add_to_unit(*each, node);
      for (auto& [name, captured] : each->captures) {
        if (captured == instead_of) captured = &node;
      }
    }
  }

  void remove_replaced() {
    for (auto node = replaced_.rbegin(); node != replaced_.rend(); ++node) edit_.remove_node(**node);
    for (const auto& [value, node] : old_producer_) {
      if (value->producer()) continue;
      QUOIN_CHECK(value->uses().empty() && !value->is_graph_output(),
                  "opset conversion leaves '" + value->name() + "' without a producer");
      edit_.remove_value(*value);
    }
  }

  void remove_unread_initializers() {
    for (const std::string& name : read_before_) {
      Value* value = graph_.find_value(name);
      if (!value || !value->is_initializer() || !value->uses().empty()) continue;
      if (!value->is_graph_input() && !value->is_graph_output()) edit_.remove_value(*value);
    }
  }

  Graph& graph_;
  const onnx::GraphProto& converted_;
  Edit edit_;
  std::vector<std::pair<Node*, const onnx::NodeProto*>> matched_;
  std::vector<const onnx::NodeProto*> new_nodes_;
  std::vector<Node*> replaced_;
  std::unordered_map<Value*, Node*> old_producer_;
  std::unordered_map<std::string, Node*> old_by_name_;
  std::unordered_map<std::string, Value*> values_;  // new ones, by their names in the message
  std::vector<std::string> read_before_;
};

}  // namespace

void apply_converted(Graph& graph, const onnx::GraphProto& converted) { ConvertedGraph(graph, converted).apply(); }

}  // namespace quoin
