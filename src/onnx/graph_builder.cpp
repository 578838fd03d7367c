#include "onnx/graph_builder.h"

#include "onnx/attributes.h"
#include "onnx/carried.h"
#include "onnx/from_proto.h"
#include "onnx/sparse.h"
#include "onnx/tensor_proto.h"

namespace quoin {
namespace {

std::string label_of(const onnx::NodeProto& node) {
  if (!node.name().empty()) return node.name();
  for (const std::string& output : node.output()) {
    if (!output.empty()) return node.op_type() + "@" + output;
  }
  return node.op_type();
}

void set_type(Edit& edit, Value& value, const StatedType& stated) {
  edit.set_type(value, stated.type, stated.dims);
  if (!stated.opaque.empty()) edit.set_opaque_type(value, stated.opaque);
}

}  // namespace

GraphBuilder::GraphBuilder(const onnx::GraphProto& message, Graph& graph, const ModelSource& source,
                           GraphBuilder* parent)
    : message_(message), graph_(graph), source_(source), parent_(parent), edit_(graph) {}

void GraphBuilder::refuse_here(const std::string& message, const std::string& remedy) const {
  refuse(parent_ ? "in the subgraph '" + message_.name() + "': " + message : message, remedy, source_.where);
}

void GraphBuilder::build() {
  edit_.set_name(message_.name());
  edit_.set_doc(message_.doc_string());
  // Names of values must differ from those of the graphs around; names of nodes may be alike.
  if (parent_) edit_.set_parent(&parent_->graph_);
  add_values();
  if (parent_) edit_.set_parent(nullptr);
  add_nodes();
  if (parent_) edit_.set_parent(&parent_->graph_);
  add_outputs();
  add_subgraphs();
}

void GraphBuilder::add_values() {
  values_.reserve(static_cast<size_t>(message_.node_size()) + static_cast<size_t>(message_.initializer_size()) +
                  static_cast<size_t>(message_.input_size()));
  for (const auto& info : message_.input()) add_input(info);
  for (const auto& tensor : message_.initializer()) {
    add_initializer(tensor.name(), tensor_from_proto(tensor, "the initializer '" + tensor.name() + "'", source_));
  }
  for (const auto& sparse : message_.sparse_initializer()) {
    add_initializer(sparse.values().name(), dense_from_sparse(sparse, source_));
  }
  for (const auto& node : message_.node()) add_node_outputs(node);
  state_types();
}

void GraphBuilder::add_input(const onnx::ValueInfoProto& info) {
  if (info.name().empty()) refuse_here("a graph input has no name", "name it");
  if (values_.contains(info.name()))
    refuse_here("two graph inputs are named '" + info.name() + "'", "rename one of them");
  const StatedType stated = type_from_proto(info.type());
  Value& value = edit_.add_input(edit_.unique_value_name(info.name()), stated.type, stated.dims);
  set_type(edit_, value, stated);
  edit_.set_value_doc(value, info.doc_string());
  edit_.set_type_info_in_file(value, true);
  values_.emplace(info.name(), &value);
}

void GraphBuilder::add_initializer(const std::string& name, Tensor tensor) {
  if (name.empty()) refuse_here("an initializer has no name", "name it");
  const auto found = values_.find(name);
  if (found == values_.end()) {
    values_.emplace(name, &edit_.add_initializer(name, std::move(tensor)));
    return;
  }
  Value& input = *found->second;
  if (const Tensor* other = input.is_initializer() ? input.constant() : nullptr) {
    if (*other == tensor) return;  // written twice
    refuse_here("two initializers are named '" + name + "' and differ", "keep the one that is meant");
  }
  const DataType type = input.type();
  auto dims = input.has_rank() ? std::optional(input.dims()) : std::nullopt;
  if (type != DataType::kUndefined && type != tensor.type()) {
    refuse_here("the graph input '" + name + "' is of type " + std::string(to_string(type)) +
                    ", its initializer of type " + std::string(to_string(tensor.type())),
                "give both the same type");
  }
  edit_.set_initializer(input, std::move(tensor));
  if (type != DataType::kUndefined && dims) edit_.set_type(input, type, std::move(dims));
}

Value& GraphBuilder::add_value(const std::string& name) {
  Value& value = edit_.add_value(name);
  values_.emplace(name, &value);
  return value;
}

void GraphBuilder::add_node_outputs(const onnx::NodeProto& node) {
  for (const std::string& output : node.output()) {
    if (output.empty()) continue;
    const auto [writer, first] = written_by_.emplace(output, label_of(node));
    if (!first) {
      refuse_here(
          "the value '" + output + "' is written by two nodes, '" + writer->second + "' and '" + label_of(node) + "'",
          "rename one of the outputs");
    }
    if (const auto found = values_.find(output); found != values_.end()) {
      const char* kind = found->second->is_graph_input() ? "a graph input" : "an initializer";
      refuse_here("the node '" + label_of(node) + "' writes '" + output + "', which is " + kind,
                  "rename one of the two");
    }
    add_value(output);
  }
}

// What the file states of values other than its inputs.
void GraphBuilder::state_types() {
  const auto state = [&](const onnx::ValueInfoProto& info) {
    const auto found = values_.find(info.name());
    if (found == values_.end() || found->second->is_graph_input()) return;
    Value& value = *found->second;
    const StatedType stated = type_from_proto(info.type());
    if (stated.known()) {
      if (!value.is_initializer()) set_type(edit_, value, stated);
      edit_.set_type_info_in_file(value, true);
    }
    if (!info.doc_string().empty()) edit_.set_value_doc(value, info.doc_string());
  };
  for (const auto& info : message_.value_info()) state(info);
  for (const auto& info : message_.output()) state(info);
}

void GraphBuilder::add_nodes() {
  for (const auto& node : message_.node()) add_node(node);
}

void GraphBuilder::add_node(const onnx::NodeProto& message) {
  const std::string label = label_of(message);
  if (message.op_type().empty()) refuse_here("the node '" + label + "' has no op type", "export the model again");
  NodeSpec spec{.op = message.op_type(),
                .inputs = {},
                .name = message.name(),
                .domain = plain_domain(message.domain()),
                .overload = message.overload(),
                .doc = message.doc_string(),
                .origins = {label},
                .unnamed = true};
  for (const auto& entry : message.metadata_props()) spec.metadata[entry.key()] = entry.value();
  for (const std::string& name : message.input()) {
    Value* input = name.empty() ? nullptr : resolve(name);
    if (!input && !name.empty()) {
      refuse_here("the node '" + label + "' reads '" + name + "', which nothing produces",
                  "export the model again, or make it an input");
    }
    spec.inputs.push_back(input);
  }
  std::vector<Value*> outputs;
  for (const std::string& name : message.output()) outputs.push_back(name.empty() ? nullptr : values_.at(name));
  std::vector<const onnx::AttributeProto*> graphs;
  for (const auto& attribute : message.attribute()) {
    if (holds_graphs(attribute)) {
      graphs.push_back(&attribute);
    } else if (!spec.attributes.emplace(attribute.name(), attribute_from_proto(attribute, label, source_)).second) {
      refuse_here("the node '" + label + "' has the attribute '" + attribute.name() + "' twice",
                  "remove one of the two");
    }
  }
  Node& node = edit_.add_node_with_outputs(std::move(spec), outputs);
  for (const auto* attribute : graphs) graph_attributes_.emplace_back(&node, attribute);
}

void GraphBuilder::add_outputs() {
  for (const auto& info : message_.output()) {
    Value* value = resolve(info.name());
    if (!value) refuse_here("nothing produces the graph output '" + info.name() + "'", "export the model again");
    if (value->is_graph_output()) {
      // Listed twice, as ONNX's checker and the runtimes take it. Each keeps its place, and the first the name.
      const std::string name = edit_.unique_value_name(info.name());
      value = edit_.add_node({.op = "Identity", .inputs = {value}}, {name}).output_or_null(0);
    }
    edit_.add_output(*value);
  }
}

// Last, so that a subgraph finds every value of this graph whatever the order of the nodes.
void GraphBuilder::add_subgraphs() {
  for (const auto& [node, attribute] : graph_attributes_) {
    if (attribute->type() == onnx::AttributeProto::GRAPH) {
      edit_.set_attribute(*node, attribute->name(), subgraph(attribute->g()));
    } else {
      std::vector<std::shared_ptr<Graph>> graphs;
      for (const auto& message : attribute->graphs()) graphs.push_back(subgraph(message));
      edit_.set_attribute(*node, attribute->name(), std::move(graphs));
    }
  }
}

std::shared_ptr<Graph> GraphBuilder::subgraph(const onnx::GraphProto& message) {
  auto graph = std::make_shared<Graph>();
  GraphBuilder(message, *graph, source_, this).build();
  keep_carried(*graph, message, nullptr);
  return graph;
}

Value* GraphBuilder::resolve(const std::string& name) {
  if (const auto found = values_.find(name); found != values_.end()) return found->second;
  Value* outer = parent_ ? parent_->resolve(name) : nullptr;
  if (!outer) return nullptr;
  Value& stand_in = edit_.add_outer_value(*outer);
  values_.emplace(name, &stand_in);
  return &stand_in;
}

}  // namespace quoin
