// Nodes: made, rewired, changed and removed.
#include <algorithm>

#include "quoin/edit.h"
#include "quoin/error.h"

namespace quoin {
namespace {

Tensor strings_tensor(Shape shape, std::vector<std::string> strings) {
  return Tensor(std::move(shape), std::move(strings));
}

// The tensor of a Constant node, from any of the attributes that can hold it.
std::optional<Tensor> constant_tensor(const Attributes& attributes) {
  const auto get = [&]<typename T>(std::string_view name, const T*& value) {
    const auto found = attributes.find(name);
    value = found == attributes.end() ? nullptr : std::get_if<T>(&found->second);
    return value != nullptr;
  };
  const auto length = [](const auto& list) { return Shape{static_cast<int64_t>(list.size())}; };
  const Tensor* tensor = nullptr;
  const float* real = nullptr;
  const std::vector<float>* reals = nullptr;
  const int64_t* whole = nullptr;
  const std::vector<int64_t>* wholes = nullptr;
  const std::string* text = nullptr;
  const std::vector<std::string>* texts = nullptr;
  if (get("value", tensor)) return *tensor;
  if (get("value_float", real)) return Tensor::scalar(*real);
  if (get("value_floats", reals)) return Tensor::from(length(*reals), *reals);
  if (get("value_int", whole)) return Tensor::scalar(*whole);
  if (get("value_ints", wholes)) return Tensor::from(length(*wholes), *wholes);
  if (get("value_string", text)) return strings_tensor({}, {*text});
  if (get("value_strings", texts)) return strings_tensor(length(*texts), *texts);
  return std::nullopt;
}

}  // namespace

bool Edit::owns(const Node& node) const {
  return node.slot_ < graph_.nodes_.size() && graph_.nodes_[node.slot_].get() == &node;
}

Node& Edit::add_node(NodeSpec spec, const std::vector<std::string>& output_names) {
  std::vector<Value*> outputs;
  outputs.reserve(output_names.size());
  for (const std::string& name : output_names) outputs.push_back(name.empty() ? nullptr : &add_value(name));
  return add_node_with_outputs(std::move(spec), outputs);
}

Node& Edit::add_node_with_outputs(NodeSpec spec, const std::vector<Value*>& outputs) {
  auto owned = std::make_unique<Node>();
  Node& node = *owned;
  if (!spec.name.empty() || !spec.unnamed) node.name_ = unique_node_name(spec.name.empty() ? spec.op : spec.name);
  node.op_ = std::move(spec.op);
  node.domain_ = spec.domain == "ai.onnx" ? std::string() : std::move(spec.domain);
  node.overload_ = std::move(spec.overload);
  node.doc_ = std::move(spec.doc);
  node.origins_ = std::move(spec.origins);
  node.metadata_ = std::move(spec.metadata);
  node.attributes_ = std::move(spec.attributes);
  node.inputs_ = std::move(spec.inputs);
  node.outputs_ = outputs;
  node.graph_ = &graph_;
  node.slot_ = graph_.nodes_.size();
  node.order_ = static_cast<int64_t>(node.slot_);
  graph_.nodes_.push_back(std::move(owned));
  ++graph_.node_count_;
  graph_.sorted_ = false;
  if (!node.name_.empty()) graph_.node_by_name_[node.name_] = &node;
  for (int i = 0; i < node.input_count(); ++i) {
    Value* input = node.inputs_[static_cast<size_t>(i)];
    if (!input) continue;
    QUOIN_CHECK(owns(*input), "'" + node.label() + "' reads a value of another graph");
    add_use(*input, node, i);
  }
  for (int i = 0; i < node.output_count(); ++i) {
    Value* output = node.outputs_[static_cast<size_t>(i)];
    if (!output) continue;
    QUOIN_CHECK(owns(*output), "'" + node.label() + "' writes a value of another graph");
    QUOIN_CHECK(!output->producer_ && !output->initializer_ && !output->is_graph_input_ && !output->outer_,
                "'" + node.label() + "' writes '" + output->name_ + "', which is produced already");
    output->producer_ = &node;
    output->producer_output_ = i;
  }
  attributes_changed(node);
  return node;
}

void Edit::detach_output(Value& value) {
  QUOIN_CHECK(owns(value) && value.producer_, "the value '" + value.name_ + "' has no producer in this graph");
  value.producer_->outputs_[static_cast<size_t>(value.producer_output_)] = nullptr;
  value.producer_ = nullptr;
  value.producer_output_ = 0;
}

void Edit::set_input(Node& node, int index, Value* value) {
  QUOIN_CHECK(owns(node) && index >= 0, "'" + node.label() + "' is not in this graph, or has no such input");
  QUOIN_CHECK(!value || owns(*value), "'" + node.label() + "' reads a value of another graph");
  const auto place = static_cast<size_t>(index);
  if (place >= node.inputs_.size()) {
    if (!value) return;
    node.inputs_.resize(place + 1);
  }
  Value* before = node.inputs_[place];
  if (before == value) return;
  if (before) drop_use(*before, node, index);
  node.inputs_[place] = value;
  if (value) {
    add_use(*value, node, index);
    graph_.sorted_ = false;
  }
  while (!value && !node.inputs_.empty() && !node.inputs_.back()) node.inputs_.pop_back();
}

void Edit::set_attribute(Node& node, std::string name, Attribute value) {
  node.attributes_.insert_or_assign(std::move(name), std::move(value));
  attributes_changed(node);
}

void Edit::remove_attribute(Node& node, std::string_view name) {
  const auto found = node.attributes_.find(name);
  if (found == node.attributes_.end()) return;
  node.attributes_.erase(found);
  attributes_changed(node);
}

// Brings what follows from the attributes up to date: a Constant's tensor, the subgraphs' parent, the captured values.
void Edit::attributes_changed(Node& node) {
  const bool is_constant = node.op_ == "Constant" && node.domain_.empty();
  node.constant_ = is_constant ? constant_tensor(node.attributes_) : std::nullopt;
  if (is_constant) {
    for (const Value* output : node.outputs_) {
      if (output && output->uses_.empty()) graph_.maybe_unused_.push_back(output->name_);
    }
  }

  std::vector<Value*> captured;
  const std::vector<Graph*> subgraphs = node.subgraphs();
  for (Graph* subgraph : subgraphs) {
    subgraph->parent_ = &graph_;
    for (const auto& value : subgraph->values_) {
      Value* outer = value ? value->outer_ : nullptr;
      if (outer && owns(*outer) && std::find(captured.begin(), captured.end(), outer) == captured.end())
        captured.push_back(outer);
    }
  }
  const auto owner = std::find(graph_.subgraph_owners_.begin(), graph_.subgraph_owners_.end(), &node);
  const bool was_owner = owner != graph_.subgraph_owners_.end();
  if (!subgraphs.empty() && !was_owner) graph_.subgraph_owners_.push_back(&node);
  if (subgraphs.empty() && was_owner) graph_.subgraph_owners_.erase(owner);
  for (Value* value : std::vector<Value*>(node.captured_)) {
    if (std::find(captured.begin(), captured.end(), value) != captured.end()) continue;
    std::erase(node.captured_, value);
    drop_use(*value, node, -1);
  }
  for (Value* value : captured) add_captured(node, *value);
}

void Edit::set_origins(Node& node, std::vector<std::string> origins) { node.origins_ = std::move(origins); }
void Edit::set_node_doc(Node& node, std::string doc) { node.doc_ = std::move(doc); }
void Edit::set_metadata(Node& node, std::map<std::string, std::string> metadata) {
  node.metadata_ = std::move(metadata);
}
void Edit::set_overload(Node& node, std::string overload) { node.overload_ = std::move(overload); }

void Edit::remove_node(Node& node) {
  QUOIN_CHECK(owns(node), "a node that is not in this graph is removed");
  for (const Value* output : node.outputs_) {
    if (!output) continue;
    QUOIN_CHECK(output->uses_.empty(), "'" + node.label() + "' is removed while '" + output->name_ + "' is read");
    QUOIN_CHECK(!output->is_graph_output_,
                "'" + node.label() + "' is removed, but '" + output->name_ + "' is a graph output");
  }
  for (int i = 0; i < node.input_count(); ++i) {
    if (Value* input = node.inputs_[static_cast<size_t>(i)]) drop_use(*input, node, i);
  }
  for (Value* value : node.captured_) drop_use(*value, node, -1);
  for (Value* output : node.outputs_) {
    if (output) erase_value(*output);
  }
  if (node.unit_) leave_unit(node);
  if (!node.subgraphs().empty()) std::erase(graph_.subgraph_owners_, &node);
  if (!node.name_.empty()) graph_.node_by_name_.erase(node.name_);
  --graph_.node_count_;
  graph_.nodes_[node.slot_].reset();
}

}  // namespace quoin
