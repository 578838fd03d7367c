#include "onnx/from_proto.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "onnx/carried.h"
#include "onnx/external_data.h"
#include "onnx/graph_builder.h"
#include "quoin/edit.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

constexpr int64_t kOldestOpset = 7;

void read_opsets(const onnx::ModelProto& model, Edit& edit, const Graph& graph, const std::string& where) {
  for (const auto& opset : model.opset_import()) {
    const std::string domain = plain_domain(opset.domain());
    const int64_t present = graph.opset(domain);
    if (present != 0 && present != opset.version()) {
      refuse("the model imports two opsets of the domain '" + opset.domain() + "'", "keep one of them", where);
    }
    edit.set_opset(domain, opset.version());
  }
  const int64_t version = graph.opset();
  if (version == 0) {
    refuse("the model does not say which opset of ai.onnx it uses", "export it again with an opset import", where);
  }
  if (version < kOldestOpset) {
    refuse("the model uses opset " + std::to_string(version) + ", but Quoin reads opset 7 and newer",
           "export it again with a newer opset, or convert it with onnx.version_converter", where);
  }
  if (version > newest_opset()) {
    refuse("the model uses opset " + std::to_string(version) + ", but this version of Quoin knows opsets up to " +
               std::to_string(newest_opset()),
           "export it again with an older opset", where);
  }
}

// The nodes of a cycle through `start`, in data order.
std::vector<const Node*> cycle_through(const Node& start) {
  std::unordered_map<const Node*, const Node*> reader;  // the reader by which a producer was found
  std::vector<const Node*> open = {&start};
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    const auto visit = [&](const Value& value) {
      const Node* producer = value.producer();
      if (!producer || reader.contains(producer)) return;
      reader.emplace(producer, node);
      open.push_back(producer);
    };
    for (int i = 0; i < node->input_count(); ++i) visit(node->input(i));
    for (const Value* value : node->captured()) visit(*value);
  }
  std::vector<const Node*> cycle = {&start};
  const auto found = reader.find(&start);
  if (found == reader.end()) return {};
  for (const Node* node = found->second; node != &start; node = reader.at(node)) cycle.push_back(node);
  return cycle;
}

void refuse_cycle(const Node& node, const std::string& where) {
  const std::vector<const Node*> cycle = cycle_through(node);
  if (cycle.empty()) return;
  std::string names;
  constexpr size_t kShown = 8;
  for (size_t i = 0; i < std::min(cycle.size(), kShown); ++i) names += fmt::format("'{}' -> ", cycle[i]->label());
  if (cycle.size() > kShown) names += "... -> ";
  refuse(fmt::format("the nodes form a cycle: {}'{}'", names, node.label()), "export the model again", where);
}

void check_cycles(const Graph& graph, const std::string& where) {
  for (const Node* node : graph.nodes()) {
    const auto comes_later = [&](const Value& value) {
      return value.producer() && value.producer()->order() >= node->order();
    };
    bool late = false;
    for (int i = 0; i < node->input_count(); ++i) late = late || comes_later(node->input(i));
    for (const Value* value : node->captured()) late = late || comes_later(*value);
    if (late) refuse_cycle(*node, where);
    for (const Graph* subgraph : node->subgraphs()) check_cycles(*subgraph, where);
  }
}

// Tools leave the import of this domain out, which has one version, and ONNX Runtime adds it.
constexpr std::string_view kOnnxRuntimeDomain = "com.microsoft";

bool uses_domain(const Graph& graph, std::string_view domain) {
  const std::vector<const Node*> nodes = graph.nodes();
  return std::any_of(nodes.begin(), nodes.end(), [&](const Node* node) {
    const std::vector<const Graph*> inner = node->subgraphs();
    return node->domain() == domain ||
           std::any_of(inner.begin(), inner.end(), [&](const Graph* body) { return uses_domain(*body, domain); });
  });
}

void check_domains(const Graph& graph, const std::string& where) {
  for (const Node* node : graph.nodes()) {
    if (graph.opset(node->domain()) == 0) {
      refuse("the node '" + node->label() + "' (" + node->op() + ") is of the domain '" + node->domain() +
                 "', which the model does not import",
             "add an opset import for the domain", where);
    }
    for (const Graph* subgraph : node->subgraphs()) check_domains(*subgraph, where);
  }
}

}  // namespace

StatedType type_from_proto(const onnx::TypeProto& message) {
  StatedType stated;
  if (message.value_case() == onnx::TypeProto::VALUE_NOT_SET) return stated;
  if (!message.has_tensor_type()) {
    stated.opaque = message.SerializeAsString();
    return stated;
  }
  const auto& tensor = message.tensor_type();
  stated.type = static_cast<DataType>(tensor.elem_type());
  if (tensor.has_shape()) {
    stated.dims.emplace();
    for (const auto& dim : tensor.shape().dim()) {
      // Some exporters write -1 for an unknown dimension.
      if (dim.has_dim_value()) {
        stated.dims->push_back({std::max<int64_t>(dim.dim_value(), -1), ""});
      } else {
        stated.dims->push_back({-1, dim.dim_param()});
      }
    }
  }
  return stated;
}

Graph graph_from_proto(onnx::ModelProto& model, const ModelSource& source) {
  if (!model.has_graph()) refuse("the model has no graph", "export it again", source.where);
  if (!model.training_info().empty()) {
    refuse("the model carries training information", "export it for inference", source.where);
  }
  Graph graph;
  Edit edit(graph);
  edit.set_ir_version(model.ir_version());
  read_opsets(model, edit, graph, source.where);
  Graph::FileInfo& info = edit.file_info();
  info.producer_name = model.producer_name();
  info.producer_version = model.producer_version();
  info.domain = model.domain();
  info.doc = model.doc_string();
  info.model_version = model.model_version();
  info.path = source.path;
  for (const auto& entry : model.metadata_props()) info.metadata.emplace_back(entry.key(), entry.value());
  for (auto& function : *model.mutable_functions()) {
    for (auto& node : *function.mutable_node()) inline_external_data(node, source);
    info.functions.push_back(function.SerializeAsString());
  }
  GraphBuilder(model.graph(), graph, source, nullptr).build();
  keep_carried(graph, model.graph(), &model);
  if (graph.opset(kOnnxRuntimeDomain) == 0 && uses_domain(graph, kOnnxRuntimeDomain))
    edit.set_opset(std::string(kOnnxRuntimeDomain), 1);
  check_domains(graph, source.where);
  check_cycles(graph, source.where);
  return graph;
}

}  // namespace quoin
