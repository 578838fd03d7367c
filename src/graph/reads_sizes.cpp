#include "graph/reads_sizes.h"

namespace quoin {

bool reads_sizes(const Graph& graph) {
  for (const Node* node : graph.nodes()) {
    for (const char* op : {"Shape", "Size", "LSTM", "GRU", "RNN"}) {
      if (node->is(op)) return true;
    }
    for (const Graph* subgraph : node->subgraphs()) {
      if (reads_sizes(*subgraph)) return true;
    }
  }
  return false;
}

bool has_open_size(const Value& value) {
  for (int axis = 0; axis < value.rank(); ++axis) {
    if (value.dim(axis) < 0) return true;
  }
  return value.rank() < 0;
}

}  // namespace quoin
