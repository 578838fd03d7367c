#include "calibrate/watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "calibrate/batch.h"
#include "calibrate/open_graph.h"
#include "quoin/edit.h"
#include "quoin/error.h"

namespace quoin {
namespace {

bool is_float_type(DataType type) {
  return type == DataType::kFloat || type == DataType::kFloat16 || type == DataType::kBfloat16 ||
         type == DataType::kDouble;
}

[[noreturn]] void fail_type(const std::string& name, DataType type) {
  throw Error(ErrorCode::kBadInput,
              fmt::format("value '{}' is {}: only floating-point values have ranges", name, to_string(type)),
              "leave it out", name);
}

// Each once: read from the sample, or among the outputs of a copy of the model.
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

// A session of the model with the watched values as outputs too.
std::unique_ptr<Session> open_watching(const Graph& graph, const Watched& watched, const Engine& engine,
                                       OptimizationLevel level) {
  Graph copy = graph.clone();
  Edit edit(copy);
  for (const std::string& name : watched.outputs) {
    Value* value = copy.find_value(name);
    if (!value->is_graph_output()) edit.add_output(*value);
  }
  return open_graph(engine, copy, {level, 1});
}

const Tensor& tensor_of(const NamedTensors& tensors, const std::string& name) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [&](const NamedTensor& entry) { return entry.first == name; });
  if (found == tensors.end()) {
    throw Error(ErrorCode::kBadInput, fmt::format("a sample has nothing for value '{}'", name),
                "feed this input, or leave it out", name);
  }
  if (!is_float_type(found->second.type())) fail_type(name, found->second.type());
  return found->second;
}

// The first `real` of `count` samples that the tensor holds.
std::vector<Tensor> split(const std::string& name, const Tensor& tensor, size_t count, size_t real) {
  if (count == 1) return {tensor};
  if (tensor.rank() == 0 || tensor.shape()[0] != static_cast<int64_t>(count)) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("value '{}' is {} in a run of {} samples: its first axis does not count them", name,
                            fmt::join(tensor.shape(), "x"), count),
                "give the model a free batch dimension", name);
  }
  std::vector<Tensor> slices;
  for (size_t i = 0; i < real; ++i) slices.push_back(slice_of(tensor, i, count));
  return slices;
}

}  // namespace

WatchedModel::WatchedModel(const Graph& graph, const std::vector<std::string>& values, const Engine& engine,
                           const Dataset& data, OptimizationLevel level) {
  const Watched watched = find_values(graph, values);
  data_ = data.bind(graph);
  names_ = watched.inputs;
  names_.insert(names_.end(), watched.outputs.begin(), watched.outputs.end());
  input_count_ = watched.inputs.size();
  if (!watched.outputs.empty()) session_ = open_watching(graph, watched, engine, level);
  per_run_ = samples_per_run(graph, data_.sample(0));
  shapes_ = std::make_unique<ShapeCheck>(graph, names_, per_run_);
}

size_t WatchedModel::samples_in(size_t run) const { return std::min(per_run_, data_.size() - run * per_run_); }

std::vector<std::vector<Tensor>> WatchedModel::read(size_t run) const {
  const size_t first = run * per_run_, real = samples_in(run);
  std::vector<Sample> samples;
  for (size_t i = 0; i < real; ++i) samples.push_back(data_.sample(first + i));
  std::vector<std::vector<Tensor>> values;
  for (size_t input = 0; input < input_count_; ++input) {
    values.emplace_back();
    for (const Sample& sample : samples) values.back().push_back(tensor_of(sample.inputs, names_[input]));
  }
  // The last run is filled up with samples that were there before, whose results are dropped.
  while (samples.size() < per_run_) samples.push_back(samples[samples.size() % real]);
  if (session_) {
    const NamedTensors outputs = session_->run(stack_inputs(samples));
    for (size_t output = input_count_; output < names_.size(); ++output) {
      values.push_back(split(names_[output], tensor_of(outputs, names_[output]), per_run_, real));
    }
  }
  for (size_t i = 0; i < real; ++i) {
    std::vector<const Tensor*> of_sample;
    for (const std::vector<Tensor>& tensors : values) of_sample.push_back(&tensors[i]);
    shapes_->see(samples[i], of_sample);
  }
  return values;
}

}  // namespace quoin
