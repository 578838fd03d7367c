// Graph, Node, Value, Attribute, Unit: the model in memory. Read-only but for Edit (edit.h).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

#include "quoin/tensor.h"

namespace quoin {

class Graph;
class Node;
class Value;
struct Unit;

// One dimension of a shape: a number, a name ("batch"), or neither.
struct Dim {
  int64_t value = -1;  // -1: not a number
  std::string name;    // symbolic name, may be empty
  bool known() const { return value >= 0; }
  bool operator==(const Dim&) const = default;
};

// An attribute that Quoin carries without reading it (sparse tensors, type protos): serialized AttributeProto.
struct OpaqueAttribute {
  std::string serialized;
};

using Attribute =
    std::variant<int64_t, float, std::string, std::vector<int64_t>, std::vector<float>, std::vector<std::string>,
                 Tensor, std::shared_ptr<Graph>, std::vector<std::shared_ptr<Graph>>, OpaqueAttribute>;
using Attributes = std::map<std::string, Attribute, std::less<>>;

// One place that reads a value: input `index` of `node`.
struct Use {
  Node* node = nullptr;
  int index = 0;  // -1: read by a subgraph (If, Loop, Scan) of `node`
  bool operator==(const Use&) const = default;
};

// A tensor in the graph: one producer (or none: graph inputs, initializers), a list of uses.
class Value {
 public:
  const std::string& name() const { return name_; }
  // False only for the stand-in of an input that a node does not have.
  bool exists() const { return exists_; }
  DataType type() const;        // kUndefined where unknown
  bool has_rank() const;        // false: rank unknown
  int rank() const;             // -1 where unknown
  int64_t dim(int axis) const;  // -1 where unknown; negative axes count from the end
  const std::vector<Dim>& dims() const { return dims_; }
  std::optional<Shape> static_shape() const;  // where every dimension is a number

  const Node* producer() const { return producer_; }
  Node* producer() { return producer_; }
  int producer_output() const { return producer_output_; }
  const std::vector<Use>& uses() const { return uses_; }
  bool is_graph_input() const { return is_graph_input_; }  // initializers listed as inputs count too
  bool is_graph_output() const { return is_graph_output_; }
  bool is_initializer() const { return initializer_.has_value(); }
  // The tensor of an initializer or of a Constant node (in a subgraph: also the enclosing graph's); null for anything
  // else.
  const Tensor* constant() const;
  // In a subgraph: the value of the enclosing graph that this one stands for.
  const Value* outer() const { return outer_; }
  const std::string& doc() const { return doc_; }

 private:
  friend class Graph;
  friend class Edit;
  friend class Node;
  std::string name_, doc_;
  bool exists_ = true, is_graph_input_ = false, is_graph_output_ = false, has_type_info_in_file_ = false;
  DataType type_ = DataType::kUndefined;
  bool has_rank_ = false;
  std::vector<Dim> dims_;
  std::string opaque_type_;  // serialized TypeProto of a sequence, map or optional
  Node* producer_ = nullptr;
  int producer_output_ = 0;
  std::vector<Use> uses_;
  std::optional<Tensor> initializer_;
  Value* outer_ = nullptr;
  size_t slot_ = 0;

 public:
  const std::string& opaque_type() const { return opaque_type_; }
  bool has_type_info_in_file() const { return has_type_info_in_file_; }
};

// A plain ONNX operator call. Node and Value objects keep their address as long as they live in the graph.
class Node {
 public:
  const std::string& name() const { return name_; }
  // The name, or "Conv@output" where the file gives none: always something to show a person.
  std::string label() const;
  const std::string& op() const { return op_; }
  const std::string& domain() const { return domain_; }  // "" is ai.onnx
  const std::string& overload() const { return overload_; }
  const std::string& doc() const { return doc_; }
  bool is(std::string_view op) const;  // op of the default domain; read-logged
  bool is(std::string_view op, std::string_view domain) const;

  int input_count() const { return static_cast<int>(inputs_.size()); }
  int output_count() const { return static_cast<int>(outputs_.size()); }
  bool has_input(int index) const { return index >= 0 && index < input_count() && inputs_[static_cast<size_t>(index)]; }
  // A stand-in with exists() == false where the node does not have it.
  const Value& input(int index) const;
  const Value& output(int index = 0) const;
  Value* input_or_null(int index) { return has_input(index) ? inputs_[static_cast<size_t>(index)] : nullptr; }
  Value* output_or_null(int index) {
    return index >= 0 && index < output_count() ? outputs_[static_cast<size_t>(index)] : nullptr;
  }
  // Values of this graph that the node's subgraphs read; each has a Use with index -1.
  const std::vector<Value*>& captured() const { return captured_; }
  // The graphs among the attributes, in order of the attributes' names.
  std::vector<Graph*> subgraphs();
  std::vector<const Graph*> subgraphs() const;

  const Attributes& attributes() const { return attributes_; }
  bool has_attribute(std::string_view name) const;
  // The attribute, or `fallback` where it is absent or of another type.
  int64_t attribute(std::string_view name, int64_t fallback) const;
  int64_t attribute(std::string_view name, int fallback) const {
    return attribute(name, static_cast<int64_t>(fallback));
  }
  float attribute(std::string_view name, float fallback) const;
  std::string attribute(std::string_view name, const char* fallback) const;
  std::vector<int64_t> attribute(std::string_view name, std::vector<int64_t> fallback) const;

  // Names of the nodes of the loaded file that this one comes from (itself, for a node as loaded).
  const std::vector<std::string>& origins() const { return origins_; }
  const Unit* unit() const { return unit_; }
  // Metadata of the file's node (metadata_props), carried.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const Graph& graph() const { return *graph_; }
  // Position among the graph's nodes when the graph was last sorted; for deterministic order.
  int64_t order() const { return order_; }

