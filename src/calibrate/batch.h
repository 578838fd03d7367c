// Models of a fixed batch: several samples make one run.
#pragma once

#include <vector>

#include "quoin/dataset.h"

namespace quoin {

// How many samples (bound to the graph) one run takes: 1, or the fixed leading dimension that all inputs of the model
// share where a sample's is 1. Throws Error(kBadInput) naming the input where they do not agree.
size_t samples_per_run(const Graph& graph, const Sample& sample);

// Samples as one, along the first axis. Throws Error(kBadInput) when shapes differ.
NamedTensors stack_inputs(const std::vector<Sample>& samples);

// Row `index` of `count` along the first axis; views the tensor's memory.
Tensor slice_of(const Tensor& tensor, size_t index, size_t count);

}  // namespace quoin
