// The value of a node of shape arithmetic (Shape, Gather, Concat, Mod, …) where it does not depend on the data.
#pragma once

#include <optional>

#include "quoin/graph.h"

namespace quoin {

// Nothing where the op is none of those known here, an input is not constant, a dimension that Shape asks for is open,
// or the result has more than 64 elements: exporters compute shapes and a scale or two this way, never weights.
std::optional<Tensor> fold_constant(const Node& node);

}  // namespace quoin
