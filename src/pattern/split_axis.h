// How a Reshape takes the last axis of its input apart: [B, S, 3*H*D] -> [B, S, 3, H, D], whatever batch and sequence
// are.
#pragma once

#include <optional>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

// The sizes of the axes that the last axis of `reshape`'s input becomes, where all axes before it stay as they are: by
// known dimensions, by a 0 of the target, or because the target reads them off the shape of the input or of a value
// that the input is computed from without a change of that axis. One leading axis may be left open (-1, or read from
// elsewhere): the number of elements leaves no choice. Nothing where this is not certain, or the last axis is not taken
// apart.
std::optional<std::vector<int64_t>> split_of_last_axis(const Node& reshape);

// Whether `reshape` only joins the last two axes of its input, all before them as they are.
bool joins_last_axes(const Node& reshape);

}  // namespace quoin
