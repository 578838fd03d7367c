// What was matched, as data.
#include <algorithm>
#include <set>
#include <unordered_set>

#include "quoin/body.h"
#include "quoin/error.h"
#include "rewrite/drive.h"

namespace quoin {

std::map<std::string, int> MatchReport::counts() const {
  std::map<std::string, int> counts;
  for (const ConversionMatch& match : conversions) ++counts[match.pattern];
  for (const UnitMatch& match : units) ++counts[match.pattern->name()];
  return counts;
}

const UnitMatch* MatchReport::find_unit(std::string_view unit) const {
  const auto found =
      std::find_if(units.begin(), units.end(), [&](const UnitMatch& match) { return match.unit == unit; });
  return found == units.end() ? nullptr : &*found;
}

const UnitMatch* MatchReport::unit_of_node(std::string_view node) const {
  const auto found = std::find_if(units.begin(), units.end(), [&](const UnitMatch& match) {
    return std::find(match.nodes.begin(), match.nodes.end(), node) != match.nodes.end();
  });
  return found == units.end() ? nullptr : &*found;
}

std::vector<std::string> origins_of(const std::vector<const Node*>& nodes) {
  std::vector<std::string> origins;
  std::set<std::string> seen;
  for (const Node* node : nodes) {
    for (const std::string& origin : node->origins()) {
      if (seen.insert(origin).second) origins.push_back(origin);
    }
  }
  return origins;
}

std::vector<UnitMatch> unit_matches(const Graph& graph, const FusionResult& fusions, const PatternList& list) {
  // Units that the graph came with are reported too where the list has their pattern.
  const auto pattern_of = [&](const Unit& unit) -> PatternRef {
    if (const auto found = fusions.patterns.find(unit.name); found != fusions.patterns.end()) return found->second;
    for (const PatternRef& pattern : list.fusions()) {
      if (pattern->name() == unit.pattern) return pattern;
    }
    return nullptr;
  };
  std::vector<UnitMatch> matches;
  std::unordered_set<const Unit*> seen;
  for (const ConstBody& body : bodies(graph))
    for (const Node* first : body.graph->nodes()) {
      const Unit* unit = first->unit();
      if (!unit || !seen.insert(unit).second) continue;
      UnitMatch match;
      match.pattern = pattern_of(*unit);
      match.unit = unit->name;
      match.body = body.path;
      if (!match.pattern) continue;
      const std::vector<const Node*> nodes(unit->nodes.begin(), unit->nodes.end());
      for (const Node* node : nodes) match.nodes.push_back(node->name());
      match.origins = origins_of(nodes);
      const Precisions precisions = match.pattern->precision();
      for (const QdqPoint& point : match.pattern->qdq_points()) {
        const auto said = precisions.find(point.role);
        for (const QdqPort& port : resolve_point(*unit, point)) {
          PointPlace place{port.role, port.node ? port.node->name() : std::string(), port.input,
                           port.value ? port.value->name() : std::string()};
          if (said != precisions.end()) {
            place.precision = said->second;
            place.precision_source = "pattern '" + match.pattern->name() + "'";
          }
          match.points.push_back(std::move(place));
        }
      }
      matches.push_back(std::move(match));
    }
  return matches;
}

void verify_after(const Graph& graph, const std::string& pattern) {
  const std::vector<std::string> breaches = verify_graph(graph);
  if (breaches.empty()) return;
  std::string text = "pattern '" + pattern + "' left the graph broken: " + breaches.front();
  if (breaches.size() > 1) text += " (and " + std::to_string(breaches.size() - 1) + " more)";
  throw Error(ErrorCode::kCheckFailed, text, "correct the pattern's replacement, or leave the pattern out");
}

}  // namespace quoin
