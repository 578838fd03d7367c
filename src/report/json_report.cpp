#include "quoin/report.h"
#include "report/json.h"

namespace quoin {
namespace {

Json row_json(const CompareRow& row) {
  if (!row.skipped.empty()) return Json{{"name", row.name}, {"skipped", row.skipped}};
  return Json{{"name", row.name},
              {"simulated", to_json(row.simulated)},
              {"real", to_json(row.real)},
              {"latency", to_json(row.latency)},
              {"file_bytes", row.file_bytes},
              {"quantized_units", row.quantized_units},
              {"units", row.units},
              {"kernels", row.kernels},
              {"integer_kernels", row.integer_kernels},
              {"conversion_kernels", row.conversion_kernels},
              {"integer_share", row.integer_share}};
}

Json tensor_json(const QdqTensor& tensor) {
  Json edges = Json::array();
  for (const QdqEdge& edge : tensor.edges) {
    edges.push_back({{"unit", edge.unit},
                     {"pattern", edge.pattern},
                     {"role", to_string(edge.role)},
                     {"node", edge.node},
                     {"input", edge.input}});
  }
  return Json{{"value", tensor.value},
              {"group", tensor.group},
              {"method", to_string(tensor.range.method)},
              {"precision", precision_text(tensor)},
              {"bits", tensor.range.bits},
              {"symmetric", tensor.range.symmetric},
              {"edges", std::move(edges)}};
}

}  // namespace

std::string json_report(const CompareResult& result) {
  Json rows = Json::array();
  for (const CompareRow& row : result.rows) rows.push_back(row_json(row));
  return dump(Json{{"model", result.model},
                   {"target", result.target},
                   {"engine", result.engine},
                   {"engine_note", result.note},
                   {"cpu", result.cpu},
                   {"threads", result.threads},
                   {"rounds", result.rounds},
                   {"input", result.input},
                   {"calibration", result.calibration},
                   {"data", result.data},
                   {"simulated_on", result.simulated_on},
                   {"same_data", result.same_data},
                   {"metric", to_string(result.metric)},
                   {"budget", result.budget},
                   {"rows", std::move(rows)},
                   {"ship", result.rows.empty() ? Json(nullptr) : Json(result.rows.at(result.ship).name)},
                   {"verdict", result.verdict}});
}

std::string json_report(const VerifyResult& result) {
  Json layers = Json::array();
  for (const LayerError& layer : result.layers) {
    layers.push_back(
        {{"value", layer.value}, {"node", layer.node}, {"unit", layer.unit}, {"sqnr_db", number(layer.sqnr_db)}});
  }
  return dump(Json{{"engine", result.engine},
                   {"engine_note", result.note},
                   {"cpu", result.cpu},
                   {"data", result.data},
                   {"metric", to_string(result.metric)},
                   {"simulated_on", result.simulated_on},
                   {"float", to_json(result.reference)},
                   {"simulated", to_json(result.simulated)},
                   {"real", result.no_real.empty() ? to_json(result.real) : Json(nullptr)},
                   {"no_real", result.no_real},
                   {"layers", std::move(layers)}});
}

std::string json_report(const KernelCheck& check) {
  const auto list = [](const std::vector<RanKernel>& kernels) {
    Json array = Json::array();
    for (const RanKernel& kernel : kernels) {
      array.push_back({{"node", kernel.node},
                       {"op", kernel.op},
                       {"microseconds", number(kernel.microseconds)},
                       {"share", number(kernel.share)}});
    }
    return array;
  };
  return dump(Json{{"engine", check.engine},
                   {"engine_note", check.note},
                   {"cpu", check.cpu},
                   {"planned", check.planned},
                   {"integer", check.integer},
                   {"in_float", list(check.in_float)},
                   {"not_found", check.not_found},
                   {"conversions", list(check.conversions)},
                   {"conversion_share", number(check.conversion_share)},
                   {"integer_share", number(check.integer_share)}});
}

std::string json_report(const BenchResult& result) {
  Json models = Json::array();
  for (const Latency& latency : result.models) models.push_back(to_json(latency));
  return dump(Json{{"engine", result.engine},
                   {"engine_note", result.note},
                   {"cpu", result.cpu},
                   {"threads", result.threads},
                   {"rounds", result.rounds},
                   {"input", result.input},
                   {"models", std::move(models)}});
}

namespace {

Json improvements_json(const QuantizeResult& result) {
  Json equalizations = Json::array();
  for (const Equalization& one : result.equalizations) {
    equalizations.push_back({{"value", one.value},
                             {"strength", number(one.strength)},
                             {"sqnr_before_db", number(one.sqnr_before)},
                             {"sqnr_after_db", number(one.sqnr_after)},
                             {"refused", one.refused}});
  }
  Json ranges = Json::array(), roundings = Json::array(), corrections = Json::array();
  for (const RangeChoice& one : result.ranges) {
    ranges.push_back({{"value", one.value},
                      {"method", to_string(one.method)},
                      {"percentile", one.method == RangeMethod::kPercentile ? number(one.percentile) : Json(nullptr)},
                      {"sqnr_minmax_db", number(one.sqnr_minmax)},
                      {"sqnr_db", number(one.sqnr)}});
  }
  for (const WeightRounding& one : result.roundings) {
    roundings.push_back({{"node", one.node},
                         {"sqnr_before_db", number(one.sqnr_before)},
                         {"sqnr_after_db", number(one.sqnr_after)},
                         {"damping", one.damping ? number(*one.damping) : Json(nullptr)},
                         {"held_out_gain_db", number(one.held_out_gain)},
                         {"skipped", one.skipped}});
  }
  for (const BiasCorrection& one : result.corrections) {
    corrections.push_back({{"node", one.node},
                           {"mean_shift", number(one.mean_shift)},
                           {"largest_shift", number(one.largest_shift)},
                           {"largest_in_order", number(one.largest_in_order)}});
  }
  return {{"equalization", std::move(equalizations)},
          {"ranges", std::move(ranges)},
          {"rounding", std::move(roundings)},
          {"bias_correction", std::move(corrections)}};
}

}  // namespace

std::string json_report(const QuantizeResult& result) {
  const QuantizedModel& model = result.model;
  Json tensors = Json::array(), weights = Json::array(), biases = Json::array(), closed = Json::array(),
       notes = Json::array();
  for (const QdqTensor& tensor : model.tensors) tensors.push_back(tensor_json(tensor));
  for (const QdqWeight& weight : model.weights) {
    weights.push_back({{"node", weight.node},
                       {"input", weight.input},
                       {"value", weight.value},
                       {"axis", weight.axis ? Json(*weight.axis) : Json(nullptr)},
                       {"bits", weight.bits},
                       {"precision", precision_text(weight)},
                       {"integer", weight.integer},
                       {"unit", weight.unit}});
  }
  for (const QdqBias& bias : model.biases)
    biases.push_back({{"node", bias.node}, {"input", bias.input}, {"unit", bias.unit}});
  for (const ClosedPoint& point : model.closed)
    closed.push_back({{"unit", point.unit}, {"point", point.point}, {"reason", point.reason}});
  for (const EmitNote& note : result.emitted.notes) notes.push_back({{"node", note.node}, {"text", note.text}});
  const QuantizeCost& cost = result.cost;
  return dump(
      Json{{"target", model.target.name},
           {"units", model.matches.units.size()},
           {"quantized_units", model.quantized_units()},
           {"matches", to_json(model.matches)},
           {"activations", std::move(tensors)},
           {"weights", std::move(weights)},
           {"biases", std::move(biases)},
           {"closed_points", std::move(closed)},
           {"improvements", improvements_json(result)},
           {"notes", std::move(notes)},
           {"max_abs_difference", result.max_abs_difference < 0 ? Json(nullptr) : number(result.max_abs_difference)},
           {"cost",
            {{"transform_seconds", cost.transform_seconds},
             {"prove_seconds", cost.prove_seconds},
             {"calibrate_seconds", cost.calibrate_seconds},
             {"improve_seconds", cost.improve_seconds()},
             {"equalize_seconds", cost.equalize_seconds},
             {"choose_ranges_seconds", cost.choose_ranges_seconds},
             {"round_weights_seconds", cost.round_weights_seconds},
             {"correct_biases_seconds", cost.correct_biases_seconds},
             {"emit_seconds", cost.emit_seconds},
             {"samples", cost.samples},
             {"peak_memory_mib", cost.peak_memory_mib}}}});
}

std::string json_report(const MatchReport& report) { return dump(to_json(report)); }

}  // namespace quoin
