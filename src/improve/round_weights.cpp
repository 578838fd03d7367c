#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/thread_pool.h"
#include "calibrate/float_values.h"
#include "improve/bias_place.h"
#include "improve/decibels.h"
#include "improve/patches.h"
#include "improve/rounding_rows.h"
#include "quantize/pair_rule.h"
#include "quoin/error.h"
#include "quoin/improve.h"
#include "quoin/stream_values.h"

namespace quoin {
namespace {

constexpr size_t kMostMomentBytes = size_t{1} << 30;
// Rows of a weight: enough for its moments, and no more than pays.
constexpr size_t kRowsPerDepth = 4, kLeastRows = 1024, kMostRows = 4096;

// One weight on its way.
struct Job {
  QdqWeight* weight = nullptr;
  Node* node = nullptr;
  const Tensor* exact = nullptr;
  size_t depth = 0, groups = 1;
  std::vector<Gram> halves[2];  // by group, of every other sample
  std::string skipped;
};

size_t moment_bytes(const Job& job) { return 2 * job.groups * job.depth * job.depth * sizeof(float); }

Job job_of(QuantizedModel& model, QdqWeight& weight, const RoundingOptions& options) {
  Job job{&weight, model.graph.find_node(weight.node), nullptr, 0, 1, {}, ""};
  QUOIN_CHECK(job.node, "a quantized weight names a node that is not there: " + weight.node);
  job.exact = job.node->input(weight.input).constant();
  if (job.node->input(0).constant()) {
    job.skipped = "its input is a constant: no data reaches it";
    return job;
  }
  if (!has_weight_rows(*job.node, job.exact->shape())) {
    job.skipped = job.node->op() + " has no rows to round";
    return job;
  }
  if (!weight.is_plain()) {
    job.skipped = precision_text(weight) + ": only int8 weights with zero point 0 are rounded by the data";
    return job;
  }
  job.depth = WeightRows(*job.node, job.exact->shape()).depth();
  if (job.node->is("Conv")) job.groups = static_cast<size_t>(job.node->attribute("group", int64_t{1}));
  if (job.depth > options.most_depth) {
    job.skipped = fmt::format("rows of {} values are above the limit of {}", job.depth, options.most_depth);
  } else if (moment_bytes(job) > kMostMomentBytes) {
    job.skipped =
        fmt::format("moments of {} MiB are above the limit of {} MiB", moment_bytes(job) >> 20, kMostMomentBytes >> 20);
  }
  return job;
}

// Adds rows of one sample, evenly spaced, from a start that differs from sample to sample.
void add_sample(Job& job, const Tensor& input, size_t sample, size_t samples) {
  const auto patches = Patches::of(*job.node, input.shape(), job.exact->shape());
  if (!patches) {
    job.skipped = "its attributes or shapes are not ones that rows can be read for";
    return;
  }
  const size_t wanted = std::clamp(kRowsPerDepth * job.depth, kLeastRows, kMostRows);
  const size_t count = std::min(patches->rows(), (wanted + samples - 1) / samples);
  const FloatValues floats(input);
  std::vector<float> rows(count * job.depth);
  for (size_t group = 0; group < job.groups; ++group) {
    for (size_t i = 0; i < count; ++i) {
      const size_t index = patches->spread_row(sample, i, count);
      patches->read(floats.get(), index, group, std::span(rows).subspan(i * job.depth, job.depth));
    }
    // A single sample is parted itself.
    if (samples > 1) {
      job.halves[sample % 2][group].add(rows);
    } else {
      const size_t middle = count / 2 * job.depth;
      job.halves[0][group].add(std::span(rows).first(middle));
      job.halves[1][group].add(std::span(rows).subspan(middle));
    }
  }
}

bool finite(const std::vector<float>& values) {
  return std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
}

WeightRounding round_one(QuantizedModel& model, Job& job, const RoundingOptions& options) {
  WeightRounding report{job.weight->node, 0, 0, job.skipped, {}, 0};
  if (!report.skipped.empty()) return report;
  const bool both = std::all_of(std::begin(job.halves), std::end(job.halves),
                                [](const std::vector<Gram>& half) { return !half.empty() && half.front().rows() > 0; });
  if (!both) {
    report.skipped = "too few rows reached it";
    return report;
  }
  const bool centred = options.bias_correction_follows && bias_place(*job.node).has_value() &&
                       knows_shift(*job.node, job.exact->shape());
  auto chosen = std::make_shared<QuantizedWeight>(quantized_weight(model, *job.weight));
  std::optional<PairRule> rule;
  if (job.weight->pairs) rule = PairRule::of(*job.node, job.exact->shape(), model.target.weight_pair_order);
  const RoundingRows rows(*job.node, *job.exact, *chosen, job.weight->bits, rule ? &*rule : nullptr, job.groups);
  const DampingChoice choice = choose_damping(rows, job.halves, centred, options.threads);
  std::vector<std::vector<float>> moments;
  for (size_t group = 0; group < job.groups; ++group) {
    job.halves[0][group].merge(job.halves[1][group]);
    moments.push_back(job.halves[0][group].take(centred, choice.damping.value_or(0)));
    if (finite(moments.back())) continue;
    report.skipped = "squares of its input are beyond float32, or the input holds NaN or infinity";
    return report;
  }
  const std::span<const int8_t> before = chosen->values.as<int8_t>();
  std::vector<int8_t> integers(before.begin(), before.end());
  std::vector<double> signal(rows.count()), lost_before(rows.count()), lost_after(rows.count());
  parallel_for(rows.count(), options.threads, [&](size_t output, int) {
    RoundingRows::Row row = rows.read(output);
    const std::vector<float>& moment = moments[rows.group_of(output)];
    const std::vector<int8_t> zeros(row.values.size(), 0);
    signal[output] = output_error(row.descent, moment, zeros);
    lost_before[output] = output_error(row.descent, moment, row.values);
    if (choice.damping) descend(row.descent, moment, row.values);
    lost_after[output] = output_error(row.descent, moment, row.values);
    for (size_t k = 0; k < row.indices.size(); ++k) integers[row.indices[k]] = row.values[k];
  });
  double sums[3] = {0, 0, 0};
  for (size_t output = 0; output < rows.count(); ++output) {
    sums[0] += signal[output];
    sums[1] += lost_before[output];
    sums[2] += lost_after[output];
  }
  report.sqnr_before = decibels(sums[0], sums[1]);
  report.sqnr_after = decibels(sums[0], sums[2]);
  report.damping = choice.damping;
  report.held_out_gain = choice.gain_db;
  if (!choice.damping) return report;
  chosen->values = Tensor::from(job.exact->shape(), integers);
  job.weight->chosen = std::move(chosen);
  return report;
}

// Those of the jobs from `first` whose moments fit into memory together.
size_t end_of_pass(const std::vector<Job>& jobs, size_t first) {
  size_t bytes = 0, end = first;
  for (; end < jobs.size(); ++end) {
    if (!jobs[end].skipped.empty()) continue;
    bytes += moment_bytes(jobs[end]);
    if (bytes > kMostMomentBytes && end > first) break;
  }
  return end;
}

}  // namespace

std::vector<WeightRounding> round_weights(QuantizedModel& model, const Engine& engine, const Dataset& data,
                                          const RoundingOptions& options) {
  RoundingOptions settled = options;
  settled.threads = worker_count(options.threads);
  std::vector<Job> jobs;
  for (QdqWeight& weight : model.weights) jobs.push_back(job_of(model, weight, settled));
  std::vector<WeightRounding> report;
  for (size_t first = 0; first < jobs.size();) {
    const size_t end = end_of_pass(jobs, first);
    const std::span<Job> pass = std::span(jobs).subspan(first, end - first);
    std::vector<std::string> values;
    for (Job& job : pass) {
      if (!job.skipped.empty()) continue;
      for (std::vector<Gram>& half : job.halves) half.assign(job.groups, Gram(job.depth));
      values.push_back(job.node->input(0).name());
    }
    if (!values.empty()) {
      stream_values(model.graph, values, engine, data, settled.threads, [&](size_t sample, const ValueBlock& block) {
        parallel_for(pass.size(), settled.threads, [&](size_t index, int) {
          Job& job = pass[index];
          if (!job.skipped.empty()) return;
          const std::vector<Tensor>& tensors = block.find(job.node->input(0).name())->second;
          for (size_t i = 0; i < tensors.size() && job.skipped.empty(); ++i) {
            add_sample(job, tensors[i], sample + i, data.size());
          }
        });
      });
    }
    for (Job& job : pass) {
      report.push_back(round_one(model, job, settled));
      for (std::vector<Gram>& half : job.halves) half.clear();
    }
    first = end;
  }
  return report;
}

}  // namespace quoin
