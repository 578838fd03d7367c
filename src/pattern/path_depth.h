// Length of the longest path from the graph's inputs to a value, in nodes.
#pragma once

#include <unordered_map>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

class PathDepth {
 public:
  // `nodes` in topological order; must outlive this.
  explicit PathDepth(const std::vector<const Node*>& nodes) : nodes_(nodes) {}
  // 0 for a graph input, -1 for what no input reaches. The first call goes through the whole graph, once.
  int of(const Value& value);

 private:
  const std::vector<const Node*>& nodes_;
  std::unordered_map<const Node*, int> depth_of_node_;
};

}  // namespace quoin
