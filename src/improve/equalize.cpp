#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/thread_pool.h"
#include "calibrate/float_values.h"
#include "improve/decibels.h"
#include "improve/fake_quantize.h"
#include "improve/migration.h"
#include "improve/patches.h"
#include "quantize/pair_rule.h"
#include "quantize/weight_rows.h"
#include "quoin/error.h"
#include "quoin/improve.h"
#include "quoin/stream_values.h"

namespace quoin {
namespace {

// Rows that are kept of each value, and output channels of each reader that are looked at.
constexpr size_t kRows = 512, kOutputs = 32;
// s_i = r_i^strength / w_i^(1 - strength), r the range of channel i, w that of the weights that read it (Xiao et al.,
// "SmoothQuant", 2022).
constexpr double kStrengths[] = {0.25, 0.5, 0.75, 1};
constexpr int kMostExponent = 10;  // of a factor: 2^-10 to 2^10
// Of the error that must go, or the value stays as it is.
constexpr double kLeastGain = 0.05;

struct Job {
  QdqTensor* tensor = nullptr;
  Migration migration;
  // Per reader: rows as they are read, one behind the other.
  std::vector<std::vector<float>> rows;
};

// Per channel: the largest magnitude of the weights that read it.
std::vector<float> weight_ranges(const Migration& migration) {
  std::vector<float> ranges(static_cast<size_t>(migration.channels), 0.0F);
  for (const Migration::Constant& place : migration.constants) {
    if (place.divide) continue;
    const Tensor& weight = *place.node->input(place.input).constant();
    size_t inner = 1;
    for (size_t axis = static_cast<size_t>(place.axis) + 1; axis < weight.shape().size(); ++axis) {
      inner *= static_cast<size_t>(weight.shape()[axis]);
    }
    const std::span<const float> values = weight.as<float>();
    for (size_t i = 0; i < values.size(); ++i) {
      float& range = ranges[i / inner % ranges.size()];
      range = std::max(range, std::fabs(values[i]));
    }
  }
  return ranges;
}

// Powers of two, around 1; 1 for channels that are dead on either side.
std::vector<float> factors_of(const std::vector<float>& activation, const std::vector<float>& weight, double strength) {
  std::vector<double> exponents(activation.size(), 0.0);
  double sum = 0, live = 0;
  for (size_t i = 0; i < exponents.size(); ++i) {
    if (!(activation[i] > 0) || !(weight[i] > 0)) continue;
    exponents[i] = strength * std::log2(static_cast<double>(activation[i])) -
                   (1 - strength) * std::log2(static_cast<double>(weight[i]));
    sum += exponents[i];
    live += 1;
  }
  std::vector<float> factors(activation.size(), 1.0F);
  for (size_t i = 0; i < factors.size(); ++i) {
    if (!(activation[i] > 0) || !(weight[i] > 0)) continue;
    const double exponent =
        std::clamp<double>(std::nearbyint(exponents[i] - sum / live), -kMostExponent, kMostExponent);
    factors[i] = static_cast<float>(std::exp2(exponent));
  }
  return factors;
}

void add_sample(Job& job, const Tensor& tensor, size_t sample, size_t samples) {
  const FloatValues floats(tensor);
  const std::span<const float> values = floats.get();
  for (size_t reader = 0; reader < job.rows.size(); ++reader) {
    const Node& node = *job.migration.readers[reader];
    const auto patches = Patches::of(node, tensor.shape(), node.input(1).constant()->shape());
    if (!patches || patches->rows() == 0 || patches->groups() != 1) continue;
    const size_t count = std::min((kRows + samples - 1) / samples, patches->rows());
    std::vector<float>& rows = job.rows[reader];
    for (size_t i = 0; i < count; ++i) {
      const size_t index = patches->spread_row(sample, i, count);
      rows.resize(rows.size() + patches->depth());
      patches->read(values, index, 0, std::span(rows).last(patches->depth()));
    }
  }
}

// What share of the readers' outputs is lost by rounding activations and weights, with the factors in place.
double loss(const QuantizedModel& model, const Job& job, const std::vector<float>& factors) {
  const DataType type = job.tensor->type;
  const RangeRequest& request = job.tensor->range;
  const auto channels = static_cast<size_t>(job.migration.channels);
  Range range;
  for (const std::vector<float>& rows : job.rows) {
    for (size_t i = 0; i < rows.size(); ++i) {
      const float x = rows[i] / factors[i % channels];
      range.min = std::min(range.min, x);
      range.max = std::max(range.max, x);
    }
  }
  const FakeQuantize quantized(range, type, request.bits, request.symmetric);
  double sum = 0;
  for (size_t reader = 0; reader < job.rows.size(); ++reader) {
    const Node& node = *job.migration.readers[reader];
    const Tensor& weight = *node.input(1).constant();
    const WeightRows weight_rows(node, weight.shape());
    const size_t depth = weight_rows.depth(), rows = job.rows[reader].size() / depth;
    const auto own = std::find_if(model.weights.begin(), model.weights.end(),
                                  [&](const QdqWeight& one) { return one.node == node.label(); });
    std::optional<PairRule> rule;
    if (own != model.weights.end() && own->pairs) {
      rule = PairRule::of(node, weight.shape(), model.target.weight_pair_order);
    }
    std::vector<float> inputs(job.rows[reader].size());
    for (size_t i = 0; i < inputs.size(); ++i) inputs[i] = quantized(job.rows[reader][i] / factors[i % channels]);
    const size_t outputs = std::min(kOutputs, weight_rows.count());
    std::vector<size_t> indices;
    std::vector<float> exact(depth), scaled(depth);
    double signal = 0, lost = 0;
    for (size_t o = 0; o < outputs; ++o) {
      weight_rows.indices(o * weight_rows.count() / outputs, indices);
      for (size_t k = 0; k < depth; ++k) {
        exact[k] = weight.as<float>()[indices[k]];
        scaled[k] = exact[k] * factors[k % channels];
      }
      // Weights of other precisions are taken as exact.
      if (own != model.weights.end() && own->is_plain()) {
        const QuantizedRow row = quantize_row(scaled, own->bits, rule ? &*rule : nullptr);
        for (size_t k = 0; k < depth; ++k) scaled[k] = row.scale * static_cast<float>(row.values[k]);
      }
      for (size_t r = 0; r < rows; ++r) {
        float wanted = 0, made = 0;
        for (size_t k = 0; k < depth; ++k) {
          wanted += exact[k] * job.rows[reader][r * depth + k];
          made += scaled[k] * inputs[r * depth + k];
        }
        signal += static_cast<double>(wanted) * static_cast<double>(wanted);
        lost += static_cast<double>(made - wanted) * static_cast<double>(made - wanted);
      }
    }
    if (signal > 0) sum += lost / signal;
  }
  return sum;
}

struct Choice {
  Equalization report;
  std::vector<float> factors;  // empty: as it is
};

Choice choose(const QuantizedModel& model, const Job& job) {
  const std::vector<float> activation = model.ranges->at(job.tensor->value).channel_absmax,
                           weight = weight_ranges(job.migration);
  Choice choice{{job.tensor->value, 0, 0, 0, ""}, {}};
  if (activation.size() != weight.size()) {
    choice.report.refused = "its channels were not counted along the axis that its readers take";
    return choice;
  }
  const std::vector<float> ones(weight.size(), 1.0F);
  if (job.migration.depthwise) {
    // Each channel fills the range of the whole, and the weights' scales follow.
    choice.report.strength = 1;
    choice.factors = factors_of(activation, std::vector<float>(weight.size(), 1.0F), 1);
    return choice;
  }
  const bool seen = std::any_of(job.rows.begin(), job.rows.end(), [](const auto& rows) { return !rows.empty(); });
  if (!seen) {
    choice.report.refused = "its readers' attributes or shapes are not ones that rows can be read for";
    return choice;
  }
  const double before = loss(model, job, ones);
  double best = before * (1 - kLeastGain);
  for (const double strength : kStrengths) {
    std::vector<float> factors = factors_of(activation, weight, strength);
    const double after = loss(model, job, factors);
    if (!(after < best)) continue;
    best = after;
    choice.report.strength = strength;
    choice.factors = std::move(factors);
  }
  choice.report.sqnr_before = decibels(1, before);
  choice.report.sqnr_after = choice.factors.empty() ? choice.report.sqnr_before : decibels(1, best);
  return choice;
}

}  // namespace

std::vector<Equalization> equalize(QuantizedModel& model, const Engine& engine, const Dataset& data, int threads) {
  if (!model.ranges) {
    throw Error(ErrorCode::kUsage, "the model is not calibrated", "call calibrate() before equalize()");
  }
  const int workers = worker_count(threads);
  std::vector<Equalization> report;
  std::vector<Job> jobs;
  std::vector<std::string> values;
  for (QdqTensor& tensor : model.tensors) {
    if (tensor.constant) continue;
    const Value* value = model.graph.find_value(tensor.value);
    QUOIN_CHECK(value, "a quantized tensor is not there: " + tensor.value);
    MigrationResult found = find_migration(model.graph, *value);
    if (!found.migration) {
      report.push_back({tensor.value, 0, 0, 0, found.refused});
      continue;
    }
    jobs.push_back({&tensor, std::move(*found.migration), {}});
    jobs.back().rows.resize(jobs.back().migration.depthwise ? 0 : jobs.back().migration.readers.size());
    if (!jobs.back().rows.empty()) values.push_back(tensor.value);
  }
  if (!values.empty()) {
    stream_values(model.graph, values, engine, data, workers, [&](size_t sample, const ValueBlock& block) {
      parallel_for(jobs.size(), workers, [&](size_t index, int) {
        if (jobs[index].rows.empty()) return;
        const std::vector<Tensor>& tensors = block.find(jobs[index].tensor->value)->second;
        for (size_t i = 0; i < tensors.size(); ++i) add_sample(jobs[index], tensors[i], sample + i, data.size());
      });
    });
  }
  std::vector<Choice> choices(jobs.size());
  parallel_for(jobs.size(), workers, [&](size_t index, int) { choices[index] = choose(model, jobs[index]); });
  bool changed = false;
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (!choices[i].factors.empty()) {
      migrate(model.graph, jobs[i].migration, choices[i].factors);
      changed = true;
    }
    report.push_back(std::move(choices[i].report));
  }
  for (QdqWeight& weight : model.weights) {
    weight.value = model.graph.find_node(weight.node)->input(weight.input).name();
  }
  // Ranges of the values as they were.
  if (changed) model.ranges.reset();
  return report;
}

}  // namespace quoin
