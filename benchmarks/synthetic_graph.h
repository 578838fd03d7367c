// Large models as exporters write them, made up: for measuring how the time of a pass grows with the model.
#pragma once

#include <cstddef>

#include "quoin/graph.h"

namespace quoin::benchmarks {

// At least `nodes` nodes (the last block is finished): residual blocks of convolutions with BatchNormalization,
// transformer blocks with LayerNorm written out and as one operator, the shape arithmetic of reshapes and attention,
// and blocks of MatMul, Add and Erf, in turn. Weights are small and the same on every machine; all shapes are known.
Graph synthetic_graph(size_t nodes);

}  // namespace quoin::benchmarks
