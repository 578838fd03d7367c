#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/thread_pool.h"
#include "calibrate/float_values.h"
#include "improve/bias_place.h"
#include "quoin/bias.h"
#include "quoin/edit.h"
#include "quoin/error.h"
#include "quoin/improve.h"
#include "quoin/stream_values.h"

namespace quoin {
namespace {

// Means of one value: per sample, one per channel.
using Means = std::vector<std::vector<double>>;

// Fewer do not tell a shift from chance.
constexpr size_t kLeastSamples = 8;

struct Job {
  const QdqWeight* weight = nullptr;
  std::string value;     // what the bias's node gives
  int channel_axis = 0;  // of it
  size_t level = 0;      // weighted nodes on the longest way to it
  Means wanted;          // of the float model
};

std::vector<double> channel_means(const Tensor& tensor, int axis) {
  const FloatValues floats(tensor);
  const Shape& shape = tensor.shape();
  const size_t at = axis < 0 ? shape.size() - 1 : static_cast<size_t>(axis);
  const auto channels = static_cast<size_t>(shape.at(at));
  size_t inner = 1;
  for (size_t i = at + 1; i < shape.size(); ++i) inner *= static_cast<size_t>(shape[i]);
  std::vector<double> means(channels, 0.0);
  const std::span<const float> values = floats.get();
  for (size_t first = 0; first < values.size(); first += inner) {
    double sum = 0;
    for (size_t i = first; i < first + inner; ++i) sum += static_cast<double>(values[i]);
    means[first / inner % channels] += sum;
  }
  for (double& mean : means) mean *= static_cast<double>(channels) / static_cast<double>(values.size());
  return means;
}

// Of each weighted node, how many stand on the longest way to it, itself counted.
std::unordered_map<const Node*, size_t> levels_of(const QuantizedModel& model) {
  std::unordered_map<std::string, bool> weighted;
  for (const QdqWeight& weight : model.weights) weighted[weight.node] = true;
  std::unordered_map<const Node*, size_t> levels;
  for (const Node* node : model.graph.nodes()) {
    size_t level = 0;
    for (int i = 0; i < node->input_count(); ++i) {
      const Node* producer = node->has_input(i) ? node->input(i).producer() : nullptr;
      if (producer) level = std::max(level, levels.at(producer));
    }
    levels[node] = level + (weighted.contains(node->label()) ? 1 : 0);
  }
  return levels;
}

std::vector<Job> jobs_of(QuantizedModel& model) {
  const auto levels = levels_of(model);
  std::vector<Job> jobs;
  for (const QdqWeight& weight : model.weights) {
    Node* node = model.graph.find_node(weight.node);
    QUOIN_CHECK(node, "a quantized weight names a node that is not there: " + weight.node);
    const auto place = bias_place(*node);
    if (!place) continue;
    jobs.push_back({&weight, place->node->output(0).name(), channel_axis_of_output(*node), levels.at(node), {}});
  }
  std::stable_sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) { return a.level < b.level; });
  return jobs;
}

// The value as its node gives it, in front of a pair or a cast that the emission put behind it.
const Value& given_value(const Graph& emitted, const std::string& name) {
  const Value* value = emitted.find_value(name);
  QUOIN_CHECK(value, "the emitted graph has no value '" + name + "'");
  for (const Node* node = value->producer();
       node && (node->is("DequantizeLinear") || node->is("QuantizeLinear") || node->is("Cast"));
       node = value->producer()) {
    value = &node->input(0);
  }
  return *value;
}

// What computes the values and nothing else: outputs that the graph had become constants. One of a node of several
// stays: without its first output, ONNX Runtime's Split dies.
Graph upstream_of(const Graph& graph, const std::vector<std::string>& values) {
  Graph cut = graph.clone();
  Edit edit(cut);
  for (const std::string& name : values) {
    Value* value = cut.find_value(name);
    if (!value->is_graph_output()) edit.add_output(*value);
  }
  for (Value* output : cut.outputs()) {
    const bool wanted = std::find(values.begin(), values.end(), output->name()) != values.end();
    if (wanted || !output->uses().empty() || !output->producer() || output->producer()->output_count() > 1) continue;
    edit.detach_output(*output);
    edit.set_type(*output, DataType::kFloat, std::vector<Dim>{});
    Value& zero = edit.add_initializer("cut", Tensor::scalar(0.0F));
    edit.add_node_with_outputs({.op = "Identity", .inputs = {&zero}, .name = edit.unique_node_name("cut")}, {output});
  }
  edit.remove_dead_nodes();
  return cut;
}

