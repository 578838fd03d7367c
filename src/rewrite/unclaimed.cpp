// Why a node that computes is in no unit.
#include <algorithm>
#include <unordered_map>

#include "pattern/graph_index.h"
#include "pattern/search_budget.h"
#include "quoin/body.h"
#include "quoin/transform.h"

namespace quoin {
namespace {

bool computes(const Node& node) {
  return node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm") || node.is("MatMul");
}

bool names_op(const Tree& tree, const std::string& op) {
  const auto in_part = [&](const Tree& part) { return names_op(part, op); };
  return std::any_of(tree.ops.begin(), tree.ops.end(), [&](const Tree::Op& one) { return one.name == op; }) ||
         std::any_of(tree.inputs.begin(), tree.inputs.end(), in_part) ||
         std::any_of(tree.more_roots.begin(), tree.more_roots.end(), in_part);
}

// A near miss at a node: of a pattern that could have claimed it, and how much of it matched.
struct Miss {
  bool could_claim;
  Refusal refusal;
  bool nearer_than(const Miss& other) const {
    return std::pair(could_claim, refusal.depth) > std::pair(other.could_claim, other.refusal.depth);
  }
};

void add_unclaimed(const Graph& transformed, const std::string& path, const PatternList& list,
                   std::vector<Unclaimed>& unclaimed) {
  std::vector<const Node*> nodes;
  for (const Node* node : transformed.nodes()) {
    if (!node->unit() && computes(*node)) nodes.push_back(node);
  }
  if (nodes.empty()) return;

  // The nearest miss per node, of those tried at the node or failed at it; of equals the first of the list.
  std::unordered_map<std::string, const Node*> wanted;
  for (const Node* node : nodes) wanted.emplace(node->label(), node);
  std::unordered_map<std::string, Miss> nearest;
  const GraphIndex index(transformed);
  const IndexScope scope(index);
  for (const PatternRef& pattern : list.fusions()) {
    const Tree tree = pattern->tree();
    Refusals refusals;
    match_tree(transformed, *pattern, {.refusals = &refusals});
    for (const Refusal& refusal : refusals) {
      for (const std::string& label : {refusal.root, refusal.node}) {
        const auto node = wanted.find(label);
        if (node == wanted.end()) continue;
        const Miss miss{names_op(tree, node->second->op()), refusal};
        const auto [entry, first] = nearest.emplace(label, miss);
        if (!first && miss.nearer_than(entry->second)) entry->second = miss;
      }
    }
  }
  for (const Node* node : nodes) {
    const auto miss = nearest.find(node->label());
    unclaimed.push_back(
        {node->label(), node->op(),
         miss == nearest.end() ? "no fusion of the list looks at " + node->op() : miss->second.refusal.text(), path});
  }
}

}  // namespace

std::vector<Unclaimed> unclaimed_compute_nodes(const Graph& transformed, const PatternList& list) {
  const SearchBudget budget(transformed.node_count());
  std::vector<Unclaimed> unclaimed;
  for (const ConstBody& body : bodies(transformed)) add_unclaimed(*body.graph, body.path, list, unclaimed);
  return unclaimed;
}

}  // namespace quoin
