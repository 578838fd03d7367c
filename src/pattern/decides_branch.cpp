#include "pattern/decides_branch.h"

#include <string_view>
#include <unordered_set>
#include <vector>

namespace quoin {
namespace {

// What carries the numbers of a shape on to a condition.
bool carries(const Node& node, int input) {
  static const std::unordered_set<std::string_view> of_all = {
      "Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual", "And",   "Or", "Xor", "Not", "Cast", "Add", "Sub",
      "Mul",   "Div",  "Mod",     "Pow",         "Identity",       "Concat"};
  static const std::unordered_set<std::string_view> of_first = {"Gather", "Slice", "Reshape", "Unsqueeze", "Squeeze"};
  return of_all.contains(node.op()) || (input == 0 && of_first.contains(node.op()));
}

}  // namespace

bool decides_branch(const Node& node) {
  std::vector<const Node*> open = {&node};
  std::unordered_set<const Node*> seen = {&node};
  while (!open.empty()) {
    const Node& one = *open.back();
    open.pop_back();
    for (int i = 0; i < one.output_count(); ++i) {
      const Value& value = one.output(i);
      for (const Use& use : value.uses()) {
        if (use.node->is("If") && use.index == 0) return true;
        if (carries(*use.node, use.index) && seen.insert(use.node).second) open.push_back(use.node);
      }
    }
  }
  return false;
}

}  // namespace quoin
