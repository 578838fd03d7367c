// Changes of a placement, ordered by what a profile expects of them.
#pragma once

#include <string>
#include <vector>

#include "measure/tune/cut.h"
#include "measure/tune/placement.h"

namespace quoin {

// What the search knows of a list before it measures.
struct ListFacts {
  std::string name;
  std::vector<Group> groups;
  std::vector<std::string> labels;  // per group: group_text of all of its units
  std::vector<std::string> names;   // per unit
  // Per unit: milliseconds in integer and in float by the engine's profiles.
  std::vector<double> integer_ms, float_ms;
  std::vector<UnitEdge> edges;
  double conversion_ms = 0;  // per value converted
};

struct Move {
  std::vector<size_t> groups;  // one, or two neighbours
  std::vector<size_t> units;   // those that change
  Choice to = Choice::kFloat;
  double gain_ms = 0;  // expected
  std::string text;    // "float: ConvBNReLU, 4 units alike (conv2_1, …)"
};

Placement after(const Placement& present, const Move& move);
// Milliseconds that the profile expects to be saved by it.
double expected_gain(const ListFacts& facts, const Placement& from, const Placement& to);

// Whole groups: each to each of its other choices.
std::vector<Move> group_moves(const ListFacts& facts, const Placement& present);
// Single units of a group, to `to`.
std::vector<Move> unit_moves(const ListFacts& facts, const Placement& present, size_t group, Choice to);
// Two groups between which values pass, together to float or to INT8.
std::vector<Move> pair_moves(const ListFacts& facts, const Placement& present);
// The profile's own choice, with conversions counted `weight` times.
std::string cut_choices(const ListFacts& facts, size_t units, double weight);

}  // namespace quoin
