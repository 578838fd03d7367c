// The search's decisions on conversions: the present placement on the list without one of them.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "measure/tune/race_text.h"
#include "measure/tune/search.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr int kNowhere = -1;

// Where each unit of one list is in another: those that begin at the same node of the model.
std::vector<int> places_in(const ListFacts& from, const ListFacts& to) {
  std::map<std::string_view, int> places;
  for (size_t i = 0; i < to.names.size(); ++i) places.emplace(to.names[i], static_cast<int>(i));
  std::vector<int> found;
  for (const std::string& name : from.names) {
    const auto place = places.find(name);
    found.push_back(place == places.end() ? kNowhere : place->second);
  }
  return found;
}

// The same choices on the other list, INT8 where a unit has none here; all float stays all float.
std::string mapped(const std::string& choices, const ListFacts& from, const ListFacts& to) {
  const bool all_float = std::all_of(from.groups.begin(), from.groups.end(), [&](const Group& group) {
    return std::all_of(group.units.begin(), group.units.end(), [&](size_t unit) {
      return choices.empty() || choices[unit] == static_cast<char>(Choice::kFloat);
    });
  });
  std::string made(to.names.size(), static_cast<char>(Choice::kInt8));
  const std::vector<int> places = places_in(to, from);
  for (const Group& group : to.groups) {
    for (const size_t unit : group.units) {
      Choice choice = all_float ? Choice::kFloat : Choice::kInt8;
      if (!all_float && places[unit] != kNowhere)
        choice = static_cast<Choice>(choices[static_cast<size_t>(places[unit])]);
      if (std::find(group.choices.begin(), group.choices.end(), choice) != group.choices.end())
        made[unit] = static_cast<char>(choice);
    }
  }
  return made;
}

}  // namespace

bool Search::respell() {
  const size_t list = best().placement.list;
  for (const std::string& conversion : trials_.spellings(list)) {
    if (!spelled_.insert(fmt::format("{}:{}", list, conversion)).second) continue;
    if (trials_.is_over()) {
      ended_ = "time was up";
      return false;
    }
    if (try_without(conversion)) return true;
  }
  return false;
}

bool Search::try_without(const std::string& conversion) {
  const Placement present = best().placement;
  TuneTrial trial = trial_of("without " + conversion, present);
  tell(trial.what);
  const auto note = [&](TuneTrial::Outcome outcome, std::string reason) {
    trial.outcome = outcome;
    trial.reason = std::move(reason);
    trial.seconds = trials_.seconds();
    tried_.push_back({trial, present, {}, Choice::kInt8, conversion});
  };
  try {
    trials_.leave_out(present.list, conversion);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCheckFailed) throw;
    note(TuneTrial::Outcome::kRefused, error.message());
    return false;
  }
  const Placement candidate = {lists_.size() - 1, mapped(present.choices, lists_[present.list], lists_.back())};
  const auto give_up = [&](TuneTrial::Outcome outcome, std::string reason) {
    note(outcome, std::move(reason));
    trials_.forget_last_list();
    return false;
  };
  Loss loss;
  Race race;
  try {
    race = trials_.race(present, candidate);
    if (race.end == RaceEnd::kStopped) {
      trials_.forget_last_list();
      return false;
    }
    put(race, best().speedup, trial);
    if (race.end == RaceEnd::kSlower) return give_up(TuneTrial::Outcome::kSlower, reason_text(race));
    if (race.end != RaceEnd::kFaster) return give_up(TuneTrial::Outcome::kUnclear, reason_text(race));
    loss = trials_.loss(candidate);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kCheckFailed) throw;
    return give_up(TuneTrial::Outcome::kRefused, error.message());
  }
  trial.loss = loss.budgeted;
  const std::string text = fmt::format("{}, loses {:.2f}", reason_text(race), loss.budgeted);
  if (!holds(loss.budgeted))
    return give_up(TuneTrial::Outcome::kOverBudget, fmt::format("{}, more than the {:g} allowed", text, budget_));
  ++changes_;
  note(TuneTrial::Outcome::kKept, text);
  carry_over(present.list, candidate.list);
  keep(candidate, race.ratio, loss.budgeted);
  return true;
}

// What is known of the old list's groups holds for the same ones of the new list: they are not measured again.
void Search::carry_over(size_t from, size_t to) {
  const ListFacts &old = lists_[from], &now = lists_[to];
  for (size_t g = 0; g < old.groups.size(); ++g) {
    const auto same = std::find(now.labels.begin(), now.labels.end(), old.labels[g]);
    if (same == now.labels.end()) continue;
    for (const Choice choice : old.groups[g].choices) {
      const auto known = known_.find(fmt::format("{}:{}:{}", from, g, static_cast<char>(choice)));
      if (known == known_.end()) continue;
      known_.insert_or_assign(fmt::format("{}:{}:{}", to, same - now.labels.begin(), static_cast<char>(choice)),
                              known->second);
    }
  }
  for (const std::string& conversion : trials_.spellings(to)) {
    if (spelled_.contains(fmt::format("{}:{}", from, conversion)))
      spelled_.insert(fmt::format("{}:{}", to, conversion));
  }
  const std::vector<int> places = places_in(old, now);
  std::vector<TriedMove> told;
  for (const TriedMove& tried : tried_) {
    if (tried.present.list != from || tried.units.empty()) continue;
    TriedMove again = tried;
    again.translated = true;
    again.present = {to, mapped(tried.present.choices, old, now)};
    again.units.clear();
    for (const size_t unit : tried.units) {
      if (places[unit] != kNowhere) again.units.push_back(static_cast<size_t>(places[unit]));
    }
    if (!again.units.empty()) told.push_back(std::move(again));
  }
  tried_.insert(tried_.end(), told.begin(), told.end());
}

}  // namespace quoin
