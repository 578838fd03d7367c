#pragma once

#include "quoin/graph.h"

namespace quoin {

// Throws Error(kBadInput) naming the first node, subgraphs included, that quantizes, dequantizes or computes on
// quantized numbers.
void refuse_quantized(const Graph& graph);

}  // namespace quoin
