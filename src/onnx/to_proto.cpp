#include "onnx/to_proto.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "onnx/attributes.h"
#include "onnx/functions.h"
#include "onnx/tensor_proto.h"

namespace quoin {
namespace {

constexpr int64_t kInitializersNeedNoInput = 4;  // IR version from which an initializer need not be a graph input

void type_to_proto(const Value& value, onnx::TypeProto& message) {
  if (!value.opaque_type().empty()) {
    QUOIN_CHECK(message.ParseFromString(value.opaque_type()), "the type of '" + value.name() + "' is no TypeProto");
    return;
  }
  onnx::TypeProto::Tensor& tensor = *message.mutable_tensor_type();
  if (value.type() != DataType::kUndefined) tensor.set_elem_type(static_cast<int32_t>(value.type()));
  if (!value.has_rank()) return;
  onnx::TensorShapeProto& shape = *tensor.mutable_shape();
  for (const Dim& dim : value.dims()) {
    auto& out = *shape.add_dim();
    if (dim.known()) {
      out.set_dim_value(dim.value);
    } else if (!dim.name.empty()) {
      out.set_dim_param(dim.name);
    }
  }
}

// Puts back the denotations that the file gave, where the shape has still as many dimensions.
void denote(const onnx::TypeProto& stated, onnx::TypeProto& type) {
  if (!stated.denotation().empty()) type.set_denotation(stated.denotation());
  const auto& dims = stated.tensor_type().shape().dim();
  if (!type.has_tensor_type() || type.tensor_type().shape().dim_size() != dims.size()) return;
  for (int i = 0; i < dims.size(); ++i) {
    if (dims[i].denotation().empty()) continue;
    type.mutable_tensor_type()->mutable_shape()->mutable_dim(i)->set_denotation(dims[i].denotation());
  }
}

bool type_known(const Value& value) {
  return value.type() != DataType::kUndefined || value.has_rank() || !value.opaque_type().empty();
}

void value_to_proto(const Value& value, const Carried& carried, onnx::ValueInfoProto& message) {
  message.set_name(value.name());
  if (type_known(value)) type_to_proto(value, *message.mutable_type());
  if (!value.doc().empty()) message.set_doc_string(value.doc());
  if (const auto* kept = carried.value(value.name())) {
    *message.mutable_metadata_props() = kept->metadata_props();
    if (kept->has_type() && message.has_type()) denote(kept->type(), *message.mutable_type());
  }
}

bool is_large(const Tensor& tensor) { return tensor.size() > kSmallWeight; }

void store_tensor(const Tensor& tensor, const ProtoOptions& options, onnx::TensorProto& message) {
  if (options.store && options.store(tensor, message)) {
    tensor_type_to_proto(tensor, message);
  } else {
    tensor_to_proto(tensor, message);
  }
}

class GraphWriter {
 public:
  GraphWriter(const Graph& graph, const ProtoOptions& options, onnx::GraphProto& message)
      : graph_(graph), options_(options), carried_(graph), message_(message) {}

  const Carried& carried() const { return carried_; }

  void write_all_but_nodes() {
    // ONNX wants a name; files exist that give none.
    message_.set_name(graph_.name().empty() ? "graph" : graph_.name());
    if (!graph_.doc().empty()) message_.set_doc_string(graph_.doc());
    *message_.mutable_metadata_props() = carried_.model().graph().metadata_props();
    for (const Value* input : graph_.inputs()) value_to_proto(*input, carried_, *message_.add_input());
    for (const Value* output : graph_.outputs()) value_to_proto(*output, carried_, *message_.add_output());
    for (const Value* value : graph_.values()) {
      if (value->is_initializer()) write_initializer(*value);
    }
    for (const Value* value : graph_.values()) write_value_info(*value);
    for (const std::string& annotation : carried_.annotations()) {
      QUOIN_CHECK(message_.add_quantization_annotation()->ParseFromString(annotation),
                  "a quantization annotation of the graph is no TensorAnnotation");
    }
  }

