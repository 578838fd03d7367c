// What every engine checks before it runs: that the feeds are what the model takes.
#pragma once

#include <string>
#include <vector>

#include "quoin/engine.h"

namespace quoin {

// "float[?,3,32,32]": a port or a tensor in messages; "?" for a dimension that is not fixed.
std::string describe(DataType type, const std::vector<int64_t>& dims);

// The feeds in the order of `inputs`. The pointers live as long as `feeds`.
// Throws Error(kBadInput) for an unknown, missing or repeated name, a wrong type or a wrong shape.
// A port without dimensions takes any shape: engines do not tell a scalar from a shape that the model leaves out.
std::vector<const Tensor*> order_feeds(const std::vector<PortInfo>& inputs, const NamedTensors& feeds);

// Throws Error(kUsage) for fewer than one thread, Error(kBadInput) for more than the system gives.
void check_options(const SessionOptions& options);
// Throws Error(kUsage) for fewer than one profiled run.
void check_runs(int runs);

}  // namespace quoin
