#include "quoin/stream_values.h"

#include <algorithm>

#include "base/thread_pool.h"
#include "calibrate/watch.h"

namespace quoin {
namespace {

// Runs of a block: enough to keep some cores busy, few enough to be held in memory.
constexpr size_t kRunsPerBlock = 8;

}  // namespace

void stream_values(const Graph& graph, const std::vector<std::string>& values, const Engine& engine,
                   const Dataset& data, int threads,
                   const std::function<void(size_t first_sample, const ValueBlock& block)>& visit,
                   OptimizationLevel level) {
  const WatchedModel model(graph, values, engine, data, level);
  const int workers = worker_count(threads);
  size_t sample = 0;
  for (size_t first = 0; first < model.run_count(); first += kRunsPerBlock) {
    std::vector<std::vector<std::vector<Tensor>>> runs(std::min(kRunsPerBlock, model.run_count() - first));
    parallel_for(runs.size(), workers, [&](size_t run, int) { runs[run] = model.read(first + run); });
    ValueBlock block;
    for (size_t value = 0; value < model.names().size(); ++value) {
      std::vector<Tensor>& tensors = block[model.names()[value]];
      for (auto& run : runs) std::move(run[value].begin(), run[value].end(), std::back_inserter(tensors));
    }
    visit(sample, block);
    for (size_t run = 0; run < runs.size(); ++run) sample += model.samples_in(first + run);
  }
}

}  // namespace quoin
