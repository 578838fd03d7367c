// ONNX Runtime's profile (Chrome's trace format) as kernels.
#pragma once

#include <istream>
#include <vector>

#include "quoin/engine.h"

namespace quoin::ort {

// The kernels in execution order, each with the median of its microseconds over all runs but the first `warm_ups`.
// A node that ran several times in one run (in a Loop) counts with their sum; a node with a subgraph includes its body.
// Throws Error(kCheckFailed) for a profile that cannot be read.
std::vector<Kernel> read_profile(std::istream& profile, int warm_ups);

}  // namespace quoin::ort
