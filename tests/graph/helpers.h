// Small graphs for the tests of this folder, which sits below the ONNX text parser.
#pragma once

#include <string>
#include <vector>

#include "quoin/edit.h"

namespace quoin {

inline std::vector<Dim> dims(std::initializer_list<int64_t> values) {
  std::vector<Dim> result;
  for (const int64_t value : values) result.push_back({value, ""});
  return result;
}

inline std::vector<std::string> node_names(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node* node : graph.nodes()) names.push_back(node->name());
  return names;
}

inline std::vector<std::string> names_of(const std::vector<const Value*>& values) {
  std::vector<std::string> names;
  for (const Value* value : values) names.push_back(value->name());
  return names;
}

// conv = Conv(x, w); relu = Relu(conv); y = Add(relu, x): x is [1, 4, 8, 8].
inline Graph residual_graph() {
  Graph graph;
  Edit edit(graph);
  edit.set_name("residual");
  edit.set_opset("", 17);
  Value& x = edit.add_input("x", DataType::kFloat, dims({1, 4, 8, 8}));
  Value& w = edit.add_initializer("w", Tensor::from<float>({4, 4, 1, 1}, std::vector<float>(16, 1.0F)));
  Node& conv = edit.add_node({.op = "Conv", .inputs = {&x, &w}, .attributes = {{"group", int64_t{1}}}, .name = "conv"},
                             {"conv_out"});
  Node& relu = edit.add_node({.op = "Relu", .inputs = {conv.output_or_null(0)}, .name = "relu"}, {"relu_out"});
  Node& add = edit.add_node({.op = "Add", .inputs = {relu.output_or_null(0), &x}, .name = "add"}, {"y"});
  edit.add_output(*add.output_or_null(0));
  return graph;
}

// y = If(condition) { Identity(x) } else { Neg(x) }, both reading the outer x, which is a = Relu(input).
inline Graph if_graph() {
  Graph graph;
  Edit edit(graph);
  edit.set_opset("", 17);
  Value& condition = edit.add_input("condition", DataType::kBool, dims({}));
  Value& input = edit.add_input("input", DataType::kFloat, dims({2}));
  Value& a = *edit.add_node({.op = "Relu", .inputs = {&input}, .name = "relu"}, {"a"}).output_or_null(0);
  edit.set_type(a, DataType::kFloat, dims({2}));
  const auto branch = [&](const std::string& op) {
    auto body = std::make_shared<Graph>();
    Edit inside(*body);
    inside.set_name(op);
    inside.set_parent(&graph);
    Value& stand_in = inside.add_outer_value(a);
    Node& node = inside.add_node({.op = op, .inputs = {&stand_in}, .name = op}, {op + "_out"});
    inside.add_output(*node.output_or_null(0));
    return body;
  };
  Attributes attributes = {{"then_branch", branch("Identity")}, {"else_branch", branch("Neg")}};
  Node& choose = edit.add_node({.op = "If", .inputs = {&condition}, .attributes = attributes, .name = "choose"}, {"y"});
  edit.add_output(*choose.output_or_null(0));
  return graph;
}

}  // namespace quoin
