// Inner values of a model, streamed: for steps that need the values themselves and not their statistics.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "quoin/dataset.h"
#include "quoin/engine.h"
#include "quoin/graph.h"

namespace quoin {

// By value name: one tensor per sample of the block.
using ValueBlock = std::map<std::string, std::vector<Tensor>, std::less<>>;

// Runs every sample once, samples in parallel (`threads` of them, each run on one thread; 0: all cores), and hands the
// named values to `visit` block by block, in the order of the samples, from the calling thread. Blocks do not depend on
// the number of threads, so neither does what a visitor adds up in order. Memory does not grow with the number of
// samples. `level`: how far the engine may optimize; kBasic computes Q/DQ in float. Throws Error(kBadInput) naming a
// value that the model does not have, that is an initializer or not floating-point.
void stream_values(const Graph& graph, const std::vector<std::string>& values, const Engine& engine,
                   const Dataset& data, int threads,
                   const std::function<void(size_t first_sample, const ValueBlock& block)>& visit,
                   OptimizationLevel level = OptimizationLevel::kFull);

}  // namespace quoin
