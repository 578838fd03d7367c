// Times and their statistics, shared by bench and tune.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "quoin/measure.h"

namespace quoin {

// Between neighbours by linear interpolation; `values` not empty.
double quantile(std::vector<double> values, double q);

// Confidence interval of the median: the values of rank n/2 -+ z sqrt(n)/2, the normal approximation of the binomial
// distribution of how many values lie below the median. All values where there are too few. z = 1.96: 95 %.
std::pair<double, double> median_interval(std::vector<double> values, double z = 1.96);

// Milliseconds of one run. By the engine's own clock where it has one: then `own` is set.
double time_once(const Session& session, const NamedTensors& feeds, bool& own);

// Milliseconds per model and round: bench's measuring. Throws as it does.
std::vector<std::vector<double>> interleaved(const Engine& engine, const std::vector<BenchModel>& models,
                                             const NamedTensors& feeds, const BenchOptions& options);
// Of one model's rounds, against the first model's. Neither is empty.
Latency summarize(const std::string& name, const std::vector<double>& times, const std::vector<double>& first,
                  size_t bytes);

}  // namespace quoin
