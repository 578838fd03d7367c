#include "report/json.h"

#include <cmath>

namespace quoin {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json to_json(const Accuracy& accuracy) {
  Json json{{"samples", accuracy.samples},         {"top1", accuracy.top1 ? Json(*accuracy.top1) : Json(nullptr)},
            {"mean_cosine", accuracy.mean_cosine}, {"least_cosine", accuracy.least_cosine},
            {"sqnr_db", number(accuracy.sqnr_db)}, {"max_abs", number(accuracy.max_abs)},
            {"agreements", accuracy.agreements}};
  if (accuracy.custom) json["custom"] = *accuracy.custom;
  return json;
}

Json to_json(const Latency& latency) {
  return Json{{"name", latency.name},
              {"runs", latency.runs},
              {"median_ms", latency.median_ms},
              {"p10_ms", latency.p10_ms},
              {"p90_ms", latency.p90_ms},
              {"min_ms", latency.min_ms},
              {"speedup", latency.speedup},
              {"speedup_p10", latency.speedup_p10},
              {"speedup_p90", latency.speedup_p90},
              {"speedup_low", latency.speedup_low},
              {"speedup_high", latency.speedup_high},
              {"bytes", latency.bytes}};
}

Json to_json(const PointPlace& point) {
  Json json{{"role", to_string(point.role)},
            {"node", point.node},
            {"input", point.input},
            {"value", point.value},
            {"apply", point.apply}};
  if (!point.precision.is_default()) json["precision"] = point.precision.text();
  return json;
}

namespace {

// Only where it is in a subgraph.
void add_body(Json& json, const std::string& body) {
  if (!body.empty()) json["body"] = body;
}

}  // namespace

Json to_json(const MatchReport& report) {
  Json counts = Json::object(), conversions = Json::array(), units = Json::array(), lost = Json::array();
  for (const auto& [pattern, count] : report.counts()) counts[pattern] = count;
  for (const ConversionMatch& conversion : report.conversions) {
    conversions.push_back({{"pattern", conversion.pattern}, {"origins", conversion.origins}});
    add_body(conversions.back(), conversion.body);
  }
  for (const UnitMatch& unit : report.units) {
    Json points = Json::array();
    for (const PointPlace& point : unit.points) points.push_back(to_json(point));
    units.push_back({{"unit", unit.unit},
                     {"pattern", unit.pattern ? Json(unit.pattern->name()) : Json(nullptr)},
                     {"nodes", unit.nodes},
                     {"origins", unit.origins},
                     {"points", std::move(points)},
                     {"apply", unit.apply}});
    add_body(units.back(), unit.body);
  }
  for (const LostMatch& match : report.lost) {
    lost.push_back({{"pattern", match.pattern}, {"root", match.root}, {"unit", match.unit}, {"winner", match.winner}});
    add_body(lost.back(), match.body);
  }
  return Json{{"list", report.list},
              {"counts", std::move(counts)},
              {"conversions", std::move(conversions)},
              {"units", std::move(units)},
              {"lost", std::move(lost)}};
}

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

}  // namespace quoin
