// A tree made ready for matching: names as numbers, the forms that a root can take, the operators wanted at each place.
#pragma once

#include <string>
#include <vector>

#include "quoin/tree.h"

namespace quoin {

struct TreeNode {
  const Tree* tree = nullptr;
  int slot = -1;                 // of its own capture
  std::vector<int> alias_slots;  // captures of the one_of that a root stands for
  int min = 1, max = 1;          // nodes in a row; min 0: a wildcard
  std::vector<TreeNode> inputs;
  int height = 0;  // most nodes from here to its furthest value
};

struct TreeRoot {
  // The forms of the root, one after the other: alternatives in order, longest repeat first, wildcards present before
  // absent.
  std::vector<TreeNode> variants;
  std::vector<int> slots;  // every capture below
};

class CompiledTree {
 public:
  // Points into `tree`, which must outlive it. Throws Error(kUsage) for a tree that cannot be matched: a root that is
  // no operator, or shares no name with the roots before it.
  explicit CompiledTree(const Tree& tree);

  const std::vector<TreeRoot>& roots() const { return roots_; }
  const std::vector<std::string>& names() const { return names_; }

 private:
  TreeNode compile(const Tree& tree, std::vector<int>& slots);
  int slot_of(const std::string& name, std::vector<int>& slots);
  void add_variants(const Tree& tree, const std::vector<int>& aliases, TreeRoot& root);

  std::vector<TreeRoot> roots_;
  std::vector<std::string> names_;
};

// "op in {Relu, Clip}", "is_depthwise", joined with "or": what fits at a place, wildcards looked through.
std::string wanted_at(const TreeNode& place);

}  // namespace quoin
