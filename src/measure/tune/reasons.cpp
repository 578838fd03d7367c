#include "measure/tune/reasons.h"

#include <fmt/format.h>

#include <algorithm>

namespace quoin {
namespace {

using Outcome = TuneTrial::Outcome;

// "with the 3 units like it"
std::string company(const TriedMove& tried) {
  const size_t others = tried.units.size() - 1;
  return others == 0 ? "" : fmt::format(", measured together with {} more", others);
}

// The other choice was tried while the unit was as it is in the end.
std::string against(const TriedMove& tried) {
  const std::string_view other = to_string(tried.to);
  if (tried.trial.outcome == Outcome::kRefused) return fmt::format("{} is refused: {}", other, tried.trial.reason);
  return fmt::format("{} {}{}", other, tried.trial.reason, company(tried));
}

std::string reason_of(size_t unit, const Placement& final, const ListFacts& facts,
                      const std::vector<TriedMove>& tried) {
  const char letter = final.choices[unit];
  const std::string_view now = to_string(static_cast<Choice>(letter));
  std::string chosen, alternative;
  for (const TriedMove& one : tried) {
    if (one.present.list != final.list || std::find(one.units.begin(), one.units.end(), unit) == one.units.end())
      continue;
    if (one.trial.outcome == Outcome::kKept || one.trial.outcome == Outcome::kRecovered) {
      if (static_cast<char>(one.to) == letter) chosen = one.trial.reason + company(one);
    } else if (one.present.choices[unit] == letter) {
      alternative = against(one);
    }
  }
  if (!chosen.empty()) return fmt::format("{}: {}", now, chosen);
  if (!alternative.empty()) return fmt::format("{}: {}", now, alternative);
  return fmt::format("{}: as in the start; by the profile {:.3f} ms in float, {:.3f} in INT8; not tried apart", now,
                     facts.float_ms[unit], facts.integer_ms[unit]);
}

}  // namespace

std::vector<std::string> reasons_of(const Placement& final, const ListFacts& facts, const MatchReport& matches,
                                    const std::vector<TriedMove>& tried) {
  std::vector<std::string> reasons(matches.units.size());
  for (size_t unit = 0; unit < matches.units.size(); ++unit) {
    const bool decided = std::any_of(facts.groups.begin(), facts.groups.end(), [unit](const Group& group) {
      return std::find(group.units.begin(), group.units.end(), unit) != group.units.end();
    });
    if (decided) {
      reasons[unit] = reason_of(unit, final, facts, tried);
    } else if (!matches.units[unit].points.empty()) {
      reasons[unit] = "float: the target opens none of its points";
    }
  }
  return reasons;
}

}  // namespace quoin
