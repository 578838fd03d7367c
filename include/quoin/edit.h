// Edit: the only way to change a Graph. Keeps names unique, use lists right, graph outputs in place.
#pragma once

#include <initializer_list>

#include "quoin/graph.h"

namespace quoin {

// What a new node is to be; inputs may be null (left out).
struct NodeSpec {
  std::string op;
  std::vector<Value*> inputs = {};
  Attributes attributes = {};
  std::string name = "";  // made unique; empty: made from the op
  std::string domain = "";
  std::string overload = "";
  std::string doc = "";
  std::vector<std::string> origins = {};
  std::map<std::string, std::string> metadata = {};
  bool unnamed = false;  // an empty name stays empty, as in files that name no nodes
};

class Edit {
 public:
  explicit Edit(Graph& graph) : graph_(graph) {}

  // A name not yet taken by a value (or node) of the graph, its parents or its subgraphs: `base`, or base_1, base_2, …
  std::string unique_value_name(std::string_view base) const;
  std::string unique_node_name(std::string_view base) const;

  Value& add_value(std::string_view name_base, DataType type = DataType::kUndefined,
                   std::optional<std::vector<Dim>> dims = std::nullopt);
  Value& add_initializer(std::string_view name_base, Tensor tensor);
  Value& add_input(std::string name, DataType type,
                   std::optional<std::vector<Dim>> dims);  // throws Error(kBadInput) when the name is taken
  void add_output(Value& value);
  // An initializer that is listed as an input is so no more: the model's own constant, which a caller cannot give.
  void drop_input(Value& initializer);
  // Makes a node; its outputs are new values with these name bases ("" leaves an optional output out).
  Node& add_node(NodeSpec spec, const std::vector<std::string>& output_names);
  // Makes a node whose outputs are values that exist without a producer (add_value, or detached by detach_output).
  Node& add_node_with_outputs(NodeSpec spec, const std::vector<Value*>& outputs);

  // `value` loses its producer; its uses, name, type and place as a graph output stay. The caller gives it a new
  // producer.
  void detach_output(Value& value);
  void set_input(Node& node, int index, Value* value);   // null: left out; grows the list where needed
  void set_output_name(Value& value, std::string name);  // throws Error(kBadInput) when taken
  void set_attribute(Node& node, std::string name, Attribute value);
  void remove_attribute(Node& node, std::string_view name);
  void set_origins(Node& node, std::vector<std::string> origins);
  void set_node_doc(Node& node, std::string doc);
  void set_node_name(Node& node, std::string name);  // throws Error(kBadInput) when taken; empty: no name
  void set_metadata(Node& node, std::map<std::string, std::string> metadata);
  // Every reader of `from` (subgraphs too; also the producer of `to`, if it reads `from`) reads `to` instead; graph
  // outputs are not touched.
  void replace_uses(Value& from, Value& to);
  // Gives an initializer another tensor under a fresh name when others read it (copy on write); returns the value that
  // `node` now reads.
  Value& set_constant_input(Node& node, int index, Tensor tensor, std::string_view name_base);
  void set_initializer(Value& value, Tensor tensor);
  void set_type(Value& value, DataType type, std::optional<std::vector<Dim>> dims);
  // Removes a node that nothing reads (a check of ours: no uses, no graph outputs), with its output values; its unit
  // forgets it, and is gone with its last node.
  void remove_node(Node& node);
  // Removes a value without producer, uses or place among the graph's inputs and outputs (a check of ours).
  void remove_value(Value& value);
  // Removes initializers and Constant nodes that nothing reads (graph inputs and outputs stay), and returns how many.
  int remove_unused_constants();
  // Removes nodes whose outputs all go unused, backwards, then constants; in subgraphs too. Returns how many went.
  int remove_dead_nodes();

  // The nodes may come in any order and must not be in a unit (a check of ours).
  Unit& add_unit(std::string kind, std::string pattern, const std::vector<Node*>& nodes,
                 std::map<std::string, Node*, std::less<>> captures);
  void add_to_unit(Unit& unit, Node& node);  // a Q/DQ pair on an inner edge, say
  void remove_unit(Unit& unit);              // the nodes stay

  void set_opset(std::string domain, int64_t version);
  void set_ir_version(int64_t version);
  void set_name(std::string name);
  void set_doc(std::string doc);
  Graph::FileInfo& file_info() { return graph_.file_info_; }
  void set_value_doc(Value& value, std::string doc);
  void set_opaque_type(Value& value, std::string serialized_type);
  void set_type_info_in_file(Value& value, bool in_file);
  void set_overload(Node& node, std::string overload);
  // Subgraphs: a value of this graph that stands for one of the parent's, under the same name; `owner` (the If / Loop
  // node) reads it there. Putting a subgraph into an attribute sets its parent and captures what its outer values stand
  // for.
  void set_parent(const Graph* parent);
  Value& add_outer_value(Value& outer);
  void add_captured(Node& owner, Value& outer);

 private:
  // True where `has` holds for this graph, one around it or one inside it.
  template <typename Has>
  bool anywhere(Has has) const;
  bool value_name_taken(const std::string& name) const;
  bool node_name_taken(const std::string& name) const;
  bool owns(const Value& value) const;
  bool owns(const Node& node) const;
  Value& new_value(std::string name);
  void erase_value(Value& value);
  void rename(Value& value, std::string name);
  void add_use(Value& value, Node& node, int index);
  void drop_use(Value& value, Node& node, int index);
  void attributes_changed(Node& node);
  void retarget_outer(Value& stand_in, Value& outer);
  void leave_unit(Node& node);
  void drop_unused_outer_values();

  Graph& graph_;
};

}  // namespace quoin
