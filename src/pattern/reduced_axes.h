// The axes of a reduction or squeeze, attribute or second input.
#pragma once

#include <optional>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

// How many axes a reduction takes, where they are the last ones of its input without a gap; nothing where they are not,
// or are not known.
std::optional<int64_t> count_of_last_axes(const Node& reduction);

// Whether a constant has just the shape of the last axes that a reduction takes, with further axes of 1 before it or
// not.
bool spans(const Tensor& constant, const Node& reduction);

}  // namespace quoin
