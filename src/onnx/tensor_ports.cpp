#include "onnx/tensor_ports.h"

#include <algorithm>

#include "onnx/proto.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

using Names = std::vector<std::string>;

onnx::NodeProto& add_node(onnx::GraphProto& graph, const std::string& op, const Names& inputs, const Names& outputs) {
  onnx::NodeProto& node = *graph.add_node();
  node.set_op_type(op);
  node.set_name(outputs.front());
  for (const std::string& input : inputs) node.add_input(input);
  for (const std::string& output : outputs) node.add_output(output);
  return node;
}

void set_integer(onnx::NodeProto& node, const std::string& name, int64_t value) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
}

// A tensor type; `rank` below 0: of no stated shape.
onnx::ValueInfoProto port(const std::string& name, int32_t type, int rank) {
  onnx::ValueInfoProto info;
  info.set_name(name);
  onnx::TypeProto::Tensor& tensor = *info.mutable_type()->mutable_tensor_type();
  tensor.set_elem_type(type);
  if (rank >= 0) tensor.mutable_shape();
  for (int axis = 0; axis < rank; ++axis) tensor.mutable_shape()->add_dim();
  return info;
}

// The sequence's tensor type; null where its elements are no tensors.
const onnx::TypeProto* element_of(const onnx::TypeProto& sequence) {
  const onnx::TypeProto& element = sequence.sequence_type().elem_type();
  return element.has_tensor_type() ? &element : nullptr;
}

class Ports {
 public:
  explicit Ports(onnx::ModelProto& model) : graph_(*model.mutable_graph()) {}

  void replace() {
    onnx::GraphProto made;  // the nodes in front
    std::vector<onnx::ValueInfoProto> inputs, outputs;
    for (const onnx::ValueInfoProto& input : graph_.input()) {
      if (!replace_input(input, made, inputs)) inputs.push_back(input);
    }
    for (const onnx::NodeProto& node : graph_.node()) *made.add_node() = node;
    graph_.mutable_node()->Swap(made.mutable_node());
    for (const onnx::ValueInfoProto& output : graph_.output()) {
      if (!replace_output(output, outputs)) outputs.push_back(output);
    }
    graph_.clear_input();
    for (onnx::ValueInfoProto& input : inputs) *graph_.add_input() = std::move(input);
    graph_.clear_output();
    for (onnx::ValueInfoProto& output : outputs) *graph_.add_output() = std::move(output);
  }

 private:
  static void add_input(const std::string& name, const onnx::TypeProto& type,
                        std::vector<onnx::ValueInfoProto>& inputs) {
    onnx::ValueInfoProto info;
    info.set_name(name);
    *info.mutable_type() = type;
    inputs.push_back(std::move(info));
  }

  static bool replace_sequence(const std::string& name, const onnx::TypeProto& type, onnx::GraphProto& front,
                               std::vector<onnx::ValueInfoProto>& inputs) {
    const onnx::TypeProto* element = element_of(type);
    if (!element) return false;
    for (const char* suffix : {"/0", "/1"}) add_input(name + suffix, *element, inputs);
    add_node(front, "SequenceConstruct", {name + "/0", name + "/1"}, {name});
    return true;
  }

  static bool replace_input(const onnx::ValueInfoProto& input, onnx::GraphProto& front,
                            std::vector<onnx::ValueInfoProto>& inputs) {
    const std::string& name = input.name();
    if (input.type().has_sequence_type()) return replace_sequence(name, input.type(), front, inputs);
    if (!input.type().has_optional_type()) return false;
    const onnx::TypeProto& inside = input.type().optional_type().elem_type();
    if (inside.has_tensor_type()) {
      add_input(name + "/value", inside, inputs);
    } else if (!inside.has_sequence_type() || !replace_sequence(name + "/value", inside, front, inputs)) {
      return false;
    }
    add_node(front, "Optional", {name + "/value"}, {name});
    return true;
  }

  bool replace_output(const onnx::ValueInfoProto& output, std::vector<onnx::ValueInfoProto>& outputs) {
    const std::string& name = output.name();
    if (output.type().has_optional_type()) {
      add_node(graph_, "OptionalHasElement", {name}, {name + "/there"});
      outputs.push_back(port(name + "/there", onnx::TensorProto::BOOL, 0));
      return true;
    }
    const onnx::TypeProto* element = output.type().has_sequence_type() ? element_of(output.type()) : nullptr;
    if (!element) return false;
    const int32_t type = element->tensor_type().elem_type();
    add_node(graph_, "SequenceLength", {name}, {name + "/length"});
    outputs.push_back(port(name + "/length", onnx::TensorProto::INT64, 0));
    add_elements(name, type);
    outputs.push_back(port(name + "/elements", type, 1));
    return true;
  }

  // for (i = 0; i < length; ++i) elements = Concat(elements, Reshape(SequenceAt(name, i), [-1]))
  void add_elements(const std::string& name, int32_t type) {
    onnx::TensorProto& none = *graph_.add_initializer();
    none.set_name(name + "/none");
    none.set_data_type(type);
    none.add_dims(0);
    onnx::TensorProto& flat = *graph_.add_initializer();
    flat.set_name(name + "/flat");
    flat.set_data_type(onnx::TensorProto::INT64);
    flat.add_dims(1);
    flat.add_int64_data(-1);
    onnx::AttributeProto attribute;
    attribute.set_name("body");
    attribute.set_type(onnx::AttributeProto::GRAPH);
    onnx::GraphProto& body = *attribute.mutable_g();
    body.set_name("elements");
    *body.add_input() = port(name + "/i", onnx::TensorProto::INT64, 0);
    *body.add_input() = port(name + "/go_on", onnx::TensorProto::BOOL, 0);
    *body.add_input() = port(name + "/so_far", type, 1);
    add_node(body, "SequenceAt", {name, name + "/i"}, {name + "/at"});
    add_node(body, "Reshape", {name + "/at", name + "/flat"}, {name + "/row"});
    set_integer(add_node(body, "Concat", {name + "/so_far", name + "/row"}, {name + "/next"}), "axis", 0);
    add_node(body, "Identity", {name + "/go_on"}, {name + "/goes_on"});
    *body.add_output() = port(name + "/goes_on", onnx::TensorProto::BOOL, 0);
    *body.add_output() = port(name + "/next", type, 1);
    *add_node(graph_, "Loop", {name + "/length", "", name + "/none"}, {name + "/elements"}).add_attribute() = attribute;
  }

  onnx::GraphProto& graph_;
};

}  // namespace

bool has_other_ports(const Graph& graph) {
  const auto is_other = [](const Value* value) { return !value->opaque_type().empty(); };
  return std::any_of(graph.inputs().begin(), graph.inputs().end(), is_other) ||
         std::any_of(graph.outputs().begin(), graph.outputs().end(), is_other);
}

Graph with_tensor_ports(const Graph& graph) {
  onnx::ModelProto model;
  QUOIN_CHECK(model.ParseFromString(serialize(graph)), "a serialized model is no ModelProto");
  Ports(model).replace();
  return load_bytes(model.SerializeAsString());
}

}  // namespace quoin
