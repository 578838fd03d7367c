#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/thread_pool.h"
#include "calibrate/batch.h"
#include "quoin/edit.h"
#include "quoin/error.h"
#include "quoin/model_io.h"
#include "quoin/ranges.h"

namespace quoin {
namespace {

// Statistics of all threads together stay below this, or threads share tables.
constexpr size_t kMostStatisticsBytes = size_t{2} << 30;
constexpr size_t kMostSerializedBytes = size_t{1900} << 20;  // protobuf's limit is 2 GiB

bool is_float_type(DataType type) {
  return type == DataType::kFloat || type == DataType::kFloat16 || type == DataType::kBfloat16 ||
         type == DataType::kDouble;
}

[[noreturn]] void fail_type(const std::string& name, DataType type) {
  throw Error(ErrorCode::kBadInput,
              fmt::format("value '{}' is {}: only floating-point values have ranges", name, to_string(type)),
              "leave it out", name);
}

// The values to watch, each once: read from the sample, or among the outputs of a copy of the model.
struct Watched {
  std::vector<std::string> inputs, outputs;
};

Watched find_values(const Graph& graph, const std::vector<std::string>& values) {
  std::vector<std::string> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  Watched watched;
  for (const std::string& name : sorted) {
    const Value* value = graph.find_value(name);
    if (!value) {
      std::vector<std::string> names;
      for (const Value* other : graph.values()) names.push_back(other->name());
      throw Error(ErrorCode::kBadInput, fmt::format("the model has no value '{}'{}", name, did_you_mean(name, names)),
                  "name a value of the model", name);
    }
    if (value->is_initializer()) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("value '{}' is an initializer: its range is known without data", name), "leave it out",
                  name);
    }
    if (value->type() != DataType::kUndefined && !is_float_type(value->type())) fail_type(name, value->type());
    (value->is_graph_input() ? watched.inputs : watched.outputs).push_back(name);
  }
  return watched;
}

// A folder of our own that goes away with its content.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "quoin-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw Error(ErrorCode::kUsage, "cannot make a temporary folder for a model above 2 GiB",
                  "set TMPDIR to a folder with room", name);
    }
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

size_t constant_bytes(const Graph& graph) {
  size_t bytes = 0;
  for (const Value* value : graph.values()) {
    if (const Tensor* tensor = value->constant()) bytes += tensor->bytes().size();
  }
  return bytes;
}

// A session of the model with the watched values as outputs too.
std::unique_ptr<Session> open_watching(const Graph& graph, const Watched& watched, const Engine& engine) {
  Graph copy = graph.clone();
  Edit edit(copy);
  for (const std::string& name : watched.outputs) {
    Value* value = copy.find_value(name);
    if (!value->is_graph_output()) edit.add_output(*value);
  }
  const SessionOptions options{OptimizationLevel::kFull, 1};
  if (constant_bytes(copy) < kMostSerializedBytes) return engine.open_bytes(serialize(copy), options);
  const TemporaryFolder folder;
  const std::string path = (folder.path() / "model.onnx").string();
  save(copy, path);
  return engine.open_file(path, options);
}

// The statistics of one tensor, added to by one thread at a time. All of it is exact, so who adds what is all the same.
struct Cell {
  std::mutex mutex;
  TensorStats stats;
};

class Collector {
 public:
  Collector(const Graph& graph, const Watched& watched, const Session* session, const Dataset& data,
            const CollectOptions& options)
      : watched_(watched),
        session_(session),
        data_(data),
        options_(options),
        per_run_(samples_per_run(graph, data.sample(0))) {
    const size_t tensors = watched.inputs.size() + watched.outputs.size();
    const size_t runs = (data.size() + per_run_ - 1) / per_run_;
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    threads_ = static_cast<int>(std::min<size_t>(static_cast<size_t>(options.threads > 0 ? options.threads : cores),
                                                 std::max<size_t>(runs, 1)));
    const size_t table_bytes = Histogram::kBuckets * sizeof(uint64_t);
    const size_t most = std::max<size_t>(1, kMostStatisticsBytes / table_bytes / std::max<size_t>(tensors, 1));
    const size_t sets = std::min(static_cast<size_t>(threads_), most);
    for (size_t set = 0; set < sets; ++set) cells_.emplace_back(tensors);
  }

