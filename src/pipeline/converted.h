#pragma once

#include "quoin/graph.h"
#include "quoin/pattern.h"

namespace quoin {

// As transform() leaves the graph before the first fusion.
Graph converted(const Graph& model, const PatternList& list);

}  // namespace quoin
