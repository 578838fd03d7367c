#include "quoin/tree.h"

#include <algorithm>
#include <unordered_set>

#include "quoin/error.h"

namespace quoin {
namespace {

Tree::Op split_domain(std::string_view op) {
  const size_t colons = op.rfind("::");
  if (colons == std::string_view::npos) return {std::string(op), ""};
  const std::string_view domain = op.substr(0, colons);
  return {std::string(op.substr(colons + 2)), domain == "ai.onnx" ? "" : std::string(domain)};
}

// `first` becomes the first input of `tree`; of a one_of, of each alternative.
Tree fed_by(Tree tree, const Tree& first) {
  if (tree.kind == Tree::Kind::kOneOf) {
    for (Tree& alternative : tree.inputs) alternative = fed_by(std::move(alternative), first);
    return tree;
  }
  if (tree.kind != Tree::Kind::kNode) {
    throw Error(ErrorCode::kUsage, "a value in the middle of a chain has no inputs", "put values in front only");
  }
  tree.inputs.insert(tree.inputs.begin(), first);
  return tree;
}

void collect_captures(const Tree& tree, std::vector<std::string>& names, std::unordered_set<std::string>& seen) {
  for (const Tree& input : tree.inputs) collect_captures(input, names, seen);
  if (!tree.capture.empty() && seen.insert(tree.capture).second) names.push_back(tree.capture);
  for (const Tree& root : tree.more_roots) collect_captures(root, names, seen);
}

}  // namespace

Tree Tree::as(std::string name) const {
  Tree changed = *this;
  changed.capture = std::move(name);
  return changed;
}

Tree Tree::may_leak() const {
  Tree changed = *this;
  changed.leaks = true;
  return changed;
}

Tree Tree::from_output(int index) const {
  Tree changed = *this;
  changed.output = index;
  return changed;
}

Tree Tree::with_inputs(std::vector<Tree> trees) const {
  Tree changed = *this;
  changed.inputs = std::move(trees);
  return changed;
}

std::vector<std::string> Tree::captures() const {
  std::vector<std::string> names;
  std::unordered_set<std::string> seen;
  collect_captures(*this, names, seen);
  return names;
}

Tree node(std::string_view op) { return node({op}); }

Tree node(std::initializer_list<std::string_view> ops) {
  Tree tree;
  tree.kind = Tree::Kind::kNode;
  for (const std::string_view op : ops) tree.ops.push_back(split_domain(op));
  return tree;
}

Tree node(NodePredicate predicate, std::string name) {
  Tree tree;
  tree.kind = Tree::Kind::kNode;
  tree.predicate = std::move(predicate);
  tree.predicate_name = std::move(name);
  return tree;
}

Tree wildcard(std::string_view op) { return wildcard({op}); }

Tree wildcard(std::initializer_list<std::string_view> ops) {
  Tree tree = node(ops);
  tree.optional = true;
  return tree;
}

Tree one_of(std::vector<Tree> alternatives) {
  if (alternatives.empty()) throw Error(ErrorCode::kUsage, "one_of has no alternatives");
  Tree tree;
  tree.kind = Tree::Kind::kOneOf;
  tree.inputs = std::move(alternatives);
  return tree;
}

Tree repeat(Tree node_tree, int min, int max) {
  if (node_tree.kind != Tree::Kind::kNode) throw Error(ErrorCode::kUsage, "only a node can be repeated");
  if (min < 0 || max < 1 || max < min || max > 1000) {
    throw Error(ErrorCode::kUsage, "repeat bounds are " + std::to_string(min) + " and " + std::to_string(max),
                "give 0 <= min <= max <= 1000, max at least 1");
  }
  node_tree.min_repeat = node_tree.optional ? 0 : min;
  node_tree.max_repeat = max;
  node_tree.optional = false;
  if (node_tree.min_repeat == 0 && max == 1) {
    node_tree.optional = true;
    node_tree.min_repeat = 1;
  }
  return node_tree;
}

Tree value(std::string name) {
  Tree tree;
  tree.kind = Tree::Kind::kValue;
  tree.capture = std::move(name);
  return tree;
}

Tree optional_value(std::string name) {
  Tree tree = value(std::move(name));
  tree.optional = true;
  return tree;
}

Tree constant(std::string name) {
  Tree tree;
  tree.kind = Tree::Kind::kConstant;
  tree.capture = std::move(name);
  return tree;
}

Tree scalar(double wanted) {
  Tree tree = constant();
  tree.literal = {wanted};
  tree.literal_is_scalar = true;
  return tree;
}

Tree any() { return {}; }

Tree chain(std::vector<Tree> data_order) {
  if (data_order.empty()) throw Error(ErrorCode::kUsage, "a chain has no nodes");
  Tree tree = std::move(data_order.front());
  for (size_t i = 1; i < data_order.size(); ++i) tree = fed_by(std::move(data_order[i]), tree);
  return tree;
}

}  // namespace quoin
