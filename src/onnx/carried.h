// What a file says that Graph has no place for: metadata of graphs, values and initializers, denotations, documentation
// of initializers and attributes, device configurations. It travels with the graph as messages that hold only these
// parts.
#pragma once

#include <string>
#include <unordered_map>

#include "onnx/proto.h"

namespace quoin {

// Takes the parts from `message` (subgraphs keep their own) and leaves them with the graph. `model`: null in a
// subgraph.
void keep_carried(Graph& graph, const onnx::GraphProto& message, const onnx::ModelProto* model);

// The parts again, by the names of what they belong to.
class Carried {
 public:
  explicit Carried(const Graph& graph);
  const onnx::ModelProto& model() const { return model_; }
  const onnx::ValueInfoProto* value(const std::string& name) const { return find(values_, name); }
  const onnx::TensorProto* initializer(const std::string& name) const { return find(initializers_, name); }
  const onnx::NodeProto* node(const Node& node) const;
  // Serialized TensorAnnotation of the file.
  const std::vector<std::string>& annotations() const { return annotations_; }

 private:
  template <typename T>
  using ByName = std::unordered_map<std::string, const T*>;
  template <typename T>
  static const T* find(const ByName<T>& by_name, const std::string& name) {
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : found->second;
  }

  onnx::ModelProto model_;
  std::vector<std::string> annotations_;
  ByName<onnx::ValueInfoProto> values_;
  ByName<onnx::TensorProto> initializers_;
  ByName<onnx::NodeProto> nodes_;  // by their first output
};

}  // namespace quoin
