// Values that are the same whatever the data.
#pragma once

#include <unordered_set>

#include "quoin/graph.h"

namespace quoin {

// What nodes of this graph compute from constants alone: every runtime computes it once, when it loads the model. Not
// the constants themselves; not what is drawn anew in every run; not what a node with a body gives.
std::unordered_set<const Value*> fixed_values(const Graph& graph);

}  // namespace quoin
