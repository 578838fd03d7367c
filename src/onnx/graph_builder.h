// Builds a Graph from a GraphProto, subgraphs and all.
#pragma once

#include <unordered_map>

#include "onnx/proto.h"
#include "quoin/edit.h"

namespace quoin {

class GraphBuilder {
 public:
  // `parent`: the builder of the graph around a subgraph, else null.
  GraphBuilder(const onnx::GraphProto& message, Graph& graph, const ModelSource& source, GraphBuilder* parent);
  void build();

 private:
  void add_values();
  void add_input(const onnx::ValueInfoProto& info);
  void add_initializer(const std::string& name, Tensor tensor);
  void add_node_outputs(const onnx::NodeProto& node);
  Value& add_value(const std::string& name);
  void state_types();
  void add_nodes();
  void add_node(const onnx::NodeProto& message);
  void add_outputs();
  void add_subgraphs();
  std::shared_ptr<Graph> subgraph(const onnx::GraphProto& message);
  // The value of this name here, or a stand-in for one of a graph around; null where there is none.
  Value* resolve(const std::string& name);
  [[noreturn]] void refuse_here(const std::string& message, const std::string& remedy) const;

  const onnx::GraphProto& message_;
  Graph& graph_;
  const ModelSource& source_;
  GraphBuilder* parent_;
  Edit edit_;
  // By their names in the message: in a subgraph, a value that hides an outer one gets another name.
  std::unordered_map<std::string, Value*> values_;
  std::unordered_map<std::string, std::string> written_by_;  // value name -> label of the node
  std::vector<std::pair<Node*, const onnx::AttributeProto*>> graph_attributes_;
};

}  // namespace quoin
