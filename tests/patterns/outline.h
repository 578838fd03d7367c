// A graph with its units as lines of text, for golden files.
#pragma once

#include <string>

#include "quoin/graph.h"
#include "quoin/transform.h"

namespace quoin::testing {

// One line per node, `y = Conv[group=2](x, w:float[4,1,3,3])`, and one per unit with its nodes and Q/DQ points.
std::string outline(const Graph& graph, const MatchReport& report);

}  // namespace quoin::testing
