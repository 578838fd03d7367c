// Bodies: the graphs inside nodes (If, Loop, Scan), at any depth, each with a path that names it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

// A graph of a model. The path of the main graph is empty; that of a body names the nodes around it and their
// attributes: "loop1.body/if2.then_branch", "op.graphs[0]".
struct Body {
  std::string path;
  Graph* graph = nullptr;
};
struct ConstBody {
  std::string path;
  const Graph* graph = nullptr;
};

// The main graph, then each body behind the graph that it is in, in the order of their nodes and attributes.
std::vector<Body> bodies(Graph& model);
std::vector<ConstBody> bodies(const Graph& model);
// The bodies of the graph's own nodes only; `path` is the graph's.
std::vector<Body> inner_bodies(Graph& graph, std::string_view path);

// The graph that is in no other.
const Graph& main_graph(const Graph& graph);

}  // namespace quoin
