// What a file says of its values, against what they are.
#pragma once

#include <string>

#include "quoin/graph.h"

namespace quoin {

// Throws Error(kBadInput) where the model states another type or shape for a constant than its tensor has.
void refuse_wrong_types(const Graph& model, const std::string& where);

// Takes from inner values the sizes that ONNX's inference, which wrote them into the file, counts one too large behind
// a pool with ceil_mode (bounded_registry.h), and all that follows from them. True where there were any: to be inferred
// again.
bool drop_false_pool_sizes(Graph& model);

}  // namespace quoin
