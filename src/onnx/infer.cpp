#include "onnx/infer.h"

#include <onnx/shape_inference/implementation.h>

#include <algorithm>
#include <new>
#include <unordered_map>
#include <unordered_set>

#include "onnx/bounded_registry.h"
#include "onnx/from_proto.h"
#include "onnx/onnx_failure.h"
#include "onnx/to_proto.h"
#include "quoin/edit.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

// Data propagation makes a dimension for each element of an integer vector; a hostile shape must not make it a billion.
constexpr int64_t kLongestShapeVector = int64_t{1} << 20;

void hide_long_vectors(onnx::GraphProto& graph) {
  for (auto& input : *graph.mutable_input()) {
    if (!input.type().has_tensor_type() || input.type().tensor_type().shape().dim_size() != 1) continue;
    auto& dim = *input.mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0);
    if (dim.has_dim_value() && dim.dim_value() > kLongestShapeVector) dim.clear_value();
  }
}

using Lengths = std::unordered_map<std::string, int64_t>;

// Operators through which ONNX follows the numbers of a vector, or may come to; only Concat makes it longer.
bool passes_numbers_on(const std::string& op) {
  static const std::unordered_set<std::string> ops = {
      "Add",      "Sub",     "Mul",     "Div",       "Mod",   "Min",    "Max",    "Neg",   "Abs",   "Cast",
      "Identity", "Reshape", "Squeeze", "Unsqueeze", "Slice", "Gather", "Concat", "Where", "Equal", "Constant"};
  return ops.contains(op);
}

int64_t length_of(const onnx::TensorProto& tensor) {
  return tensor.dims_size() == 1 ? std::clamp<int64_t>(tensor.dims(0), 1, kLongestShapeVector) : 1;
}

// Whether no vector that data propagation follows becomes longer than kLongestShapeVector: a few Concat that each join
// the last one twice make a billion numbers.
bool vectors_stay_short(const onnx::GraphProto& graph, Lengths lengths) {
  for (const auto& initializer : graph.initializer()) lengths[initializer.name()] = length_of(initializer);
  for (const auto& node : graph.node()) {
    int64_t longest = 1, joined = 0;
    for (const std::string& input : node.input()) {
      const auto found = lengths.find(input);
      const int64_t length = found == lengths.end() ? 1 : found->second;
      longest = std::max(longest, length);
      joined += length;
    }
    for (const auto& attribute : node.attribute()) {
      if (attribute.has_t()) longest = std::max(longest, length_of(attribute.t()));
      longest = std::max<int64_t>(longest, attribute.ints_size());
      if (attribute.has_g() && !vectors_stay_short(attribute.g(), lengths)) return false;
      for (const auto& inner : attribute.graphs()) {
        if (!vectors_stay_short(inner, lengths)) return false;
      }
    }
    const bool joins = node.op_type() == "Concat";
    const int64_t made = joins ? joined : passes_numbers_on(node.op_type()) ? longest : 1;
    if (joins && made > kLongestShapeVector) return false;
    for (const std::string& output : node.output()) lengths[output] = made;
  }
  return true;
}

// True where inference may say more than is known.
bool takes_inferred(const Value& value) {
  if (value.is_graph_input() || value.is_initializer() || value.outer() || !value.opaque_type().empty()) return false;
  if (value.type() == DataType::kUndefined || !value.has_rank()) return true;
  if (value.has_type_info_in_file()) return false;
  const auto& dims = value.dims();
  return std::any_of(dims.begin(), dims.end(), [](const Dim& dim) { return !dim.known(); });
}

void apply_types(Graph& graph, const onnx::GraphProto& message);

void apply_subgraph_types(Graph& graph, const onnx::GraphProto& message) {
  std::unordered_map<std::string, const onnx::NodeProto*> owners;
  for (const auto& node : message.node()) {
    const bool owner = std::any_of(node.attribute().begin(), node.attribute().end(), [](const auto& attribute) {
      return attribute.has_g() || attribute.graphs_size() > 0;
    });
    if (owner && node.output_size() > 0) owners.emplace(node.output(0), &node);
  }
  if (owners.empty()) return;
  for (Node* node : graph.nodes()) {
    const std::vector<Graph*> subgraphs = node->subgraphs();
    if (subgraphs.empty() || node->output_count() == 0 || !node->output(0).exists()) continue;
    const auto found = owners.find(node->output(0).name());
    if (found == owners.end()) continue;
    // Both sides have the attributes in the order of their names.
    size_t next = 0;
    const auto apply = [&](const onnx::GraphProto& inner) {
      if (next < subgraphs.size()) apply_types(*subgraphs[next++], inner);
    };
    for (const auto& attribute : found->second->attribute()) {
      if (attribute.has_g()) apply(attribute.g());
      for (const auto& inner : attribute.graphs()) apply(inner);
    }
  }
}

void apply_types(Graph& graph, const onnx::GraphProto& message) {
  std::unordered_map<std::string, const onnx::TypeProto*> types;
  for (const auto& info : message.input()) types[info.name()] = &info.type();  // large Constants are inputs there
  for (const auto& info : message.output()) types[info.name()] = &info.type();
  for (const auto& info : message.value_info()) types[info.name()] = &info.type();
  Edit edit(graph);
  for (const Value* each : graph.values()) {
    const auto found = types.find(each->name());
    if (found == types.end() || !takes_inferred(*each)) continue;
    Value& value = *graph.find_value(each->name());
    StatedType inferred = type_from_proto(*found->second);
    if (!inferred.opaque.empty()) {
      if (value.type() == DataType::kUndefined) edit.set_opaque_type(value, std::move(inferred.opaque));
      continue;
    }
    const bool agrees = value.type() == DataType::kUndefined || inferred.type == value.type();
    if (inferred.known() && agrees) edit.set_type(value, inferred.type, std::move(inferred.dims));
  }
  apply_subgraph_types(graph, message);
}

}  // namespace

void infer_shapes(Graph& graph, onnx::ModelProto& message, const std::string& where) {
  hide_long_vectors(*message.mutable_graph());
  try {
    onnx::shape_inference::DataValueMap values;
    const bool data = vectors_stay_short(message.graph(), {});
    const onnx::ShapeInferenceOptions options(/*check_type=*/false, /*strict_mode=*/0, /*data_prop=*/data);
    const BoundedRegistry operators;
    onnx::shape_inference::InferShapes(message, &operators, options, &values);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    const OnnxFailure failure = describe_failure(error);
    const std::string node = failure.node.empty() ? "" : "the node '" + failure.node + "': ";
    refuse("ONNX's shape inference refuses the model: " + node + failure.message, "export the model again", where);
  }
  apply_types(graph, message.graph());
}

void infer_shapes(Graph& graph) {
  onnx::ModelProto message;
  model_to_proto(graph, {.weights = Weights::kSmall, .all_types = true}, message);
  infer_shapes(graph, message, graph.file_info().path);
}

}  // namespace quoin
