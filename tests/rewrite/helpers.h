// Small patterns and helpers for the drivers' tests.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

#include "quoin/edit.h"
#include "quoin/engine.h"
#include "quoin/error.h"
#include "quoin/model_io.h"
#include "quoin/pattern.h"
#include "quoin/transform.h"

namespace quoin::testing {

inline Graph model(const std::string& text) {
  return parse_text("<ir_version: 8, opset_import: [\"\" : 17]>\n" + text);
}

inline PatternRef conversion(std::string name, std::string_view tree, std::string replace, Predicates where = {}) {
  PatternDef def;
  def.name = std::move(name);
  def.kind = PatternKind::kConversion;
  def.tree = parse_tree(tree);
  def.where = std::move(where);
  def.replace = std::move(replace);
  return std::make_shared<const DefinedPattern>(def);
}

inline PatternRef fusion(std::string name, std::string_view tree, QdqPoints points = {}, Predicates where = {}) {
  PatternDef def;
  def.fuse = "Fused" + name;
  def.name = std::move(name);
  def.tree = parse_tree(tree);
  def.where = std::move(where);
  def.qdq_points = std::move(points);
  return std::make_shared<const DefinedPattern>(def);
}

// A pattern whose replace() is a function.
class Scripted : public Pattern {
 public:
  using Replace = std::function<Replacement(const Match&)>;
  Scripted(std::string name, std::string_view tree, PatternKind kind, Replace replace)
      : name_(std::move(name)), tree_(parse_tree(tree)), kind_(kind), replace_(std::move(replace)) {}
  std::string name() const override { return name_; }
  PatternKind kind() const override { return kind_; }
  Tree tree() const override { return tree_; }
  Replacement replace(const Match& match) const override { return replace_(match); }

 private:
  std::string name_;
  Tree tree_;
  PatternKind kind_;
  Replace replace_;
};

inline PatternList list_of(std::initializer_list<PatternRef> patterns) {
  PatternList list;
  for (const PatternRef& pattern : patterns) list.add(pattern);
  return list;
}

// "Relu Add Relu"
inline std::string ops(const Graph& graph) {
  std::string text;
  for (const Node* node : graph.nodes()) text += (text.empty() ? "" : " ") + node->op();
  return text;
}

template <typename Function>
Error error_of(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(ErrorCode::kUsage, "nothing was thrown");
}

}  // namespace quoin::testing
