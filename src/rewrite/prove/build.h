// Builds a graph for a tree: from the root down with the shape that is wanted, from the inputs up with the shape that
// came of it. Operators that are known make their own inputs and attributes (op_*.cpp).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/edit.h"
#include "quoin/match.h"
#include "quoin/pattern.h"
#include "rewrite/prove/choices.h"
#include "rewrite/prove/hints.h"
#include "rewrite/prove/instance.h"

namespace quoin::prove {

enum class Fill {
  kNormal,
  kWeight,    // normal, scaled so that sums of products stay near one
  kPositive,  // 0.5 to 1.5: variances, divisors, scales
  kSmallInt,  // 1, 2 or 3: exponents
};

// What a part of the tree is asked to give; a part that cannot gives what it can.
struct Want {
  Shape shape;
  DataType type = DataType::kFloat;
  Fill fill = Fill::kNormal;
  bool parameter = false;      // weights and the like: constants, mostly
  bool constant = false;       // must be known when the graph is made (axes, shapes)
  std::vector<double> values;  // of a constant: exactly these
  // Of a constant: one of a kind that a builder asks for (shapes, axes) is never a graph input.
  static Want numbers(const std::vector<int64_t>& values, bool scalar = false);
};

class Builder;

// One node in the making.
struct Call {
  Builder& builder;
  const Tree* tree;  // whose inputs it has; null: a node that no tree names
  std::string key, path;
  std::string op, domain;
  Want want;
  Value* chained = nullptr;  // input 0 of a node in the middle of a repeat
  int outputs = 1;
  std::vector<Value*> inputs = {};
  Attributes attributes = {};

  bool listed(int index) const;     // whether the tree says what input `index` is
  bool has_nodes(int index) const;  // and that is, or may be, a node
  Value& input(int index, const Want& wanted);
  // Listed: as the tree says. Else there once in three, where `usual`, or never.
  Value* optional_input(int index, const Want& wanted, bool usual = true);
  // What the conditions say of the attribute, else one of `usual`; set on the node.
  int64_t integer(const std::string& name, const std::vector<int64_t>& usual);
  float real(const std::string& name, const std::vector<float>& usual);
  std::string text(const std::string& name, const std::vector<std::string>& usual);
  std::vector<int64_t> integers(const std::string& name, const std::vector<std::vector<int64_t>>& usual);
  bool has_hint(const std::string& name) const;
  std::vector<double> axes_hint() const;  // axes(node) == […]
  size_t pick(const std::string& what, size_t count) const;
  int64_t dim(const std::string& what) const;  // a small dimension
  int64_t opset() const;
};

std::vector<Dim> dims_of(const Shape& shape);
Shape shape_of(const Value& value);          // throws Infeasible where it is not known
int64_t axis_of(int64_t axis, size_t rank);  // counted from the front; throws Infeasible

// What makes the inputs and attributes of an operator; null: nobody knows it.
using MakeNode = void (*)(Call& call);
MakeNode maker_of(const std::string& op, const std::string& domain);

class Builder {
 public:
  Builder(const Tree& tree, const Hints& hints, Choices& choices);
  Instance build();

  Choices& choices() { return choices_; }
  const Hints& hints() const { return hints_; }
  const Match& bound() const { return bound_; }
  const Graph& graph() const { return instance_.graph; }
  DataType type() const { return instance_.type; }
  int64_t opset() const { return opset_; }
  // The value that stands for this part of the tree; null: an optional input that is left out.
  Value* make(const Tree& tree, const Want& want, const std::string& path);
  // A value that no node of the tree makes.
  Value& leaf(const std::string& key, const Want& want, const std::string& capture = "");
  Value& constant(const std::string& key, const Want& want, const std::string& capture = "");
  bool is_bound(const std::string& capture) const;

 private:
  Value* make_node(const Tree& tree, const Want& want, const std::string& path);
  Value& make_one(const Tree& tree, const Want& want, const std::string& path, int level, int count);
  Value* make_value(const Tree& tree, const Want& want, const std::string& path);
  Value& literal(const Tree& tree, const Want& want, const std::string& key);
  Shape hinted_shape(const std::string& key, const std::string& capture, Shape shape);
  DataType hinted_type(const std::string& key, const std::string& capture, DataType type);
  Node& finish(Call& call, const Tree& tree);
  Value& feed(const std::string& key, const Want& want);
  Node& plain_node(const std::string& op, Value& input);
  void make_outputs();
  void make_leak();
  void open_batch();

  struct Made {
    Node* node;
    const Tree* tree;
    bool root;
  };

  const Tree& tree_;
  const Hints& hints_;
  Choices& choices_;
  Instance instance_;
  Edit edit_;
  Match bound_;
  std::set<std::string> absent_;  // captures of optional parts that were left out
  std::vector<Made> made_;
  std::vector<Value*> roots_;
  int64_t opset_ = 17;
  size_t most_nodes_ = 200;
};

}  // namespace quoin::prove
