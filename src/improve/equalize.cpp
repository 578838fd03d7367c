#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/thread_pool.h"
#include "improve/decibels.h"
#include "improve/equalize_samples.h"
#include "improve/migration.h"
#include "quoin/error.h"
#include "quoin/improve.h"
#include "quoin/stream_values.h"

namespace quoin {
namespace {

// s_i = r_i^strength / w_i^(1 - strength), r the range of channel i, w that of the weights that read it (Xiao et al.,
// "SmoothQuant", 2022).
constexpr double kStrengths[] = {0.25, 0.5, 0.75, 1};
// Each channel of a depthwise convolution fills the range of the whole, and the weights' scales follow.
constexpr double kDepthwiseStrengths[] = {1};
constexpr int kMostExponent = 10;  // of a factor: 2^-10 to 2^10
// Of the error on samples that the factors were not fitted to: must go, or the value stays as it is.
constexpr double kLeastGain = 0.05;

// Fewer samples do not show how far a channel reaches: what is raised by factors keeps this share of the range at most,
// or what it had. One value that is clipped outweighs the rounding of thousands.
constexpr size_t kFewSamples = 64;
constexpr double kBrim = 0.5;

struct Job {
  QdqTensor* tensor = nullptr;
  bool few = false;
  Migration migration;
  std::optional<EqualizeSamples> samples;  // refers to the other two
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

// Divides channels further until none but the widest is closer to the end of the range than kBrim, or than it was.
void keep_from_brim(const std::vector<float>& activation, std::vector<float>& factors) {
  const double widest = static_cast<double>(*std::max_element(activation.begin(), activation.end()));
  for (bool changed = widest > 0; changed;) {
    changed = false;
    double end = 0;
    for (size_t i = 0; i < factors.size(); ++i) end = std::max(end, static_cast<double>(activation[i] / factors[i]));
    for (size_t i = 0; i < factors.size(); ++i) {
      const double share = static_cast<double>(activation[i] / factors[i]) / end,
                   before = static_cast<double>(activation[i]) / widest;
      if (share <= std::max(kBrim, before)) continue;
      factors[i] *= 2;
      changed = true;
    }
  }
}

// Powers of two, around 1; 1 for channels that are dead on either side. `few`: with room to the end of the range.
std::vector<float> factors_of(const std::vector<float>& activation, const std::vector<float>& weight, double strength,
                              bool few) {
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
  if (few) keep_from_brim(activation, factors);
  return factors;
}

// Over the folds: factors of the others' channels, lost on this one. Strength 0: none.
double held_out_loss(const QuantizedModel& model, const Job& job, const std::vector<float>& weight, double strength) {
  double sum = 0;
  for (size_t fold = 0; fold < job.samples->folds(); ++fold) {
    const std::vector<float> factors = strength == 0
                                           ? std::vector<float>(weight.size(), 1.0F)
                                           : factors_of(job.samples->largest_without(fold), weight, strength, job.few);
    sum += job.samples->loss(model, fold, factors);
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
  if (!job.samples->can_judge()) {
    choice.report.refused = job.samples->folds() < 2
                                ? "a single sample does not show what factors gain on others"
                                : "its readers' attributes or shapes are not ones that rows can be read for";
    return choice;
  }
  const auto weight_range = job.migration.depthwise ? std::vector<float>(weight.size(), 1.0F) : weight;
  const double before = held_out_loss(model, job, weight_range, 0);
  double best = before * (1 - kLeastGain);
  const std::span<const double> strengths =
      job.migration.depthwise ? std::span<const double>(kDepthwiseStrengths) : kStrengths;
  for (const double strength : strengths) {
    const double after = held_out_loss(model, job, weight_range, strength);
    if (!(after < best)) continue;
    best = after;
    choice.report.strength = strength;
  }
  const auto folds = static_cast<double>(job.samples->folds());
  choice.report.sqnr_before = choice.report.sqnr_after = decibels(folds, before);
  if (choice.report.strength == 0) return choice;
  choice.report.sqnr_after = decibels(folds, best);
  choice.factors = factors_of(activation, weight_range, choice.report.strength, job.few);
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
    jobs.push_back({&tensor, data.size() < kFewSamples, std::move(*found.migration), {}});
    values.push_back(tensor.value);
  }
  for (Job& job : jobs) job.samples.emplace(*job.tensor, job.migration, data.size());
  if (!values.empty()) {
    stream_values(model.graph, values, engine, data, workers, [&](size_t sample, const ValueBlock& block) {
      parallel_for(jobs.size(), workers, [&](size_t index, int) {
        const std::vector<Tensor>& tensors = block.find(jobs[index].tensor->value)->second;
        for (size_t i = 0; i < tensors.size(); ++i) jobs[index].samples->add(tensors[i], sample + i);
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
