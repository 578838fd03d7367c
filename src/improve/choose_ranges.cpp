#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/thread_pool.h"
#include "calibrate/float_values.h"
#include "improve/decibels.h"
#include "improve/fake_quantize.h"
#include "improve/patches.h"
#include "quantize/weight_rows.h"
#include "quoin/error.h"
#include "quoin/improve.h"
#include "quoin/stream_values.h"

namespace quoin {
namespace {

// Rows of all samples together; of each reader's output channels; of each sample. The choice needs sums over many
// samples, not all of each.
constexpr size_t kRows = 2048, kOutputs = 32, kValuesPerSample = 4096;
// Fewer samples do not show what is rare: clipping what they hold lost lines of ppocrv4_rec (13 samples: 83 of 87
// right, 87 with minmax).
constexpr size_t kLeastSamples = 64;
// With more bits there is nothing to win by clipping.
constexpr int kMostBits = 8;

struct Candidate {
  RangeRequest request;
  FakeQuantize quantized;
};

// What reads the value: a weighted node, or (node null) something that passes its error on as it is.
struct Reader {
  const Node* node = nullptr;
  const Tensor* weight = nullptr;
  std::vector<size_t> outputs;           // those looked at
  std::vector<std::vector<float>> rows;  // of the weight, one per output
  double signal = 0;                     // sum of squares of its outputs
  std::vector<double> lost;              // per candidate: sum of squares of the errors of its outputs
};

struct Job {
  QdqTensor* tensor = nullptr;
  std::vector<Candidate> candidates;
  std::vector<Reader> readers;
};

std::vector<RangeRequest> requests_of(const RangeRequest& base) {
  std::vector<RangeRequest> requests;
  const auto add = [&](RangeMethod method, double percentile) {
    requests.push_back(base);
    requests.back().method = method;
    if (method == RangeMethod::kPercentile) requests.back().percentile = percentile;
  };
  add(RangeMethod::kMinMax, 0);
  add(RangeMethod::kMse, 0);
  add(RangeMethod::kEntropy, 0);
  for (const double percentile : {99.999, 99.99, 99.9}) add(RangeMethod::kPercentile, percentile);
  return requests;
}

Candidate candidate_of(const QuantizedModel& model, const QdqTensor& tensor, const RangeRequest& request) {
  const Range range = choose_range(model.ranges->at(tensor.value), request, tensor.value);
  return {request, FakeQuantize(range, tensor.type, request.bits, request.symmetric)};
}

Reader weighted_reader(const Node& node, const Tensor& weight) {
  Reader reader{&node, &weight, {}, {}, 0, {}};
  const WeightRows rows(node, weight.shape());
  const size_t count = std::min(kOutputs, rows.count());
  std::vector<size_t> indices;
  for (size_t i = 0; i < count; ++i) {
    reader.outputs.push_back(i * rows.count() / count);
    rows.indices(reader.outputs.back(), indices);
    reader.rows.emplace_back();
    for (const size_t at : indices) reader.rows.back().push_back(weight.as<float>()[at]);
  }
  return reader;
}

Job job_of(const QuantizedModel& model, QdqTensor& tensor) {
  Job job{&tensor, {}, {}};
  for (const RangeRequest& request : requests_of(tensor.range)) {
    job.candidates.push_back(candidate_of(model, tensor, request));
  }
  bool plain = tensor.edges.empty();
  for (const QdqEdge& edge : tensor.edges) {
    const auto weight = std::find_if(model.weights.begin(), model.weights.end(),
                                     [&](const QdqWeight& one) { return one.node == edge.node && edge.input == 0; });
    const Node* node = weight == model.weights.end() ? nullptr : model.graph.find_node(weight->node);
    const Tensor* exact = node ? node->input(weight->input).constant() : nullptr;
    if (exact && has_weight_rows(*node, exact->shape())) {
      job.readers.push_back(weighted_reader(*node, *exact));
    } else {
      plain = true;
    }
  }
  if (plain) job.readers.emplace_back();
  for (Reader& reader : job.readers) reader.lost.assign(job.candidates.size(), 0.0);
  return job;
}

void add_plain(Job& job, Reader& reader, std::span<const float> values) {
  const size_t step = std::max<size_t>(1, values.size() / kValuesPerSample);
  for (size_t i = 0; i < values.size(); i += step) {
    const float x = values[i];
    if (!std::isfinite(x)) continue;
    reader.signal += static_cast<double>(x) * static_cast<double>(x);
    for (size_t c = 0; c < job.candidates.size(); ++c) {
      const double error = static_cast<double>(job.candidates[c].quantized(x) - x);
      reader.lost[c] += error * error;
    }
  }
}

float product(const std::vector<float>& a, const std::vector<float>& b) {
  float sum = 0;
  for (size_t k = 0; k < a.size(); ++k) sum += a[k] * b[k];
  return sum;
}

bool finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

// False where the reader's rows cannot be read: its value is then judged as it is.
bool add_rows(Job& job, Reader& reader, std::span<const float> values, const Shape& shape, size_t sample,
              size_t samples) {
  const auto patches = Patches::of(*reader.node, shape, reader.weight->shape());
  if (!patches || patches->rows() == 0) return false;
  const size_t per_group = WeightRows(*reader.node, reader.weight->shape()).count() / patches->groups();
  const size_t count = std::min((kRows + samples - 1) / samples, patches->rows());
  std::vector<float> row(patches->depth()), error(patches->depth());
  for (size_t i = 0; i < count; ++i) {
    const size_t index = patches->spread_row(sample, i, count);
    for (size_t o = 0; o < reader.outputs.size(); ++o) {
      const size_t group = reader.outputs[o] / per_group;
      const bool again = o > 0 && group == reader.outputs[o - 1] / per_group;
      if (again) continue;
      patches->read(values, index, group, row);
      if (!finite(row)) continue;
      size_t last = o;
      while (last < reader.outputs.size() && reader.outputs[last] / per_group == group) ++last;
      for (size_t one = o; one < last; ++one) {
        const double exact = static_cast<double>(product(reader.rows[one], row));
        reader.signal += exact * exact;
      }
      for (size_t c = 0; c < job.candidates.size(); ++c) {
        for (size_t k = 0; k < row.size(); ++k) error[k] = job.candidates[c].quantized(row[k]) - row[k];
        for (size_t one = o; one < last; ++one) {
          const double lost = static_cast<double>(product(reader.rows[one], error));
          reader.lost[c] += lost * lost;
        }
      }
    }
  }
  return true;
}

void add_sample(Job& job, const Tensor& tensor, size_t sample, size_t samples) {
  const FloatValues floats(tensor);
  const std::span<const float> values = floats.get();
  for (Reader& reader : job.readers) {
    if (!reader.node || !add_rows(job, reader, values, tensor.shape(), sample, samples)) add_plain(job, reader, values);
  }
}

// The sum over the readers of what share of their output is lost.
double loss(const Job& job, size_t candidate) {
  double sum = 0;
  for (const Reader& reader : job.readers) {
    if (reader.signal > 0) sum += reader.lost[candidate] / reader.signal;
  }
  return sum;
}

RangeChoice choose(Job& job) {
  // The first, minmax, wins where nothing is lost by it: it clips nothing that was seen.
  size_t best = 0;
  for (size_t c = 1; c < job.candidates.size(); ++c) {
    if (loss(job, c) < loss(job, best)) best = c;
  }
  job.tensor->range = job.candidates[best].request;
  return {job.tensor->value, job.tensor->range.method, job.tensor->range.percentile, decibels(1, loss(job, 0)),
          decibels(1, loss(job, best))};
}

}  // namespace

std::vector<RangeChoice> choose_ranges(QuantizedModel& model, const Engine& engine, const Dataset& data, int threads) {
  if (!model.ranges) {
    throw Error(ErrorCode::kUsage, "the model is not calibrated", "call calibrate() before choose_ranges()");
  }
  const int workers = worker_count(threads);
  std::vector<Job> jobs;
  std::vector<std::string> values;
  for (QdqTensor& tensor : model.tensors) {
    if (tensor.range.method != RangeMethod::kAuto) continue;
    if (tensor.constant || tensor.range.bits > kMostBits || data.size() < kLeastSamples) {
      tensor.range.method = RangeMethod::kMinMax;
      continue;
    }
    jobs.push_back(job_of(model, tensor));
    if (std::find(values.begin(), values.end(), tensor.value) == values.end()) values.push_back(tensor.value);
  }
  std::vector<RangeChoice> choices;
  if (jobs.empty()) return choices;
  stream_values(model.graph, values, engine, data, workers, [&](size_t sample, const ValueBlock& block) {
    parallel_for(jobs.size(), workers, [&](size_t index, int) {
      const std::vector<Tensor>& tensors = block.find(jobs[index].tensor->value)->second;
      for (size_t i = 0; i < tensors.size(); ++i) add_sample(jobs[index], tensors[i], sample + i, data.size());
    });
  });
  for (Job& job : jobs) choices.push_back(choose(job));
  return choices;
}

}  // namespace quoin
