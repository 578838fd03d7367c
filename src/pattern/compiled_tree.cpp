#include "pattern/compiled_tree.h"

#include <fmt/format.h>

#include <algorithm>

#include "pattern/tree_captures.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr int64_t kMostGoals = 2500;

void collect_wanted(const TreeNode& place, std::vector<std::string>& ops, std::vector<std::string>& others) {
  const auto add = [](std::vector<std::string>& list, std::string text) {
    if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(std::move(text));
  };
  switch (place.tree->kind) {
    case Tree::Kind::kOneOf:
      for (const TreeNode& alternative : place.inputs) collect_wanted(alternative, ops, others);
      break;
    case Tree::Kind::kNode:
      for (const Tree::Op& op : place.tree->ops) add(ops, op.domain.empty() ? op.name : op.domain + "::" + op.name);
      if (place.tree->predicate) add(others, place.tree->predicate_name);
      if (place.min == 0 && !place.inputs.empty()) collect_wanted(place.inputs.front(), ops, others);
      break;
    case Tree::Kind::kConstant:
      add(others, "a constant");
      break;
    case Tree::Kind::kValue:
    case Tree::Kind::kAny:
      add(others, "a value");
      break;
  }
}

}  // namespace

std::string wanted_at(const TreeNode& place) {
  std::vector<std::string> ops, others;
  collect_wanted(place, ops, others);
  std::string text = ops.empty() ? "" : fmt::format("op in {{{}}}", fmt::join(ops, ", "));
  for (const std::string& other : others) text += (text.empty() ? "" : " or ") + other;
  return text;
}

namespace {

// A goal each on the matcher's stack: the most nodes and values that stand in a match of this part.
int64_t most_goals(const TreeNode& node) {
  int64_t all = 0, first = 0, most = 0;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const int64_t goals = most_goals(node.inputs[i]);
    all += goals;
    most = std::max(most, goals);
    if (i == 0) first = goals;
  }
  if (node.tree->kind == Tree::Kind::kOneOf) return 1 + most;
  // In a repeat the first input is the next node, until the last one.
  return first + node.max * (1 + (all - first)) + 1;
}

}  // namespace

CompiledTree::CompiledTree(const Tree& tree) {
  Tree known = tree;
  known.more_roots.clear();
  const auto add_root = [&](const Tree& root_tree) {
    if (!can_be_root(root_tree)) {
      throw Error(ErrorCode::kUsage, fmt::format("the root of the tree '{}' is no operator", root_tree.to_text()));
    }
    TreeRoot root;
    add_variants(root_tree, {}, root);
    roots_.push_back(std::move(root));
  };
  add_root(tree);
  for (const Tree& root : tree.more_roots) {
    if (!shares_capture(known, root)) {
      throw Error(ErrorCode::kUsage,
                  fmt::format("the root '{}' shares no name with the roots before it", root.to_text()),
                  "give both the same value or node by name");
    }
    known.more_roots.push_back(root);
    add_root(root);
  }
  int64_t goals = 0;
  for (const TreeRoot& root : roots_) {
    int64_t most = 0;
    for (const TreeNode& variant : root.variants) most = std::max(most, most_goals(variant));
    goals += most;
  }
  if (goals > kMostGoals) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("the tree can stand for {} nodes and values, {} are the most", goals, kMostGoals),
                "write shorter repeats, or fewer of them");
  }
}

int CompiledTree::slot_of(const std::string& name, std::vector<int>& slots) {
  if (name.empty()) return -1;
  const auto found = std::find(names_.begin(), names_.end(), name);
  const int slot = static_cast<int>(found - names_.begin());
  if (found == names_.end()) names_.push_back(name);
  if (std::find(slots.begin(), slots.end(), slot) == slots.end()) slots.push_back(slot);
  return slot;
}

TreeNode CompiledTree::compile(const Tree& tree, std::vector<int>& slots) {
  TreeNode node;
  node.tree = &tree;
  int below = 0;
  for (const Tree& input : tree.inputs) {
    node.inputs.push_back(compile(input, slots));
    below = std::max(below, node.inputs.back().height);
  }
  node.slot = slot_of(tree.capture, slots);
  if (tree.kind == Tree::Kind::kNode) {
    node.min = tree.optional ? 0 : tree.min_repeat;
    node.max = tree.max_repeat;
    below += node.max;
  }
  node.height = below;
  return node;
}

void CompiledTree::add_variants(const Tree& tree, const std::vector<int>& aliases, TreeRoot& root) {
  if (tree.kind == Tree::Kind::kOneOf) {
    std::vector<int> inner = aliases;
    const int slot = slot_of(tree.capture, root.slots);
    if (slot >= 0) inner.push_back(slot);
    for (const Tree& alternative : tree.inputs) add_variants(alternative, inner, root);
    return;
  }
  const TreeNode compiled = compile(tree, root.slots);
  for (int count = compiled.max; count >= std::max(compiled.min, 1); --count) {
    TreeNode variant = compiled;
    variant.min = variant.max = count;
    variant.alias_slots = aliases;
    root.variants.push_back(std::move(variant));
  }
  const bool has_inner = compiled.min == 0 && !tree.inputs.empty() && can_be_root(tree.inputs.front());
  if (has_inner) add_variants(tree.inputs.front(), aliases, root);
}

}  // namespace quoin
