#include "quoin/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "pipeline/memory.h"
#include "quantize/existing_qdq.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// Seconds since it was made, or since it was last asked.
class Stopwatch {
 public:
  double lap() {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> passed = now - start_;
    start_ = now;
    return passed.count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

const char* plural(size_t count) { return count == 1 ? "" : "s"; }

void require_matches(const MatchReport& matches, const Graph& model, const std::string& list) {
  if (!matches.units.empty()) return;
  const size_t nodes = model.node_count();
  throw Error(ErrorCode::kCheckFailed,
              fmt::format("the list '{}' matched nothing in this model ({} node{}): there is nothing to quantize", list,
                          nodes, plural(nodes)),
              "`quoin explain` says why each pattern does not match; or give another list");
}

void require_points(const QuantizedModel& model, const std::string& list) {
  if (model.quantized_units() > 0) return;
  const size_t units = model.matches.units.size();
  std::string message = fmt::format("the list '{}' made {} unit{}, but no Q/DQ point was opened for target '{}'", list,
                                    units, plural(units), model.target.name);
  if (!model.closed.empty()) {
    const ClosedPoint& first = model.closed.front();
    message += fmt::format("; the first, {} of '{}': {}", first.point, first.unit, first.reason);
  }
  throw Error(ErrorCode::kCheckFailed, message, "`quoin explain` lists every closed point with its reason");
}

// A file with full-range weights is right only where u8 x s8 kernels do not saturate.
void warn_of_weaker_cpus(const QuantizedModel& model, EmitResult& emitted) {
  const bool full_range = std::any_of(model.weights.begin(), model.weights.end(), [](const QdqWeight& weight) {
    return weight.bits == 8 && weight.integer && !weight.pairs;
  });
  const bool guarded =
      std::any_of(model.weights.begin(), model.weights.end(), [](const QdqWeight& weight) { return weight.pairs; });
  if (!model.target.weight_pairs_without_vnni || guarded || !full_range) return;
  emitted.notes.push_back(
      {"",
       "made for CPUs with VNNI or AMX: on an x86 CPU without them integer kernels saturate with these "
       "weights and lose accuracy; `--cpu avx2` makes a file that is right on every x86"});
}

}  // namespace

QuantizeResult quantize_model(const Graph& model, const Target& target, const Engine& engine,
                              const Dataset& calibration, const QuantizeOptions& options) {
  const PatternList& list = options.patterns ? *options.patterns : target.list(options.list);
  const std::string list_name = options.patterns && !list.name.empty() ? list.name : options.list;
  refuse_quantized(model);
  QuantizeCost cost;
  Stopwatch watch;
  TransformResult transformed = transform(model, list);
  cost.transform_seconds = watch.lap();
  require_matches(transformed.matches, model, list_name);
  std::vector<PlanOutcome> plan;
  if (options.plan) plan = apply_plan(*options.plan, model, transformed.matches);
  double difference = -1;
  if (options.prove) {
    difference = prove_lossless(model, transformed.graph, engine, options.tolerance).max_abs_difference;
    cost.prove_seconds = watch.lap();
  }
  QuantConfig config = options.config;
  if (!config.activation.method) config.activation.method = RangeMethod::kAuto;
  QuantizedModel quantized = insert_qdq(transformed.graph, transformed.matches, target, config);
  require_points(quantized, list_name);
  cost.emit_seconds = watch.lap();
  CollectOptions collect = options.collect;
  if (options.correct_biases || options.equalize) collect.channel_axes.merge(bias_correction_axes(quantized));
  calibrate(quantized, engine, calibration, collect);
  cost.calibrate_seconds = watch.lap();
  std::vector<Equalization> equalizations;
  if (options.equalize) {
    equalizations = equalize(quantized, engine, calibration, collect.threads);
    if (!quantized.ranges) calibrate(quantized, engine, calibration, collect);
  }
  std::vector<RangeChoice> ranges = choose_ranges(quantized, engine, calibration, collect.threads);
  std::vector<WeightRounding> roundings;
  if (options.round_weights) {
    roundings = round_weights(quantized, engine, calibration,
                              {.bias_correction_follows = options.correct_biases, .threads = collect.threads});
  }
  std::vector<BiasCorrection> corrections;
  if (options.correct_biases) corrections = correct_biases(quantized);
  cost.improve_seconds = watch.lap();
  cost.samples = calibration.size();
  EmitResult emitted = emit(quantized);
  cost.emit_seconds += watch.lap();
  cost.peak_memory_mib = peak_memory_mib();
  warn_of_weaker_cpus(quantized, emitted);
  return {std::move(quantized),  std::move(emitted),       difference,        cost,
          std::move(plan),       std::move(equalizations), std::move(ranges), std::move(roundings),
          std::move(corrections)};
}

ProvedTransform transform_proved(const Graph& model, const PatternList& list, const Engine& engine, double tolerance,
                                 uint64_t seed) {
  ProvedTransform proved;
  proved.result = transform(model, list);
  const Proof proof = prove_lossless(model, proved.result.graph, engine, tolerance, seed);
  proved.max_abs_difference = proof.max_abs_difference;
  proved.max_magnitude = proof.max_magnitude;
  return proved;
}

}  // namespace quoin
