// What matching asks of a whole graph, gathered once for many patterns: nodes by operator, lengths of paths.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

// Of one state of a graph; of no use once nodes come, go or read something else. For one thread.
class GraphIndex {
 public:
  explicit GraphIndex(const Graph& graph);

  const Graph& graph() const { return graph_; }
  // In the graph's order.
  const std::vector<const Node*>& nodes() const { return nodes_; }
  const std::vector<const Node*>& of_op(std::string_view op, std::string_view domain) const;
  // Length of the longest path from the graph's inputs to a value, in nodes: 0 for a graph input, -1 for what no input
  // reaches. The first call goes through the whole graph.
  int depth(const Value& value) const;

 private:
  int known_depth(const Value& value) const;

  const Graph& graph_;
  const std::vector<const Node*> nodes_;
  std::unordered_map<std::string, std::vector<const Node*>> by_op_;  // by domain and op
  mutable std::vector<int> depths_;                                  // by the nodes' order
};

// While one lives, match_tree() of its graph on this thread uses the index instead of making one; the innermost wins.
class IndexScope {
 public:
  explicit IndexScope(const GraphIndex& index);
  ~IndexScope();
  IndexScope(const IndexScope&) = delete;
  IndexScope& operator=(const IndexScope&) = delete;

 private:
  const GraphIndex* previous_;
};

// Of the innermost scope, if that is for this graph; else null.
const GraphIndex* index_in_scope(const Graph& graph);

}  // namespace quoin
