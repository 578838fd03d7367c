#include "quoin/pipeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "pipeline/memory.h"
#include "pipeline/prove_written.h"
#include "pipeline/stopwatch.h"
#include "quantize/existing_qdq.h"
#include "quoin/error.h"
#include "quoin/lint.h"

namespace quoin {
namespace {

const char* plural(size_t count) { return count == 1 ? "" : "s"; }

void require_matches(const MatchReport& matches, const Graph& model, const std::string& list) {
  if (!matches.units.empty()) return;
  const size_t nodes = model.node_count();
  throw Error(ErrorCode::kCheckFailed,
              fmt::format("the list '{}' matched nothing in this model ({} node{}): there is nothing to quantize", list,
                          nodes, plural(nodes)),
              "`quoin explain` says why each pattern does not match; or give another list");
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

// What the target's own rules say against the file: a note for each rule, which the user would else have to ask for.
void tell_lint(const QuantizedModel& model, EmitResult& emitted) {
  const LintResult result = lint(emitted.graph, model.target, {.cpu = model.config.cpu, .lowest = Severity::kError});
  std::map<std::string_view, std::vector<const LintFinding*>> by_rule;
  for (const LintFinding& finding : result.findings) by_rule[finding.rule->id].push_back(&finding);
  for (const auto& [id, findings] : by_rule) {
    const LintFinding& first = *findings.front();
    const std::string more = findings.size() == 1 ? "" : fmt::format(" (and {} more)", findings.size() - 1);
    emitted.notes.push_back({first.node, fmt::format("lint {}: {}{}: {}; {}", id, first.read, more, first.rule->reason,
                                                     first.rule->remedy)});
  }
}

// A placement's biases corrected, and its file.
QuantizeResult completed(const PreparedModel& prepared, QuantizedModel model, const QuantizeOptions& options,
                         Stopwatch& watch) {
  QuantizeResult result;
  result.max_abs_difference = prepared.max_abs_difference;
  result.cost = prepared.cost;
  result.plan = prepared.plan;
  result.equalizations = prepared.equalizations;
  result.ranges = prepared.ranges;
  result.roundings = prepared.roundings;
  result.model = std::move(model);
  result.cost.emit_seconds += watch.lap();
  if (options.correct_biases) {
    PropagationOptions propagation = options.propagation;
    propagation.threads = options.collect.threads;
    result.corrections = options.propagate_biases
                             ? propagate_biases(result.model, *prepared.engine, prepared.calibration, propagation)
                             : correct_biases(result.model);
    result.cost.correct_biases_seconds = watch.lap();
  }
  result.emitted = emit(result.model);
  result.cost.emit_seconds += watch.lap();
  result.cost.peak_memory_mib = peak_memory_mib();
  warn_of_weaker_cpus(result.model, result.emitted);
  tell_lint(result.model, result.emitted);
  return result;
}

}  // namespace

PreparedModel prepare(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
                      const QuantizeOptions& options) {
  PatternList list = options.patterns ? *options.patterns : target.list(options.list);
  if (options.plan) list = planned_list(list, *options.plan);
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
    difference = prove_written(model, transformed, target, options.config, engine, calibration, options.tolerance)
                     .max_abs_difference;
    cost.prove_seconds = watch.lap();
  }
  PreparedModel prepared = prepare(transformed, target, engine, calibration, options);
  prepared.cost.transform_seconds = cost.transform_seconds;
  prepared.cost.prove_seconds = cost.prove_seconds;
  prepared.max_abs_difference = difference;
  prepared.plan = std::move(plan);
  return prepared;
}

QuantizeResult finish(const PreparedModel& prepared, const UnitNames& float_units, const QuantizeOptions& options,
                      const std::string& why) {
  Stopwatch watch;
  return completed(prepared, with_units_float(prepared.model, float_units, why), options, watch);
}

QuantizeResult finish_placement(const PreparedModel& prepared, const MatchReport& matches,
                                const QuantizeOptions& options) {
  Stopwatch watch;
  return completed(prepared, with_matches(prepared.model, matches), options, watch);
}

QuantizeResult quantize_model(const Graph& model, const Target& target, const Engine& engine,
                              const Dataset& calibration, const QuantizeOptions& options) {
  return finish(prepare(model, target, engine, calibration, options), {}, options);
}

ProvedTransform transform_proved(const Graph& model, const PatternList& list, const Engine& engine,
                                 const ProofInputs& inputs, double tolerance) {
  ProvedTransform proved;
  proved.result = transform(model, list);
  const MatchReport& matches = proved.result.matches;
  if (matches.units.empty() && matches.conversions.empty()) return proved;
  proved.proof = prove_lossless(model, proved.result.graph, engine, inputs, tolerance);
  return proved;
}

}  // namespace quoin
