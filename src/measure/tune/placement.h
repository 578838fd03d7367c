// What tune decides on: a choice per unit of one list's matches, and units that are decided together first.
#pragma once

#include <string>
#include <vector>

#include "quoin/quantize.h"

namespace quoin {

// The letters are those of the state file.
enum class Choice : char {
  kInt8 = 'i',         // as the target does it
  kFloat = 'f',        // no Q/DQ
  kFloatOutput = 'o',  // integer, but no Q/DQ at its output
  kFloatAdd = 'a',     // integer up to its residual Add, which is float
};
std::string_view to_string(Choice choice);  // "INT8", "float", "INT8 with a float output", "INT8 with a float Add"

struct Placement {
  size_t list = 0;      // which of the lists
  std::string choices;  // a Choice per unit of its matches; empty: the float rewrite of the list
  bool operator==(const Placement&) const = default;
};

// Units of one pattern at equal shapes and attributes: one decision, until a measurement tells them apart.
struct Group {
  std::string pattern;
  std::vector<size_t> units;    // of the matches, in the graph's order
  std::vector<Choice> choices;  // more than one
};

// `whole`: insert_qdq of the matches with every point on. Units of which no point opens there are in no group.
std::vector<Group> groups_of(const QuantizedModel& whole);

// Sets apply and precision of matches that have every point on.
void set_choices(MatchReport& matches, std::string_view choices);

// The first node of the unit, as the model calls it.
std::string unit_name(const UnitMatch& unit);
// "ConvBNReLU, 4 units alike (conv2_1, …)", "ConvBNReLU conv1"
std::string group_text(const Group& group, const std::vector<size_t>& units, const MatchReport& matches);

}  // namespace quoin
