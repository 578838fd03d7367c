#include "pipeline/near_misses.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>

#include "pattern/describe.h"
#include "rewrite/splice.h"

namespace quoin {
namespace {

constexpr int kMostHops = 64;  // from a node to a pattern's root; no pattern in use is as deep

bool op_is(const Tree& part, const Node& node) {
  if (part.kind != Tree::Kind::kNode) return false;
  if (part.ops.empty()) return part.predicate && part.predicate(node);
  return std::any_of(part.ops.begin(), part.ops.end(),
                     [&](const Tree::Op& op) { return op.name == node.op() && op.domain == node.domain(); });
}

// Nodes on the longest way from a leaf to the root.
int height(const Tree& tree) {
  int below = 0;
  for (const Tree& input : tree.inputs) below = std::max(below, height(input));
  const int own = tree.kind == Tree::Kind::kNode ? std::min(tree.max_repeat, kMostHops) : 0;
  return std::min(below + own, kMostHops);
}

// The ops that a whole match can end with; false where that is up to a predicate.
bool list_root_ops(const Tree& tree, std::vector<std::string>& ops) {
  if (tree.kind == Tree::Kind::kOneOf) {
    return std::all_of(tree.inputs.begin(), tree.inputs.end(),
                       [&](const Tree& one) { return list_root_ops(one, ops); });
  }
  if (tree.kind != Tree::Kind::kNode || tree.ops.empty()) return false;
  for (const Tree::Op& op : tree.ops) {
    std::string name = op.domain.empty() ? op.name : op.domain + "::" + op.name;
    if (std::find(ops.begin(), ops.end(), name) == ops.end()) ops.push_back(std::move(name));
  }
  const bool may_be_absent = tree.optional || tree.min_repeat == 0;
  return !may_be_absent || tree.inputs.empty() || list_root_ops(tree.inputs.front(), ops);
}

// The nodes themselves and those behind them, with how far they are.
std::unordered_map<std::string, int> downstream(const std::vector<const Node*>& nodes, int most_hops) {
  std::unordered_map<std::string, int> hops;
  std::vector<const Node*> level = nodes;
  for (const Node* node : nodes) hops.emplace(node->label(), 0);
  for (int hop = 1; hop <= most_hops && !level.empty(); ++hop) {
    std::vector<const Node*> next;
    for (const Node* node : level) {
      for (int i = 0; i < node->output_count(); ++i) {
        if (!node->output(i).exists()) continue;
        for (const Use& use : node->output(i).uses()) {
          if (hops.emplace(use.node->label(), hop).second) next.push_back(use.node);
        }
      }
    }
    level = std::move(next);
  }
  return hops;
}

std::string readers_of(const Node& node) {
  std::vector<std::string> readers;
  bool is_output = false;
  for (int i = 0; i < node.output_count(); ++i) {
    if (!node.output(i).exists()) continue;
    is_output = is_output || node.output(i).is_graph_output();
    for (const Use& use : node.output(i).uses()) readers.push_back(describe(*use.node));
  }
  if (readers.empty()) return is_output ? "its result is a graph output" : "nothing reads it";
  constexpr size_t kMostShown = 3;
  const size_t more = readers.size() - std::min(readers.size(), kMostShown);
  readers.resize(readers.size() - more);
  std::string text = fmt::format("it is read by {}", fmt::join(readers, ", "));
  if (more > 0) text += fmt::format(" and {} more", more);
  return text;
}

Refusal refusal_at(const Pattern& pattern, const Node& node, std::string condition, std::string actual) {
  Refusal refusal;
  refusal.pattern = pattern.name();
  refusal.root = refusal.node = node.label();
  refusal.root_op = refusal.node_op = full_op(node);
  refusal.condition = std::move(condition);
  refusal.actual = std::move(actual);
  return refusal;
}

}  // namespace

bool looks_at(const Tree& tree, const Node& node) {
  const auto part_looks = [&](const Tree& part) { return looks_at(part, node); };
  return op_is(tree, node) || std::any_of(tree.inputs.begin(), tree.inputs.end(), part_looks) ||
         std::any_of(tree.more_roots.begin(), tree.more_roots.end(), part_looks);
}

std::optional<Refusal> nearest_miss(const Graph& graph, const Pattern& pattern, const std::vector<const Node*>& nodes) {
  const Tree tree = pattern.tree();
  const auto seen = std::find_if(nodes.begin(), nodes.end(), [&](const Node* node) { return looks_at(tree, *node); });
  if (seen == nodes.end()) return std::nullopt;
  Refusals refusals;
  for (const Match& match : match_tree(graph, pattern, {.refusals = &refusals})) {
    const bool holds = std::any_of(nodes.begin(), nodes.end(), [&](const Node* node) {
      return std::find(match.nodes.begin(), match.nodes.end(), node) != match.nodes.end();
    });
    if (holds) return std::nullopt;
  }
  const auto hops = downstream(nodes, height(tree));
  const Refusal* nearest = nullptr;
  int nearest_hops = 0;
  for (const Refusal& refusal : refusals) {
    const auto root = hops.find(refusal.root), node = hops.find(refusal.node);
    const bool failed_here = node != hops.end() && node->second == 0;
    if (!failed_here && (root == hops.end() || node == hops.end())) continue;
    const int far = root == hops.end() ? 0 : root->second;
    if (nearest && std::pair(refusal.depth, -far) <= std::pair(nearest->depth, -nearest_hops)) continue;
    nearest = &refusal;
    nearest_hops = far;
  }
  if (nearest) return *nearest;
  std::vector<std::string> ops;
  const bool listed = list_root_ops(tree, ops);
  return refusal_at(pattern, **seen,
                    listed ? fmt::format("{} behind it", fmt::join(ops, " or ")) : "the pattern's last node behind it",
                    readers_of(**seen));
}

std::optional<Refusal> refused_match(const Graph& graph, const Pattern& pattern, const Match& match) {
  const std::string reason = refuse_splice(graph, match, pattern.replace(match));
  if (reason.empty()) return std::nullopt;
  Refusal refusal = refusal_at(pattern, match.root(), "graph outputs that keep name, type and shape", reason);
  refusal.depth = static_cast<int>(match.nodes.size());
  return refusal;
}

void sort_nearest_first(Refusals& refusals) {
  std::stable_sort(refusals.begin(), refusals.end(),
                   [](const Refusal& a, const Refusal& b) { return a.depth > b.depth; });
}

}  // namespace quoin
