// Match and Refusal: what came of trying a pattern at a node.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

class Pattern;

// A pattern found in a graph. Points into the graph, which must not change while the match is in use.
class Match {
 public:
  const Graph* graph = nullptr;
  const Pattern* pattern = nullptr;
  std::vector<const Node*> roots;  // one per root of the tree
  std::vector<const Node*> nodes;  // all claimed nodes, in data order
  std::map<std::string, const Node*, std::less<>> node_captures;
  std::map<std::string, const Value*, std::less<>> value_captures;  // of values that exist
  // Values of inner nodes that may be read outside (may_leak) and are.
  std::vector<const Value*> leaks;

  const Node& operator[](std::string_view capture) const;  // a check of ours when absent
  const Node* find(std::string_view capture) const;        // null when the wildcard was not there
  const Value* find_value(std::string_view capture) const;
  const Node& node(size_t position) const { return *nodes.at(position); }
  const Node& root() const { return *roots.front(); }
};
using Matches = std::vector<Match>;

// Why a pattern does not hold at a node; "no match" as a value.
struct Refusal {
  std::string pattern;
  std::string root;              // label of the node where the pattern was tried
  std::string node;              // label of the node that failed
  std::string condition;         // what was wanted: "op in {Conv}", "conv.group > 1", "no use outside the match"
  std::string actual;            // what was found, with the values read: "conv.group is 1"
  std::string root_op, node_op;  // their op types
  bool is_where = false;         // `condition` is one of the pattern's `where` conditions, as written
  std::string body;          // path of the subgraph of the root (body.h), where whoever looked at several fills it in
  int depth = 0;             // nodes matched before it failed: the nearest miss has the most
  std::string text() const;  // one sentence
};
using Refusals = std::vector<Refusal>;

}  // namespace quoin
