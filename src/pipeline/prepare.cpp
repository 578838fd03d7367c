// A list's widest placement made ready once, and others taken from it.
#include <fmt/format.h>

#include <algorithm>

#include "pipeline/stopwatch.h"
#include "quoin/error.h"
#include "quoin/pipeline.h"
#include "quoin/units_float.h"

namespace quoin {
namespace {

constexpr size_t kToldReasons = 4;

std::string counted(size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

// Why points stay closed, the most frequent reason first, each with the first place.
std::string closed_reasons(const QuantizedModel& model) {
  struct Reason {
    std::string text;
    size_t points = 0;
    const ClosedPoint* first = nullptr;
  };
  std::vector<Reason> reasons;
  for (const ClosedPoint& point : model.closed) {
    auto found =
        std::find_if(reasons.begin(), reasons.end(), [&](const Reason& one) { return one.text == point.reason; });
    if (found == reasons.end()) found = reasons.insert(found, {point.reason, 0, &point});
    ++found->points;
  }
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const Reason& a, const Reason& b) { return a.points > b.points; });
  std::string text;
  for (size_t i = 0; i < std::min(reasons.size(), kToldReasons); ++i) {
    const Reason& reason = reasons[i];
    text += fmt::format("; {} closed: {} (first: {} of '{}')", counted(reason.points, "point"), reason.text,
                        reason.first->point, reason.first->unit);
  }
  if (reasons.size() > kToldReasons) text += fmt::format("; {} more", counted(reasons.size() - kToldReasons, "reason"));
  const auto pointless = static_cast<size_t>(std::count_if(model.matches.units.begin(), model.matches.units.end(),
                                                           [](const UnitMatch& unit) { return unit.points.empty(); }));
  if (pointless > 0)
    text += fmt::format("; {} of a pattern that declares no point: fused, never quantized", counted(pointless, "unit"));
  return text;
}

void require_points(const QuantizedModel& model, const std::string& list) {
  if (model.quantized_units() > 0) return;
  throw Error(ErrorCode::kCheckFailed,
              fmt::format("the list '{}' made {}, but no Q/DQ point was opened for target '{}'{}", list,
                          counted(model.matches.units.size(), "unit"), model.target.name, closed_reasons(model)),
              "nothing here pays in integers on this target: ship the float model, or try another list or target; "
              "`quoin explain` lists every closed point");
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
