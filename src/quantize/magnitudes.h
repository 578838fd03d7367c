// How large the float values of a graph get, by the calibration data.
#pragma once

#include <optional>
#include <unordered_map>

#include "quoin/graph.h"
#include "quoin/ranges.h"

namespace quoin {

// An op of which no output is larger than its largest float input, or than 1.
bool is_bounded_by_inputs(const Node& node);

class Magnitudes {
 public:
  Magnitudes(const Graph& graph, const Ranges& ranges);
  // Largest |x| of the finite values, infinity where there were others; empty where it was not measured.
  std::optional<double> of(const Value& value) const;

 private:
  std::unordered_map<const Value*, double> known_;
};

}  // namespace quoin
