// A list's widest placement made ready once, and others taken from it.
#include <fmt/format.h>

#include "pipeline/stopwatch.h"
#include "quoin/error.h"
#include "quoin/pipeline.h"
#include "quoin/units_float.h"

namespace quoin {
namespace {

void require_points(const QuantizedModel& model, const std::string& list) {
  if (model.quantized_units() > 0) return;
  const size_t units = model.matches.units.size();
  std::string message = fmt::format("the list '{}' made {} unit{}, but no Q/DQ point was opened for target '{}'", list,
                                    units, units == 1 ? "" : "s", model.target.name);
  if (!model.closed.empty()) {
    const ClosedPoint& first = model.closed.front();
    message += fmt::format("; the first, {} of '{}': {}", first.point, first.unit, first.reason);
  }
  throw Error(ErrorCode::kCheckFailed, message, "`quoin explain` lists every closed point with its reason");
}

std::string list_name(const QuantizeOptions& options) {
  return options.patterns && !options.patterns->name.empty() ? options.patterns->name : options.list;
}

}  // namespace

PreparedModel prepare(const TransformResult& transformed, const Target& target, const Engine& engine,
                      const Dataset& calibration, const QuantizeOptions& options) {
  PreparedModel prepared;
  prepared.engine = &engine;
  prepared.calibration = calibration;
  prepared.correct_biases = options.correct_biases;
  Stopwatch watch;
  QuantConfig config = options.config;
  if (!config.activation.method) config.activation.method = RangeMethod::kAuto;
  QuantizedModel& quantized = prepared.model;
  quantized = insert_qdq(transformed.graph, transformed.matches, target, config);
  require_points(quantized, list_name(options));
  prepared.cost.emit_seconds = watch.lap();
  CollectOptions collect = options.collect;
  if (options.correct_biases || options.equalize) collect.channel_axes.merge(bias_correction_axes(quantized));
  calibrate(quantized, engine, calibration, collect);
  prepared.cost.calibrate_seconds = watch.lap();
  if (options.equalize) {
    prepared.equalizations = equalize(quantized, engine, calibration, collect.threads);
    if (!quantized.ranges) calibrate(quantized, engine, calibration, collect);
    prepared.cost.equalize_seconds = watch.lap();
  }
  prepared.ranges = choose_ranges(quantized, engine, calibration, collect.threads);
  prepared.cost.choose_ranges_seconds = watch.lap();
  if (options.round_weights) {
    prepared.roundings = round_weights(quantized, engine, calibration,
                                       {.bias_correction_follows = options.correct_biases, .threads = collect.threads});
    prepared.cost.round_weights_seconds = watch.lap();
  }
  prepared.cost.samples = calibration.size();
  return prepared;
}

QuantizedModel with_matches(const PreparedModel& prepared, const MatchReport& matches) {
  QuantizedModel model = with_matches(prepared.model, matches);
  if (prepared.correct_biases) correct_biases(model);
  return model;
}

}  // namespace quoin
