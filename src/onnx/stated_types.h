// What a file says of its constants, against what they are.
#pragma once

#include <string>

#include "quoin/graph.h"

namespace quoin {

// Throws Error(kBadInput) where the model states another type or shape for a constant than its tensor has.
void refuse_wrong_types(const Graph& model, const std::string& where);

}  // namespace quoin
