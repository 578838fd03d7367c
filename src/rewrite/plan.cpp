#include "quoin/plan.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "rewrite/plan_points.h"

namespace quoin {

std::vector<PlanPoint> plan_points(const UnitMatch& match) {
  std::vector<PlanPoint> points;
  std::map<std::pair<std::string, std::string>, int> seen;
  for (const PointPlace& place : match.points) {
    std::string text(to_string(place.role));
    if (place.role != Role::kOutput) text += fmt::format("({})", place.node);
    ++seen[{text, place.value}];
    points.push_back({std::move(text), place.value, place.apply});
  }
  for (size_t i = 0; i < points.size(); ++i) {
    if (seen[{points[i].point, points[i].value}] < 2) continue;
    const PointPlace& place = match.points[i];
    points[i].point = fmt::format("{}({}, {})", to_string(place.role), place.node, place.input);
  }
  return points;
}

Plan make_plan(const Graph& model, const MatchReport& matches) {
  Plan plan;
  plan.model = std::filesystem::path(model.file_info().path).filename().string();
  plan.fingerprint = fingerprint(model);
  plan.list = matches.list;
  for (const UnitMatch& match : matches.units) {
    PlanMatch planned;
    planned.pattern = match.pattern->name();
    planned.unit = match.unit;
    planned.why = match.pattern->why();
    planned.nodes = match.origins;
    planned.apply = match.apply;
    planned.body = match.body;
    if (!match.body.empty()) planned.precision = "float";
    planned.points = plan_points(match);
    for (size_t i = 0; i < match.points.size(); ++i) {
      const PointPlace& place = match.points[i];
      if (place.precision.is_default()) continue;
      const auto [said, is_new] = planned.precisions.emplace(place.role, place.precision);
      if (!is_new && said->second != place.precision) planned.points[i].precision = place.precision;
    }
    // A role whose first point says something speaks for points of the role that say nothing.
    for (size_t i = 0; i < match.points.size(); ++i) {
      const PointPlace& place = match.points[i];
      if (place.precision.is_default() && planned.precisions.contains(place.role))
        planned.points[i].precision.emplace();
    }
    if (!match.body.empty()) planned.precisions.clear();
    if (!planned.precisions.empty()) planned.precision.clear();
    plan.matches.push_back(std::move(planned));
  }
  return plan;
}

}  // namespace quoin
