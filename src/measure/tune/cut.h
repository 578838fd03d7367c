// The placement that a profile makes best: each unit in integer or in float, each border between the two paid for.
#pragma once

#include <string>
#include <vector>

#include "quoin/quantize.h"

namespace quoin {

// Costs of one label per unit; `borders` are paid where the two labels differ.
struct CutProblem {
  std::vector<double> integer, floating;  // per unit
  struct Border {
    size_t from = 0, to = 0;
    double cost = 0;
  };
  std::vector<Border> borders;
};
// True: float. The least sum of costs, exactly (a minimum cut); of equal ones the one with the fewest float units.
std::vector<bool> cheapest(const CutProblem& problem);

// Where values pass between units of a prepared list that can be quantized there, through ops that a scale passes
// through.
inline constexpr int kNoUnit = -1;  // a float node outside of all units, or the graph's input or output
struct UnitEdge {
  int from = kNoUnit, to = kNoUnit;  // units of the matches
  double elements = 0;               // of the value
};
std::vector<UnitEdge> unit_edges(const QuantizedModel& whole);

}  // namespace quoin
