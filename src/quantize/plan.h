// Which Q/DQ points open: points of matches -> edges, weights, biases, by the target's policy.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "quantize/config.h"
#include "quantize/node_index.h"
#include "quantize/precision.h"
#include "quoin/quantize.h"

namespace quoin {

// One point of a unit on its way to being opened or closed.
struct PlannedPoint {
  const PointPlace* point = nullptr;
  const Node* node = nullptr;    // the reader; null for an output
  const Value* value = nullptr;  // null where it is not in the graph any more
  std::string op;                // what the target's exceptions are asked for
  Emit emit = Emit::kNever;
  bool wanted = false;  // the target wants it
  std::string reason;   // why it is closed; empty: open
  ChosenPrecision precision;
  bool is_open() const { return reason.empty(); }
};

struct PlannedUnit {
  const UnitMatch* match = nullptr;
  bool weighted = false;  // has a Conv, ConvTranspose, Gemm or MatMul
  std::vector<PlannedPoint> points;
  // The open point at this input; null where there is none.
  const PlannedPoint* open_at(const Node& node, int input) const;
  // True where data and weight of a weighted node are open and it computes on integers.
  bool runs_on_integers(const Node& node) const;
  std::vector<std::unique_ptr<PointPlace>> added;  // places that the target needs and the pattern does not declare
};

// Decides every point that does not depend on who reads the unit's output. `fixed`: fixed_values() of the graph.
PlannedUnit plan_unit(const UnitMatch& match, const NodeIndex& nodes, const std::unordered_set<const Value*>& fixed,
                      const Graph& graph, const Target& target, const QuantConfig& config);
// Closes every open point with the reason of the one that cannot be opened: an integer kernel needs all of them.
void close_partial(PlannedUnit& unit);
// Activations of weights that the target runs with float ones, and biases of nodes that compute in float, are closed;
// nothing else is for that. Throws Error where the activation's precision was asked for.
void close_beside_float(PlannedUnit& unit, const Target& target);
// The Add of a constant behind an open MatMul, where the target takes it for the MatMul's bias (Target::bias_of_add).
void open_bias_of_add(PlannedUnit& unit, const Target& target);
// Opens the outputs of those weighted nodes that have no integer kernel with a float output
// (Target::integer_output_ops) where no open point quantizes them: an activation that the Q cannot take along stands
// behind. The unit's output is then float, and quantized only for integer readers.
void require_integer_outputs(PlannedUnit& unit, const Target& target);
void close_all(PlannedUnit& unit, const std::string& reason);

// Fills tensors, weights, biases and closed.
void open_points(QuantizedModel& model, const QuantSettings& settings);

}  // namespace quoin
