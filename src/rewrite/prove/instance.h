// A graph made to hold a pattern's tree, and what is known of it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "quoin/graph.h"
#include "rewrite/prove/choices.h"

namespace quoin::prove {

// This graph cannot be made so: it is retried with other choices.
struct Infeasible {
  std::string why;
};
// No graph can be made, whatever the choices.
struct Unprovable {
  std::string why;
};

struct Instance {
  Graph graph;
  std::string root;             // label of the first root
  std::set<std::string> nodes;  // labels of the nodes that stand for the tree
  std::string leak;             // label of an inner node that is read outside; empty: none
  bool opaque = false;          // an operator that ONNX does not define
  DataType type = DataType::kFloat;
  ChoiceMap choices;
};

}  // namespace quoin::prove
