// A plan put on the matches that it was made of, and on no others.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>

#include "quoin/error.h"
#include "quoin/plan.h"
#include "rewrite/plan_points.h"

namespace quoin {
namespace {

constexpr size_t kMostShown = 10;

std::string shown(const PlanPoint& point) { return fmt::format("{} of '{}'", point.point, point.value); }

// One match of the plan and what it is here, place by place.
struct Pair {
  const PlanMatch* planned = nullptr;
  UnitMatch* match = nullptr;
  std::vector<const PlanPoint*> points;  // per place of `match`
};

class Comparison {
 public:
  Comparison(const Plan& plan, const Graph& model, MatchReport& matches) : plan_(plan), matches_(matches) {
    const std::string here = fingerprint(model);
    if (plan.fingerprint != here)
      differ(fmt::format("the plan is for the model {}with the fingerprint {}, this one has {}",
                         plan.model.empty() ? "" : fmt::format("'{}' ", plan.model), plan.fingerprint, here));
    pair_units();
  }

  // In the order of the matches. Throws where there is any difference.
  std::vector<Pair> pairs() {
    if (differences_.empty()) return std::move(pairs_);
    // The name alone changes nothing; beside other differences it explains them.
    if (plan_.list != matches_.list)
      differences_.insert(differences_.begin(),
                          fmt::format("the plan is of the list '{}', this is '{}'", plan_.list, matches_.list));
    const size_t count = differences_.size();
    std::string text =
        fmt::format("the plan does not fit this model and list: {} difference{}", count, count == 1 ? "" : "s");
    for (size_t i = 0; i < std::min(count, kMostShown); ++i) text += "\n  " + differences_[i];
    if (count > kMostShown) text += fmt::format("\n  and {} more", count - kMostShown);
    throw Error(ErrorCode::kBadInput, text, "make a new plan with `quoin plan`, and edit only apply and precision",
                plan_.file);
  }

 private:
  void differ(std::string text) { differences_.push_back(std::move(text)); }

  void pair_units() {
    std::unordered_map<std::string_view, const PlanMatch*> planned;
    for (const PlanMatch& match : plan_.matches) {
      if (!planned.emplace(match.unit, &match).second)
        differ(fmt::format("the plan has the unit '{}' twice", match.unit));
    }
    for (UnitMatch& match : matches_.units) {
      const auto found = planned.find(match.unit);
      if (found == planned.end()) {
        differ(fmt::format("the unit '{}' by {} is not in the plan (apply = false leaves it float)", match.unit,
                           match.pattern->name()));
        continue;
      }
      pair(*found->second, match);
      planned.erase(found);
    }
    for (const PlanMatch& match : plan_.matches) {
      const auto left = planned.find(match.unit);
      if (left == planned.end() || left->second != &match) continue;
      differ(fmt::format("the plan has a unit '{}' by {}, which is not matched here", match.unit, match.pattern));
    }
  }

  void pair(const PlanMatch& planned, UnitMatch& match) {
    const std::string unit = fmt::format("the unit '{}'", match.unit);
    if (planned.pattern != match.pattern->name())
      differ(fmt::format("{} is by {} in the plan, by {} here", unit, planned.pattern, match.pattern->name()));
    if (planned.body != match.body) {
      const auto place = [](const std::string& body) { return body.empty() ? "the main graph" : "'" + body + "'"; };
      differ(fmt::format("{} is in {} in the plan, in {} here", unit, place(planned.body), place(match.body)));
    }
    if (planned.nodes != match.origins) {
      differ(fmt::format("{} is made of {} in the plan, of {} here", unit, fmt::join(planned.nodes, ", "),
                         fmt::join(match.origins, ", ")));
    }
    if (planned.precision != "int8" && planned.precision != "float" && !planned.precision.empty()) {
      differ(fmt::format("{} has the precision '{}' in the plan; there are int8, float and a table of roles", unit,
                         planned.precision));
    }
    for (const auto& [role, precision] : planned.precisions) {
      const bool has = std::any_of(match.points.begin(), match.points.end(),
                                   [r = role](const PointPlace& place) { return place.role == r; });
      if (!has) differ(fmt::format("{} has a precision for '{}', but no point of that role", unit, to_string(role)));
    }
    Pair pair{&planned, &match, {}};
    std::vector<bool> used(planned.points.size(), false);
    std::vector<std::string> here;
    for (const PlanPoint& place : plan_points(match)) {
      const PlanPoint* found = nullptr;
      for (size_t i = 0; i < planned.points.size() && !found; ++i) {
        if (used[i] || planned.points[i].point != place.point || planned.points[i].value != place.value) continue;
        used[i] = true;
        found = &planned.points[i];
      }
      if (!found)
        differ(fmt::format("{}: the point {} is not in the plan (apply = false turns it off)", unit, shown(place)));
      pair.points.push_back(found);
      here.push_back(shown(place));
    }
    for (size_t i = 0; i < planned.points.size(); ++i) {
      if (used[i]) continue;
      const std::string point = shown(planned.points[i]);
      const bool twice = std::find(here.begin(), here.end(), point) != here.end();
      differ(twice ? fmt::format("{}: the plan has the point {} twice", unit, point)
                   : fmt::format("{} has no point {}{}", unit, point, did_you_mean(point, here)));
    }
    pairs_.push_back(std::move(pair));
  }

