#include "measure/tune/moves.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace quoin {
namespace {

char letter(Choice choice) { return static_cast<char>(choice); }

bool is_float(char choice) { return choice == letter(Choice::kFloat); }

std::string move_text(const ListFacts& facts, const std::vector<size_t>& groups, const std::vector<size_t>& units,
                      Choice to) {
  if (units.size() == 1) {
    const std::string& pattern = facts.groups[groups.front()].pattern;
    return fmt::format("{}: {} {}", to_string(to), pattern, facts.names[units.front()]);
  }
  std::vector<std::string> parts;
  for (const size_t group : groups) parts.push_back(facts.labels[group]);
  std::string text = fmt::format("{}: {}", to_string(to), fmt::join(parts, " with "));
  size_t all = 0;
  for (const size_t group : groups) all += facts.groups[group].units.size();
  if (units.size() != all) text += fmt::format(", {} of {}", units.size(), all);
  return text;
}

void sort_by_gain(std::vector<Move>& moves) {
  std::stable_sort(moves.begin(), moves.end(), [](const Move& a, const Move& b) { return a.gain_ms > b.gain_ms; });
}

Move move_of(const ListFacts& facts, const Placement& present, std::vector<size_t> groups, std::vector<size_t> units,
             Choice to) {
  Move move{std::move(groups), std::move(units), to, 0, ""};
  move.gain_ms = expected_gain(facts, present, after(present, move));
  move.text = move_text(facts, move.groups, move.units, to);
  return move;
}

std::vector<size_t> others(const Group& group, const Placement& present, Choice to) {
  std::vector<size_t> units;
  for (const size_t unit : group.units) {
    if (present.choices[unit] != letter(to)) units.push_back(unit);
  }
  return units;
}

// What the profile says a placement takes, but for what no placement changes.
double cost(const ListFacts& facts, const std::string& choices) {
  double sum = 0;
  for (const Group& group : facts.groups) {
    for (const size_t unit : group.units)
      sum += is_float(choices[unit]) ? facts.float_ms[unit] : facts.integer_ms[unit];
  }
  std::set<size_t> decided;
  for (const Group& group : facts.groups) decided.insert(group.units.begin(), group.units.end());
  const auto in_float = [&](int unit) {
    const auto index = static_cast<size_t>(unit);
    return unit == kNoUnit || !decided.contains(index) || is_float(choices[index]);
  };
  for (const UnitEdge& edge : facts.edges) {
    if (in_float(edge.from) != in_float(edge.to)) sum += facts.conversion_ms * edge.elements;
  }
  return sum;
}

}  // namespace

Placement after(const Placement& present, const Move& move) {
  Placement placement = present;
  for (const size_t unit : move.units) placement.choices[unit] = letter(move.to);
  return placement;
}

double expected_gain(const ListFacts& facts, const Placement& from, const Placement& to) {
  return cost(facts, from.choices) - cost(facts, to.choices);
}

std::vector<Move> group_moves(const ListFacts& facts, const Placement& present) {
  std::vector<Move> moves;
  for (size_t g = 0; g < facts.groups.size(); ++g) {
    for (const Choice to : facts.groups[g].choices) {
      std::vector<size_t> units = others(facts.groups[g], present, to);
      if (!units.empty()) moves.push_back(move_of(facts, present, {g}, std::move(units), to));
    }
  }
  sort_by_gain(moves);
  return moves;
}

std::vector<Move> unit_moves(const ListFacts& facts, const Placement& present, size_t group, Choice to) {
  std::vector<Move> moves;
  for (const size_t unit : others(facts.groups[group], present, to))
    moves.push_back(move_of(facts, present, {group}, {unit}, to));
  sort_by_gain(moves);
  return moves;
}

std::vector<Move> pair_moves(const ListFacts& facts, const Placement& present) {
  std::vector<int> group_of(present.choices.size(), -1);
  for (size_t g = 0; g < facts.groups.size(); ++g) {
    for (const size_t unit : facts.groups[g].units) group_of[unit] = static_cast<int>(g);
  }
  std::set<std::pair<size_t, size_t>> pairs;
  for (const UnitEdge& edge : facts.edges) {
    if (edge.from == kNoUnit || edge.to == kNoUnit) continue;
    const int a = group_of[static_cast<size_t>(edge.from)], b = group_of[static_cast<size_t>(edge.to)];
    if (a < 0 || b < 0 || a == b) continue;
    pairs.emplace(static_cast<size_t>(std::min(a, b)), static_cast<size_t>(std::max(a, b)));
  }
  std::vector<Move> moves;
  for (const auto& [a, b] : pairs) {
    for (const Choice to : {Choice::kFloat, Choice::kInt8}) {
      std::vector<size_t> first = others(facts.groups[a], present, to), second = others(facts.groups[b], present, to);
      if (first.empty() || second.empty()) continue;
      first.insert(first.end(), second.begin(), second.end());
      moves.push_back(move_of(facts, present, {a, b}, std::move(first), to));
    }
  }
  sort_by_gain(moves);
  return moves;
}

std::string cut_choices(const ListFacts& facts, size_t units, double weight) {
  std::vector<int> index(units, -1);
  CutProblem problem;
  std::vector<size_t> decided;
  for (const Group& group : facts.groups) {
    for (const size_t unit : group.units) {
      index[unit] = static_cast<int>(decided.size());
      decided.push_back(unit);
      problem.integer.push_back(facts.integer_ms[unit]);
      problem.floating.push_back(facts.float_ms[unit]);
    }
  }
  for (const UnitEdge& edge : facts.edges) {
    const int from = edge.from == kNoUnit ? -1 : index[static_cast<size_t>(edge.from)];
    const int to = edge.to == kNoUnit ? -1 : index[static_cast<size_t>(edge.to)];
    const double cost = weight * facts.conversion_ms * edge.elements;
    if (from >= 0 && to >= 0) {
      problem.borders.push_back({static_cast<size_t>(from), static_cast<size_t>(to), cost});
    } else if (from >= 0 || to >= 0) {
      // The other side is float whatever is decided.
      problem.integer[static_cast<size_t>(std::max(from, to))] += cost;
    }
  }
  const std::vector<bool> in_float = cheapest(problem);
  std::string choices(units, letter(Choice::kInt8));
  for (size_t i = 0; i < decided.size(); ++i) {
    if (in_float[i]) choices[decided[i]] = letter(Choice::kFloat);
  }
  return choices;
}

}  // namespace quoin
