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
    plan.matches.push_back({match.pattern->name(), match.unit, match.pattern->why(), match.origins, match.apply,
                            match.body.empty() ? "int8" : "float", plan_points(match), match.body});
  }
  return plan;
}

}  // namespace quoin
