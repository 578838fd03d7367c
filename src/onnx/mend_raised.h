// What ONNX's opset converter loses when it raises a model, put back (tests/onnx/raise_test.cpp tries every operator
// whose meaning or form changed).
#pragma once

#include <vector>

#include "quoin/graph.h"

namespace quoin {

// Spells out in the model's own opset what the converter would hand on as if nothing had changed. Throws
// Error(kBadInput) for what no later opset can say.
void prepare_raising(Graph& graph, int64_t version);

// The opsets at which raising from `from` to `to` has to halt for mend_raised, ascending; often none.
std::vector<int64_t> raising_halts(const Graph& graph, int64_t from, int64_t to);

// Puts back what the step that ended at opset `reached` lost.
void mend_raised(Graph& graph, int64_t reached);

}  // namespace quoin
