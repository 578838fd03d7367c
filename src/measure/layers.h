// Where in a network the error is: SQNR at every value that two models share.
#pragma once

#include <functional>
#include <vector>

#include "quoin/measure.h"

namespace quoin {

// Values that nodes of both graphs make under one name, float, in `model`'s order; their SQNR over the data (bound to
// `reference`), both models at basic optimization. Worst first, equal ones in `model`'s order.
std::vector<LayerError> layer_errors(const Engine& engine, const Graph& reference, const Graph& model,
                                     const Dataset& bound, int threads,
                                     const std::function<void(size_t done, size_t total)>& progress);

}  // namespace quoin