  void write_nodes() {
    for (const Node* node : graph_.nodes()) {
      if (const Tensor* tensor = left_out_constant(*node, options_)) {
        write_left_out(node->output(0), *tensor);
        if (options_.weights == Weights::kSmall) continue;
      }
      node_to_proto(*node, carried_, options_, *message_.add_node());
    }
  }

 private:
  void write_initializer(const Value& value) {
    const Tensor& tensor = *value.constant();
    const bool leave_out =
        options_.weights == Weights::kShown || (options_.weights == Weights::kSmall && !graph_.parent());
    if (leave_out && is_large(tensor)) {
      write_left_out(value, tensor);
      return;
    }
    onnx::TensorProto& message = *message_.add_initializer();
    message.set_name(value.name());
    store_tensor(tensor, options_, message);
    const auto* kept = carried_.initializer(value.name());
    const std::string& doc = kept ? kept->doc_string() : std::string();
    if (!doc.empty()) message.set_doc_string(doc);
    if (kept) *message.mutable_metadata_props() = kept->metadata_props();
  }

  void write_left_out(const Value& value, const Tensor& tensor) {
    if (value.is_graph_input()) return;
    const bool as_input = options_.weights == Weights::kSmall;
    if (!as_input && !value.is_initializer()) return;
    onnx::ValueInfoProto& info = as_input ? *message_.add_input() : *message_.add_value_info();
    info.set_name(value.name());
    auto& type = *info.mutable_type()->mutable_tensor_type();
    type.set_elem_type(static_cast<int32_t>(tensor.type()));
    type.mutable_shape();
    for (const int64_t dim : tensor.shape()) type.mutable_shape()->add_dim()->set_dim_value(dim);
  }

  void write_value_info(const Value& value) {
    if (value.is_graph_input() || value.is_graph_output() || value.outer()) return;
    const bool inferred = options_.all_types && !value.is_initializer();
    // A unit's inner values are not in the graph that has its call.
    if (options_.functions && value.producer() && value.producer()->unit() && !leaves_unit(value)) return;
    if (!inferred && !value.has_type_info_in_file() && !carried_.value(value.name()) && value.doc().empty()) return;
    if (options_.weights != Weights::kAll && value.constant() && is_large(*value.constant())) return;
    if (type_known(value)) value_to_proto(value, carried_, *message_.add_value_info());
  }

  static bool leaves_unit(const Value& value) {
    return std::any_of(value.uses().begin(), value.uses().end(),
                       [&](const Use& use) { return use.node->unit() != value.producer()->unit(); });
  }

