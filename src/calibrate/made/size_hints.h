// Sizes that a model's own constants speak of.
#pragma once

#include <cstdint>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

// Dimensions of constants and elements of constant shapes, and what these are before the strides of the model's windows
// (a table of 196 positions behind patches of 16 speaks of 224), smallest first; at most 64.
std::vector<int64_t> size_hints(const Graph& graph);

}  // namespace quoin
