#pragma once

#include "rewrite/prove/build.h"

namespace quoin::prove {

// A tensor of `shape` and `type`. `simple`: every element the same, for a graph that is easy to read.
Tensor filled(DataType type, const Shape& shape, Fill fill, uint64_t seed, bool simple);
Tensor with_values(DataType type, const Shape& shape, const std::vector<double>& values);
bool is_real(DataType type);
// Feeds for the graph's inputs; open dimensions are `open`.
NamedTensors feeds_of(const Graph& graph, uint64_t seed, int64_t open);

}  // namespace quoin::prove