  Ranges collect() {
    parallel_for((data_.size() + per_run_ - 1) / per_run_, threads_, [this](size_t run, int worker) {
      run_once(run * per_run_, cells_[static_cast<size_t>(worker) % cells_.size()]);
    });
    Ranges ranges;
    size_t tensor = 0;
    for (const std::vector<std::string>* names : {&watched_.inputs, &watched_.outputs}) {
      for (const std::string& name : *names) {
        TensorStats& stats = ranges.tensors[name];
        for (auto& set : cells_) with_name(name, [&] { stats.merge(set[tensor].stats); });
        ++tensor;
      }
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

  void run_once(size_t first, std::vector<Cell>& cells) {
    const size_t real = std::min(per_run_, data_.size() - first);
    std::vector<Sample> samples;
    for (size_t i = 0; i < real; ++i) samples.push_back(data_.sample(first + i));
    size_t tensor = 0;
    for (const std::string& name : watched_.inputs) {
      for (const Sample& sample : samples) add(cells[tensor], name, find(sample.inputs, name), 1, 1);
      ++tensor;
    }
    // The last run is filled up with samples that were there before, whose results are dropped.
    while (samples.size() < per_run_) samples.push_back(samples[samples.size() % real]);
    if (!watched_.outputs.empty()) {
      const NamedTensors outputs = session_->run(stack_inputs(samples));
      for (const std::string& name : watched_.outputs) add(cells[tensor++], name, find(outputs, name), per_run_, real);
    }
    if (!options_.progress) return;
    const std::lock_guard lock(progress_mutex_);
    done_ += real;
    options_.progress(done_, data_.size());
  }

  static const Tensor& find(const NamedTensors& tensors, const std::string& name) {
    const auto found =
        std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& entry) { return entry.first == name; });
    if (found != tensors.end()) return found->second;
    throw Error(ErrorCode::kBadInput, fmt::format("a sample has nothing for value '{}'", name),
                "feed this input, or leave it out", name);
  }

  // The first `real` of `count` samples that the tensor holds.
  void add(Cell& cell, const std::string& name, const Tensor& tensor, size_t count, size_t real) const {
    if (!is_float_type(tensor.type())) fail_type(name, tensor.type());
    if (count == 1) {
      add_sample(cell, name, tensor);
      return;
    }
    if (tensor.rank() == 0 || tensor.shape()[0] != static_cast<int64_t>(count)) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("value '{}' is {} in a run of {} samples: its first axis does not count them", name,
                              fmt::join(tensor.shape(), "x"), count),
                  "give the model a free batch dimension", name);
    }
    for (size_t i = 0; i < real; ++i) add_sample(cell, name, slice_of(tensor, i, count));
  }

  void add_sample(Cell& cell, const std::string& name, const Tensor& tensor) const {
    std::vector<float> converted;
    std::span<const float> values;
    if (tensor.type() == DataType::kFloat) {
      values = tensor.as<float>();
    } else {
      converted = tensor.to_floats();
      values = converted;
    }
    const std::lock_guard lock(cell.mutex);
    const auto axis = options_.channel_axes.find(name);
    with_name(name, [&] {
      cell.stats.add_sample(values, tensor.shape(),
                            axis == options_.channel_axes.end() ? std::nullopt : std::optional(axis->second));
    });
  }

  const Watched& watched_;
  const Session* session_;  // null where no output is watched
  const Dataset& data_;
  const CollectOptions& options_;
  size_t per_run_;
  int threads_ = 1;
  std::deque<std::vector<Cell>> cells_;
  std::mutex progress_mutex_;
  size_t done_ = 0;
};

}  // namespace

Ranges collect_ranges(const Graph& graph, const std::vector<std::string>& values, const Engine& engine,
                      const Dataset& data, const CollectOptions& options) {
  const Watched watched = find_values(graph, values);
  const Dataset bound = data.bind(graph);
  std::unique_ptr<Session> session;
  if (!watched.outputs.empty()) session = open_watching(graph, watched, engine);
  return Collector(graph, watched, session.get(), bound, options).collect();
}

}  // namespace quoin
