#include "onnx/first_nodes.h"

#include <fmt/format.h>

#include <set>

#include "onnx/to_proto.h"

namespace quoin {

struct FirstNodes::Whole {
  onnx::ModelProto model;
};

FirstNodes::FirstNodes(const Graph& graph) : whole_(std::make_unique<Whole>()) {
  model_to_proto(graph, {}, whole_->model);
}
FirstNodes::~FirstNodes() = default;

int FirstNodes::count() const { return whole_->model.graph().node_size(); }

std::string FirstNodes::text(int node) const {
  const onnx::NodeProto& at = whole_->model.graph().node(node);
  if (!at.name().empty()) return fmt::format("{} '{}'", at.op_type(), at.name());
  return fmt::format("{} that makes '{}'", at.op_type(), at.output_size() > 0 ? at.output(0) : "");
}

std::string FirstNodes::up_to(int node) const {
  const onnx::GraphProto& whole = whole_->model.graph();
  onnx::ModelProto model;
  for (const auto& opset : whole_->model.opset_import()) *model.add_opset_import() = opset;
  for (const auto& function : whole_->model.functions()) *model.add_functions() = function;
  model.set_ir_version(whole_->model.ir_version());
  onnx::GraphProto& graph = *model.mutable_graph();
  graph.set_name(whole.name());
  *graph.mutable_input() = whole.input();
  std::set<std::string_view> read;
  bool has_body = false;
  for (int i = 0; i <= node; ++i) {
    *graph.add_node() = whole.node(i);
    for (const std::string& input : whole.node(i).input()) read.insert(input);
    for (const auto& attribute : whole.node(i).attribute()) has_body = has_body || attribute.has_g();
  }
  for (const auto& tensor : whole.initializer()) {
    if (has_body || read.contains(tensor.name())) *graph.add_initializer() = tensor;
  }
  for (const auto& tensor : whole.sparse_initializer()) *graph.add_sparse_initializer() = tensor;
  for (const std::string& output : whole.node(node).output()) {
    if (!output.empty()) graph.add_output()->set_name(output);  // the runtime infers its type
  }
  return model.SerializeAsString();
}

}  // namespace quoin
