// The run that decides what is delivered: all files in turn, from new sessions several times.
#pragma once

#include <string>
#include <vector>

#include "quoin/measure.h"

namespace quoin {

// Milliseconds of every round, per model. Sessions of one file differ by where their memory lies: all are opened anew
// several times.
std::vector<std::vector<double>> last_run(const Engine& engine, const std::vector<BenchModel>& models,
                                          const NamedTensors& feeds, int threads);

// What it takes for so many models that need that long for one round each, and to be opened.
double last_run_seconds(size_t models, double run_seconds, double open_seconds);

}  // namespace quoin
