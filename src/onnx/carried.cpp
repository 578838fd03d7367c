#include "onnx/carried.h"

#include <algorithm>

#include "quoin/edit.h"

namespace quoin {
namespace {

// Graph::FileInfo keeps annotations as serialized messages; the carried parts are the value of one annotation of no
// tensor.
constexpr const char* kKey = "quoin.carried";

bool holds_carried(const onnx::TensorAnnotation& annotation) {
  const auto& entries = annotation.quant_parameter_tensor_names();
  return !annotation.has_tensor_name() && entries.size() == 1 && entries[0].key() == kKey;
}

bool has_denotation(const onnx::TypeProto& type) {
  if (!type.denotation().empty()) return true;
  for (const auto& dim : type.tensor_type().shape().dim()) {
    if (!dim.denotation().empty()) return true;
  }
  return false;
}

template <typename Infos>
void keep_values(const Infos& infos, onnx::GraphProto& kept) {
  for (const onnx::ValueInfoProto& info : infos) {
    const bool denoted = has_denotation(info.type());
    if (info.metadata_props().empty() && !denoted) continue;
    onnx::ValueInfoProto& value = *kept.add_value_info();
    value.set_name(info.name());
    *value.mutable_metadata_props() = info.metadata_props();
    if (denoted) *value.mutable_type() = info.type();
  }
}

void keep_node(const onnx::NodeProto& message, onnx::GraphProto& kept) {
  if (message.output().empty()) return;
  onnx::NodeProto node;
  for (const onnx::AttributeProto& attribute : message.attribute()) {
    if (attribute.doc_string().empty()) continue;
    onnx::AttributeProto& documented = *node.add_attribute();
    documented.set_name(attribute.name());
    documented.set_doc_string(attribute.doc_string());
  }
  *node.mutable_device_configurations() = message.device_configurations();
  if (node.attribute().empty() && node.device_configurations().empty()) return;
  node.add_output(message.output(0));
  *kept.add_node() = std::move(node);
}

}  // namespace

void keep_carried(Graph& graph, const onnx::GraphProto& message, const onnx::ModelProto* model) {
  onnx::ModelProto carried;
  if (model) *carried.mutable_configuration() = model->configuration();
  onnx::GraphProto kept;
  *kept.mutable_metadata_props() = message.metadata_props();
  keep_values(message.input(), kept);
  keep_values(message.output(), kept);
  keep_values(message.value_info(), kept);
  for (const onnx::TensorProto& tensor : message.initializer()) {
    if (tensor.doc_string().empty() && tensor.metadata_props().empty()) continue;
    onnx::TensorProto& initializer = *kept.add_initializer();
    initializer.set_name(tensor.name());
    initializer.set_doc_string(tensor.doc_string());
    *initializer.mutable_metadata_props() = tensor.metadata_props();
  }
  for (const onnx::NodeProto& node : message.node()) keep_node(node, kept);
  // Order says nothing here, and differs from file to file.
  const auto by_name = [](const auto& a, const auto& b) { return a.name() < b.name(); };
  std::stable_sort(kept.mutable_value_info()->begin(), kept.mutable_value_info()->end(), by_name);
  std::stable_sort(kept.mutable_initializer()->begin(), kept.mutable_initializer()->end(), by_name);

  std::vector<std::string>& annotations = Edit(graph).file_info().quantization_annotations;
  for (const auto& annotation : message.quantization_annotation()) {
    // Of no tensor, it says nothing; and in a file it cannot be ours.
    if (!holds_carried(annotation)) annotations.push_back(annotation.SerializeAsString());
  }
  if (kept.ByteSizeLong() != 0) *carried.mutable_graph() = std::move(kept);
  if (carried.ByteSizeLong() == 0) return;
  onnx::TensorAnnotation wrapper;
  onnx::StringStringEntryProto& entry = *wrapper.add_quant_parameter_tensor_names();
  entry.set_key(kKey);
  entry.set_value(carried.SerializeAsString());
  annotations.push_back(wrapper.SerializeAsString());
}

Carried::Carried(const Graph& graph) {
  for (const std::string& text : graph.file_info().quantization_annotations) {
    onnx::TensorAnnotation annotation;
    QUOIN_CHECK(annotation.ParseFromString(text), "a quantization annotation of the graph is no TensorAnnotation");
    if (!holds_carried(annotation)) {
      annotations_.push_back(text);
    } else {
      QUOIN_CHECK(model_.ParseFromString(annotation.quant_parameter_tensor_names(0).value()),
                  "the carried parts of the graph are no ModelProto");
    }
  }
  for (const auto& value : model_.graph().value_info()) values_.emplace(value.name(), &value);
  for (const auto& tensor : model_.graph().initializer()) initializers_.emplace(tensor.name(), &tensor);
  for (const auto& node : model_.graph().node()) nodes_.emplace(node.output(0), &node);
}

const onnx::NodeProto* Carried::node(const Node& node) const {
  if (nodes_.empty() || node.output_count() == 0 || !node.output(0).exists()) return nullptr;
  return find(nodes_, node.output(0).name());
}

}  // namespace quoin