  const Graph& graph_;
  const ProtoOptions& options_;
  const Carried carried_;
  onnx::GraphProto& message_;
};

void subgraph_to_proto(const Graph& graph, const ProtoOptions& options, onnx::GraphProto& message) {
  GraphWriter writer(graph, options, message);
  writer.write_all_but_nodes();
  if (options.functions_of) {
    nodes_with_functions(graph, writer.carried(), options, message, *options.functions_of);
  } else {
    writer.write_nodes();
  }
}

void write_attribute(const Node& node, const std::string& name, const Attribute& attribute, const ProtoOptions& options,
                     onnx::AttributeProto& message) {
  const bool all = options.weights == Weights::kAll;
  if (const auto* graph = std::get_if<std::shared_ptr<Graph>>(&attribute)) {
    message.set_name(name);
    message.set_type(onnx::AttributeProto::GRAPH);
    subgraph_to_proto(**graph, options, *message.mutable_g());
  } else if (const auto* graphs = std::get_if<std::vector<std::shared_ptr<Graph>>>(&attribute)) {
    message.set_name(name);
    message.set_type(onnx::AttributeProto::GRAPHS);
    for (const auto& each : *graphs) subgraph_to_proto(*each, options, *message.add_graphs());
  } else if (const Tensor* tensor = std::get_if<Tensor>(&attribute); tensor && all) {
    message.set_name(name);
    message.set_type(onnx::AttributeProto::TENSOR);
    store_tensor(*tensor, options, *message.mutable_t());
  } else if (const Tensor* shown = left_out_constant(node, options); shown && options.weights == Weights::kShown) {
    attribute_to_proto(name, fmt::format("{}[{}]", to_string(shown->type()), fmt::join(shown->shape(), ",")), message);
  } else {
    attribute_to_proto(name, attribute, message);
  }
}

bool needs_newer_ir(const Graph& graph) {
  if (graph.ir_version() >= kInitializersNeedNoInput) return false;
  const auto initializers = graph.initializers();
  return std::any_of(initializers.begin(), initializers.end(),
                     [](const Value* value) { return !value->is_graph_input(); });
}

}  // namespace

const Tensor* left_out_constant(const Node& node, const ProtoOptions& options) {
  if (options.weights == Weights::kAll || node.op() != "Constant" || !node.domain().empty()) return nullptr;
  if (options.weights == Weights::kSmall && node.graph().parent()) return nullptr;
  const Tensor* tensor = node.output(0).constant();
  return tensor && is_large(*tensor) ? tensor : nullptr;
}

void node_to_proto(const Node& node, const Carried& carried, const ProtoOptions& options, onnx::NodeProto& message) {
  for (int i = 0; i < node.input_count(); ++i) message.add_input(node.has_input(i) ? node.input(i).name() : "");
  for (int i = 0; i < node.output_count(); ++i)
    message.add_output(node.output(i).exists() ? node.output(i).name() : "");
  if (!node.name().empty()) message.set_name(node.name());
  message.set_op_type(node.op());
  if (!node.domain().empty()) message.set_domain(node.domain());
  if (!node.overload().empty()) message.set_overload(node.overload());
  if (!node.doc().empty()) message.set_doc_string(node.doc());
  for (const auto& [name, attribute] : node.attributes()) {
    write_attribute(node, name, attribute, options, *message.add_attribute());
  }
  for (const auto& [key, value] : node.metadata()) {
    auto& entry = *message.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  const onnx::NodeProto* kept = carried.node(node);
  if (!kept) return;
  *message.mutable_device_configurations() = kept->device_configurations();
  for (auto& attribute : *message.mutable_attribute()) {
    for (const auto& documented : kept->attribute()) {
      if (documented.name() == attribute.name()) attribute.set_doc_string(documented.doc_string());
    }
  }
}

void model_to_proto(const Graph& graph, const ProtoOptions& options, onnx::ModelProto& message) {
  message.set_ir_version(needs_newer_ir(graph) ? kInitializersNeedNoInput : graph.ir_version());
  const Graph::FileInfo& info = graph.file_info();
  if (!info.producer_name.empty()) message.set_producer_name(info.producer_name);
  if (!info.producer_version.empty()) message.set_producer_version(info.producer_version);
  if (!info.domain.empty()) message.set_domain(info.domain);
  if (info.model_version != 0) message.set_model_version(info.model_version);
  if (!info.doc.empty()) message.set_doc_string(info.doc);
  for (const auto& [domain, version] : graph.opsets()) {
    auto& opset = *message.add_opset_import();
    opset.set_domain(domain);
    opset.set_version(version);
  }
  for (const auto& [key, value] : info.metadata) {
    auto& entry = *message.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
  }
  for (const std::string& function : info.functions) {
    QUOIN_CHECK(message.add_functions()->ParseFromString(function), "a function of the model is no FunctionProto");
  }
  GraphWriter writer(graph, options, *message.mutable_graph());
  *message.mutable_configuration() = writer.carried().model().configuration();
  writer.write_all_but_nodes();
  if (options.functions) {
    ProtoOptions with_place = options;
    with_place.functions_of = &message;
    nodes_with_functions(graph, writer.carried(), with_place, *message.mutable_graph(), message);
  } else {
    writer.write_nodes();
  }
}

}  // namespace quoin
