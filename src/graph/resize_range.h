// Whether a Resize keeps to the range of what it reads.
#pragma once

#include "quoin/graph.h"

namespace quoin {

// True where what the node gives lies within input 0's range, so that one scale fits both, though it may be none of its
// values: Resize in the modes nearest and linear. The cubic mode overshoots, and a cropping one may give a number of
// its own (extrapolation_value).
bool keeps_range(const Node& resize);

}  // namespace quoin
