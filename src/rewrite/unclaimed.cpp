// Why a node that computes is in no unit.
#include <unordered_map>

#include "quoin/transform.h"

namespace quoin {
namespace {

bool computes(const Node& node) { return node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm") || node.is("MatMul"); }

}  // namespace

std::vector<Unclaimed> unclaimed_compute_nodes(const Graph& transformed, const PatternList& list) {
  std::vector<const Node*> nodes;
  for (const Node* node : transformed.nodes()) {
    if (!node->unit() && computes(*node)) nodes.push_back(node);
  }
  if (nodes.empty()) return {};

  // The nearest miss per node: tried at the node, or failed at it; the deepest, of equals the first of the list.
  std::unordered_map<std::string, Refusal> nearest;
  for (const PatternRef& pattern : list.fusions()) {
    Refusals refusals;
    match_tree(transformed, *pattern, {.refusals = &refusals});
    for (const Refusal& refusal : refusals) {
      for (const std::string& label : {refusal.root, refusal.node}) {
        const auto [entry, first] = nearest.emplace(label, refusal);
        if (!first && refusal.depth > entry->second.depth) entry->second = refusal;
      }
    }
  }
  std::vector<Unclaimed> unclaimed;
  for (const Node* node : nodes) {
    const auto miss = nearest.find(node->label());
    unclaimed.push_back({node->label(), node->op(),
                         miss == nearest.end() ? "no fusion of the list looks at " + node->op() : miss->second.text()});
  }
  return unclaimed;
}

}  // namespace quoin