std::vector<Means> means_of(const Graph& graph, std::span<const Job> jobs, const Engine& engine, const Dataset& data,
                            int threads) {
  std::vector<std::string> names;
  for (const Job& job : jobs) names.push_back(given_value(graph, job.value).name());
  std::vector<Means> means(jobs.size(), Means(data.size()));
  stream_values(
      upstream_of(graph, names), names, engine, data, threads,
      [&](size_t first, const ValueBlock& block) {
        for (size_t job = 0; job < jobs.size(); ++job) {
          const std::vector<Tensor>& tensors = block.find(names[job])->second;
          for (size_t i = 0; i < tensors.size(); ++i) {
            means[job][first + i] = channel_means(tensors[i], jobs[job].channel_axis);
          }
        }
      },
      OptimizationLevel::kBasic);
  return means;
}

// Mean over the samples of what is missing, per channel, less what few samples may show by chance: with variance v of a
// mean m of n samples, m - v / m of it (the positive part of James and Stein's estimator).
std::vector<double> shifts_of(const Means& wanted, const Means& got) {
  const auto count = static_cast<double>(wanted.size());
  std::vector<double> shifts(wanted.front().size(), 0.0);
  for (size_t channel = 0; channel < shifts.size(); ++channel) {
    double sum = 0, squares = 0;
    for (size_t sample = 0; sample < wanted.size(); ++sample) {
      const double missing = wanted[sample][channel] - got[sample].at(channel);
      sum += missing;
      squares += missing * missing;
    }
    const double mean = sum / count, variance = (squares / count - mean * mean) / (count - 1);
    const double kept = 1 - variance / (mean * mean);
    // NaN where nothing is missing, or what is missing is not finite.
    if (kept > 0 && std::isfinite(mean)) shifts[channel] = mean * kept;
  }
  return shifts;
}

// Of `count` levels those that are corrected, ascending: all, or `most` of them spread evenly, the last among them.
std::vector<size_t> chosen_levels(size_t count, size_t most) {
  std::vector<size_t> levels;
  const size_t passes = std::min(count, most);
  for (size_t pass = 1; pass <= passes; ++pass) levels.push_back(count * pass / passes);
  return levels;
}

void note_shifts(std::vector<BiasCorrection>& report, const std::string& node, const std::vector<double>& shifts) {
  auto found = std::find_if(report.begin(), report.end(), [&](const BiasCorrection& one) { return one.node == node; });
  if (found == report.end()) found = report.insert(found, BiasCorrection{node, 0, 0});
  for (const double shift : shifts) found->largest_in_order = std::max(found->largest_in_order, std::abs(shift));
}

}  // namespace

std::vector<BiasCorrection> propagate_biases(QuantizedModel& model, const Engine& engine, const Dataset& data,
                                             const PropagationOptions& options) {
  if (!model.ranges) {
    throw Error(ErrorCode::kUsage, "the model is not calibrated", "call calibrate() before propagate_biases()");
  }
  const int threads = worker_count(options.threads);
  std::vector<Job> jobs = jobs_of(model);
  const Dataset seen = data.every(std::max<size_t>(1, data.size() / options.most_samples)).first(options.most_samples);
  if (jobs.empty() || seen.size() < kLeastSamples) return correct_biases(model);
  std::vector<Means> wanted = means_of(model.graph, jobs, engine, seen, threads);
  for (size_t i = 0; i < jobs.size(); ++i) jobs[i].wanted = std::move(wanted[i]);
  // From here on the graph's biases are no longer the float model's.
  std::vector<BiasCorrection> report = correct_biases(model);
  for (const size_t level : chosen_levels(jobs.back().level, options.most_passes)) {
    const auto [first, last] = std::equal_range(jobs.begin(), jobs.end(), Job{nullptr, "", 0, level, {}},
                                                [](const Job& a, const Job& b) { return a.level < b.level; });
    const std::span<const Job> group(first, last);
    if (group.empty()) continue;
    const std::vector<Means> got = means_of(emit(model).graph, group, engine, seen, threads);
    for (size_t i = 0; i < group.size(); ++i) {
      const std::vector<double> shifts = shifts_of(group[i].wanted, got[i]);
      const auto place = bias_place(*model.graph.find_node(group[i].weight->node));
      QUOIN_CHECK(place, "a bias that was corrected is gone: " + group[i].weight->node);
      add_to_bias(model, *group[i].weight, *place, shifts);
      note_shifts(report, group[i].weight->node, shifts);
    }
  }
  return report;
}

}  // namespace quoin
