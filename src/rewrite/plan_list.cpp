// The list that a plan's matches are of.
#include <fmt/format.h>

#include <algorithm>

#include "quoin/error.h"
#include "quoin/plan.h"

namespace quoin {

PatternList planned_list(const PatternList& list, const Plan& plan) {
  std::vector<std::string> conversions;
  for (const PatternRef& pattern : list.conversions()) conversions.push_back(pattern->name());
  const auto is_left_out = [&](const std::string& name) {
    return std::any_of(plan.without.begin(), plan.without.end(),
                       [&](const PlanWithout& one) { return one.pattern == name; });
  };
  for (const PlanWithout& one : plan.without) {
    if (std::find(conversions.begin(), conversions.end(), one.pattern) != conversions.end()) continue;
    throw Error(ErrorCode::kBadInput,
                fmt::format("the plan leaves out the conversion '{}', which the list '{}' does not have{}", one.pattern,
                            list.name, did_you_mean(one.pattern, conversions)),
                "the plan is of another list, or the list has changed since: make a new one with quoin tune or quoin "
                "plan",
                plan.file);
  }
  PatternList planned;
  planned.name = list.name;
  for (const PatternRef& pattern : list.conversions()) {
    if (!is_left_out(pattern->name())) planned.add(pattern);
  }
  for (const PatternRef& pattern : list.fusions()) planned.add(pattern);
  return planned;
}

}  // namespace quoin
