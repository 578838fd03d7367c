// Whether an If takes its branch by what a node gives.
#pragma once

#include "quoin/graph.h"

namespace quoin {

// True where the node's outputs reach an If's condition through comparisons, logic and shape arithmetic. With a
// condition that is constant, ONNX Runtime puts the branch in the If's place, and its shape inference then refuses
// nodes behind it that it took before: a Range whose bound is a constant of shape [1], as the body of ONNX's AffineGrid
// has it.
bool decides_branch(const Node& node);

}  // namespace quoin