  const Plan& plan_;
  MatchReport& matches_;
  std::vector<std::string> differences_;
  std::vector<Pair> pairs_;
};

// The plan's word on each point; what it changes, as text.
std::vector<std::string> set_precisions(const PlanMatch& planned, const Pair& pair, UnitMatch& match) {
  std::vector<std::string> changed;
  for (size_t i = 0; i < match.points.size(); ++i) {
    PointPlace& place = match.points[i];
    PointPrecision said;
    if (const auto by_role = planned.precisions.find(place.role); by_role != planned.precisions.end()) {
      said = by_role->second;
    }
    if (pair.points[i]->precision) said = *pair.points[i]->precision;
    if (said == place.precision) continue;
    changed.push_back(
        fmt::format("{} {}", pair.points[i]->point, said.is_default() ? "as the target has it" : said.text()));
    place.precision = said;
    place.precision_source = said.is_default() ? "" : fmt::format("the plan's unit '{}'", match.unit);
  }
  return changed;
}

PlanOutcome apply_match(const Pair& pair) {
  const PlanMatch& planned = *pair.planned;
  UnitMatch& match = *pair.match;
  match.apply = planned.apply && planned.precision != "float";
  const std::vector<std::string> changed =
      match.apply ? set_precisions(planned, pair, match) : std::vector<std::string>();
  std::vector<std::string> off;
  for (size_t i = 0; i < match.points.size(); ++i) {
    match.points[i].apply = pair.points[i]->apply;
    if (!pair.points[i]->apply) off.push_back(shown(*pair.points[i]));
  }
  using State = PlanOutcome::State;
  PlanOutcome outcome{match.unit, match.pattern->name(), State::kApplied, ""};
  const auto become = [&](State state, std::string reason) {
    outcome.state = state;
    outcome.reason = std::move(reason);
  };
  if (!planned.apply) {
    become(State::kSkipped, "apply is false: float, and claimed");
  } else if (planned.precision == "float") {
    become(State::kSkipped, "precision is \"float\"");
  } else if (!off.empty() && off.size() == match.points.size()) {
    become(State::kSkipped, "all of its points are off");
  } else if (!off.empty()) {
    become(State::kChanged,
           fmt::format("{} of {} points off: {}", off.size(), match.points.size(), fmt::join(off, ", ")));
  }
  if (!changed.empty() && outcome.state != State::kSkipped) {
    const std::string text = fmt::format("precision of {}", fmt::join(changed, ", "));
    become(State::kChanged, outcome.reason.empty() ? text : outcome.reason + "; " + text);
  }
  return outcome;
}

}  // namespace

std::string_view to_string(PlanOutcome::State state) {
  switch (state) {
    case PlanOutcome::State::kApplied:
      return "applied";
    case PlanOutcome::State::kSkipped:
      return "skipped";
    case PlanOutcome::State::kChanged:
      return "changed";
  }
  QUOIN_CHECK(false, "a state that does not exist");
  return "";
}

std::vector<PlanOutcome> apply_plan(const Plan& plan, const Graph& model, MatchReport& matches) {
  std::vector<PlanOutcome> outcomes;
  for (const Pair& pair : Comparison(plan, model, matches).pairs()) outcomes.push_back(apply_match(pair));
  return outcomes;
}

}  // namespace quoin
