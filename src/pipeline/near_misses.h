// Why patterns do not hold at one node.
#pragma once

#include <optional>
#include <vector>

#include "quoin/match.h"
#include "quoin/pattern.h"

namespace quoin {

// True where some part of the pattern's tree can be this node by its op.
bool looks_at(const Tree& tree, const Node& node);

// The nearest miss of `pattern` that has to do with one of `nodes`: tried there, failed there, or on the way from there
// to the pattern's root. A pattern that was tried nowhere near is told so: nothing behind the node is what the pattern
// ends with. Empty: the pattern holds there, or looks at other ops only.
std::optional<Refusal> nearest_miss(const Graph& graph, const Pattern& pattern, const std::vector<const Node*>& nodes);

// A match that holds but may not be applied: a graph output would not keep its name, type and shape. Empty: it may.
std::optional<Refusal> refused_match(const Graph& graph, const Pattern& pattern, const Match& match);

// Nearest first; of equals the earlier one.
void sort_nearest_first(Refusals& refusals);

}  // namespace quoin
