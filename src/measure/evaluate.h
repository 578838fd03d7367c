// Several models over the same data, each sample's outputs compared and dropped at once.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "calibrate/open_graph.h"
#include "quoin/measure.h"

namespace quoin {

// The samples of one run, stacked where the model takes several; the last run is filled up with samples that it has.
struct RunFeeds {
  NamedTensors feeds;
  std::vector<std::optional<int64_t>> labels;  // of the samples that count
};
// How many samples one run takes, and the feeds of run `index`. `bound` is bound to the graph.
size_t run_size(const Graph& graph, const Dataset& bound);
RunFeeds run_feeds(const Dataset& bound, size_t per_run, size_t index);
// Sample `index` of a run's output; the whole of it where its first axis does not count the samples.
Tensor sample_of(const Tensor& output, size_t per_run, size_t index);

// 0 threads: all cores.
int thread_count(int threads);

// Runs every session over the data, which is bound to `graph`, and scores each against the first. Result: one Accuracy
// per session. A metric that is a command is run once for each. Throws Error(kBadInput) when the sessions do not have
// the same outputs, and where the command fails.
std::vector<Accuracy> evaluate(const Graph& graph, const std::vector<const Session*>& sessions, const Dataset& bound,
                               int threads, const std::function<void(size_t done, size_t total)>& progress,
                               const Metric& metric = {});

}  // namespace quoin
