// Small graphs and patterns for the tests of this folder.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "quoin/edit.h"
#include "quoin/error.h"
#include "quoin/model_io.h"
#include "quoin/pattern.h"

namespace quoin {

// Inputs and outputs are float[1,4,8,8] unless they say otherwise; `initializers` as ONNX text has them.
inline Graph graph_of(const std::string& nodes, const std::string& inputs = "float[1,4,8,8] x",
                      const std::string& outputs = "float[1,4,8,8] y", const std::string& initializers = "",
                      int opset = 17) {
  return parse_text("<ir_version: 8, opset_import: [\"\" : " + std::to_string(opset) + "]>\ng (" + inputs + ") => (" +
                    outputs + ")" + (initializers.empty() ? "" : " <" + initializers + ">") + " {\n" + nodes + "\n}");
}

// Weight [4,4,1,1] and bias [4] of a convolution.
inline std::string conv_weights(const std::string& w = "w", const std::string& b = "b") {
  return "float[4,4,1,1] " + w + " = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}, float[4] " + b + " = {1,2,3,4}";
}
inline std::string bn_weights() {
  return "float[4] s = {1,2,3,4}, float[4] o = {0.5,-1,2,0}, float[4] m = {1,0,-1,2}, float[4] v = {1,4,0.25,2}";
}

inline DefinedPattern pattern_of(const std::string& tree, Predicates where = {}, QdqPoints points = {}) {
  PatternDef def;
  def.name = "P";
  def.tree = parse_tree(tree);
  def.where = std::move(where);
  def.qdq_points = std::move(points);
  return DefinedPattern(std::move(def));
}
inline DefinedPattern conversion_of(const std::string& tree, const std::string& replace, Predicates where = {}) {
  PatternDef def;
  def.name = "C";
  def.kind = PatternKind::kConversion;
  def.tree = parse_tree(tree);
  def.where = std::move(where);
  def.replace = replace;
  return DefinedPattern(std::move(def));
}

// A pattern made in C++.
class TreePattern : public Pattern {
 public:
  explicit TreePattern(Tree tree, Predicates where = {}) : tree_(std::move(tree)), where_(std::move(where)) {}
  Tree tree() const override { return tree_; }
  Predicates where() const override { return where_; }

 private:
  Tree tree_;
  Predicates where_;
};

// Labels of the nodes of each match: "c1 r1; c2 r2".
inline std::string matched(const Graph& graph, const Pattern& pattern) {
  std::string text;
  for (const Match& match : match_tree(graph, pattern)) {
    if (!text.empty()) text += "; ";
    for (const Node* node : match.nodes) text += (node == match.nodes.front() ? "" : " ") + node->label();
  }
  return text;
}
inline std::string matched(const Graph& graph, const std::string& tree, Predicates where = {}) {
  return matched(graph, pattern_of(tree, std::move(where)));
}

inline std::string refused(const Graph& graph, const Pattern& pattern) {
  Refusals refusals;
  match_tree(graph, pattern, {.refusals = &refusals});
  std::string text;
  for (const Refusal& refusal : refusals) text += (text.empty() ? "" : "\n") + refusal.text();
  return text;
}
inline std::string refused(const Graph& graph, const std::string& tree, Predicates where = {}) {
  return refused(graph, pattern_of(tree, std::move(where)));
}

// "where: message; remedy" of the error that `action` throws.
template <typename Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace quoin
