// Proof by running: a rewrite must not change what the model computes.
#pragma once

#include <string>
#include <vector>

#include "quoin/engine.h"
#include "quoin/graph.h"
#include "quoin/pattern.h"

namespace quoin {

struct Difference {
  double max_abs = 0;        // largest |a - b| over all outputs and samples
  double max_magnitude = 0;  // largest |a|
  std::string output;        // the output where it is largest
  double relative() const { return max_abs / (max_magnitude > 1 ? max_magnitude : 1); }
};

// Runs both on the same feeds with the engine's own optimizations off. Throws Error(kCheckFailed) when their outputs
// differ in name, type or shape, or one gives NaN where the other does not.
Difference compare_outputs(const Engine& engine, const Graph& a, const Graph& b,
                           const std::vector<NamedTensors>& feeds);

// Applies one pattern to the graph and compares. `matches` is how often it applied: 0 proves nothing, and says so.
struct PatternCheck {
  int matches = 0;
  Difference difference;
};
PatternCheck check_pattern(const Pattern& pattern, const Graph& graph, const Engine& engine,
                           const std::vector<NamedTensors>& feeds);

}  // namespace quoin