 private:
  friend class Graph;
  friend class Edit;
  friend class Value;
  static const Value& missing();

  std::string name_, op_, domain_, overload_, doc_;
  std::vector<Value*> inputs_;    // null: an optional input left out
  std::vector<Value*> outputs_;   // null: an optional output left out
  std::vector<Value*> captured_;  // outer values that the node's subgraphs read
  Attributes attributes_;
  std::vector<std::string> origins_;
  std::map<std::string, std::string> metadata_;
  std::optional<Tensor> constant_;  // what a Constant node gives, whichever attribute says it
  Unit* unit_ = nullptr;
  Graph* graph_ = nullptr;
  int64_t order_ = 0;
  size_t slot_ = 0;
};

// A named region of plain nodes that a fusion made. Units never overlap.
struct Unit {
  std::string name;          // unique in the graph: "FusedConvBN_3"
  std::string kind;          // "FusedConvBN"
  std::string pattern;       // the pattern that made it
  std::vector<Node*> nodes;  // in data order
  std::map<std::string, Node*, std::less<>>
      captures;  // the pattern's named nodes, after the fusion's own simplification
  // Values that enter and leave the unit, in order of first reading / of production; constants left out of inputs.
  std::vector<const Value*> inputs() const;
  std::vector<const Value*> outputs() const;
};

class Graph {
 public:
  Graph();
  ~Graph();
  Graph(Graph&&) noexcept;
  Graph& operator=(Graph&&) noexcept;
  // A deep copy of the structure; tensors are shared. Order, names, units and metadata are kept.
  Graph clone() const;

  const std::string& name() const { return name_; }
  const std::string& doc() const { return doc_; }

  // Live nodes in a topological order that is stable: as in the file, new nodes next to what reads them.
  std::vector<Node*> nodes();
  std::vector<const Node*> nodes() const;
  size_t node_count() const;
  std::vector<const Value*> values() const;
  // By name; null where there is none.
  const Node* find_node(std::string_view name) const;
  Node* find_node(std::string_view name);
  const Value* find_value(std::string_view name) const;
  Value* find_value(std::string_view name);
  const std::vector<Value*>& inputs() const { return inputs_; }  // as listed in the file
  const std::vector<Value*>& outputs() const { return outputs_; }
  // Graph inputs that a caller must feed: those without an initializer.
  std::vector<const Value*> required_inputs() const;
  std::vector<const Value*> initializers() const;
  const std::vector<std::unique_ptr<Unit>>& units() const { return units_; }
  const Graph* parent() const { return parent_; }

  // Opset version of a domain ("" is ai.onnx); 0 where not imported. A subgraph has the versions of the graph around
  // it.
  int64_t opset(std::string_view domain = "") const;
  const std::map<std::string, int64_t, std::less<>>& opsets() const { return opsets_; }
  int64_t ir_version() const { return ir_version_; }

  // What a file says about itself; carried from load to save.
  struct FileInfo {
    std::string producer_name, producer_version, domain, doc;
    int64_t model_version = 0;
    std::vector<std::pair<std::string, std::string>> metadata;
    std::vector<std::string> functions;                 // serialized FunctionProto of the model's local functions
    std::vector<std::string> quantization_annotations;  // serialized TensorAnnotation
    std::string path;                                   // where it was loaded from; empty for a graph made in memory
  };
  const FileInfo& file_info() const { return file_info_; }

 private:
  friend class Edit;
  void sort() const;
  void adopt_nodes();
  void swap(Graph& other) noexcept;
  static void copy(const Graph& from, Graph& to, const std::vector<Value*>* outer_values);

  std::string name_, doc_;
  mutable std::vector<std::unique_ptr<Node>> nodes_;  // null slots are removed nodes; sorted when read
  size_t node_count_ = 0;                             // without the null slots
  std::vector<std::unique_ptr<Value>> values_;        // null slots are removed values
  size_t value_count_ = 0;
  std::unordered_map<std::string, Value*> value_by_name_;
  std::unordered_map<std::string, Node*> node_by_name_;
  std::vector<Node*> subgraph_owners_;     // nodes with a graph among their attributes
  std::vector<std::string> maybe_unused_;  // values that lost their last use, or never had one
  std::unordered_map<std::string, int64_t> value_suffixes_, node_suffixes_, unit_suffixes_;
  std::vector<Value*> inputs_, outputs_;
  std::vector<std::unique_ptr<Unit>> units_;
  std::map<std::string, int64_t, std::less<>> opsets_;
  int64_t ir_version_ = 8;
  FileInfo file_info_;
  const Graph* parent_ = nullptr;
  mutable bool sorted_ = true;
};

// Every rule a graph must keep: names unique, use lists right both ways, no cycle, outputs produced, units disjoint and
// alive, no value read before a producer exists. Returns one sentence per breach, empty when all hold.
std::vector<std::string> verify_graph(const Graph& graph);

// While one lives, the accessors above write down what a predicate reads ("group is 32", "dim 1 of 'x' is 64"); one per
// thread, innermost wins.
class ReadLog {
 public:
  ReadLog();
  ~ReadLog();
  ReadLog(const ReadLog&) = delete;
  ReadLog& operator=(const ReadLog&) = delete;
  const std::vector<std::string>& reads() const { return reads_; }
  static void note(std::string text);  // no-op where none is active
  static bool active();

 private:
  std::vector<std::string> reads_;  // in order of first reading
  std::unordered_set<std::string> seen_;
  ReadLog* previous_;
};

}  // namespace quoin
