#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <mutex>

#include "base/run_record.h"
#include "base/thread_pool.h"
#include "calibrate/float_values.h"
#include "calibrate/watch.h"
#include "quoin/error.h"
#include "quoin/ranges.h"

namespace quoin {
namespace {

// Statistics of all threads together stay below this, or threads share tables.
constexpr size_t kMostStatisticsBytes = size_t{2} << 30;

// The statistics of one tensor, added to by one thread at a time. All of it is exact, so who adds what is all the same.
struct Cell {
  std::mutex mutex;
  TensorStats stats;
};

class Collector {
 public:
  Collector(const WatchedModel& model, const CollectOptions& options) : model_(model), options_(options) {
    const size_t tensors = model.names().size();
    threads_ = static_cast<int>(
        std::min<size_t>(static_cast<size_t>(worker_count(options.threads)), std::max<size_t>(model.run_count(), 1)));
    const size_t table_bytes = Histogram::kBuckets * sizeof(uint64_t);
    const size_t tables = tensors - std::min(tensors, options.extremes_only.size());
    const size_t most = std::max<size_t>(1, kMostStatisticsBytes / table_bytes / std::max<size_t>(tables, 1));
    const size_t sets = std::min(static_cast<size_t>(threads_), most);
    for (size_t set = 0; set < sets; ++set) cells_.emplace_back(tensors);
  }

  Ranges collect() {
    parallel_for(model_.run_count(), threads_, [this](size_t run, int worker) {
      run_once(run, cells_[static_cast<size_t>(worker) % cells_.size()]);
    });
    Ranges ranges;
    for (size_t tensor = 0; tensor < model_.names().size(); ++tensor) {
      const std::string& name = model_.names()[tensor];
      TensorStats& stats = ranges.tensors[name];
      for (auto& set : cells_) with_name(name, [&] { stats.merge(set[tensor].stats); });
    }
    return ranges;
  }

 private:
  // Says which value an error of the statistics is about.
  template <typename Work>
  static void with_name(const std::string& name, const Work& work) {
    try {
      work();
    } catch (const Error& error) {
      throw Error(error.code(), fmt::format("value '{}': {}", name, error.message()), error.remedy(), name);
    }
  }

  void run_once(size_t run, std::vector<Cell>& cells) {
    const auto values = model_.read(run);
    for (size_t tensor = 0; tensor < values.size(); ++tensor) {
      for (const Tensor& sample : values[tensor]) add_sample(cells[tensor], model_.names()[tensor], sample);
    }
    if (!options_.progress) return;
    const std::lock_guard lock(progress_mutex_);
    done_ += model_.samples_in(run);
    options_.progress(done_, model_.sample_count());
  }

  void add_sample(Cell& cell, const std::string& name, const Tensor& tensor) const {
    const FloatValues floats(tensor);
    const std::lock_guard lock(cell.mutex);
    if (options_.extremes_only.contains(name)) return cell.stats.add_extremes(floats.get());
    const auto axis = options_.channel_axes.find(name);
    with_name(name, [&] {
      cell.stats.add_sample(floats.get(), tensor.shape(),
                            axis == options_.channel_axes.end() ? std::nullopt : std::optional(axis->second));
    });
  }

  const WatchedModel& model_;
  const CollectOptions& options_;
  int threads_ = 1;
  std::deque<std::vector<Cell>> cells_;
  std::mutex progress_mutex_;
  size_t done_ = 0;
};

}  // namespace

Ranges collect_ranges(const Graph& graph, const std::vector<std::string>& values, const Engine& engine,
                      const Dataset& data, const CollectOptions& options) {
  FalseShapes ignored;
  return collect_ranges(graph, values, engine, data, options, ignored);
}

Ranges collect_ranges(const Graph& graph, const std::vector<std::string>& values, const Engine& engine,
                      const Dataset& data, const CollectOptions& options, FalseShapes& false_shapes) {
  const Phase phase("calibrating on " + data.origin());
  const WatchedModel model(graph, values, engine, data);
  Ranges ranges = Collector(model, options).collect();
  false_shapes = model.false_shapes();
  return ranges;
}

}  // namespace quoin
