// Which nodes of an emitted graph compute in float16.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "onnx/float16_form.h"
#include "quantize/emit.h"

namespace quoin {

struct Float16Plan {
  // Nodes that compute in float16, with the inputs and outputs that change type. All others stay as they are; Q and DQ
  // go with their neighbours.
  std::unordered_map<const Node*, Float16Form> nodes;
  bool is_half(const Value& value) const;  // an output that changes type
  // Inputs of the graph with numbers that float16 does not hold.
  std::unordered_set<const Value*> wide_inputs;
};

// Float32 stay: operators without a float16 form, those that the target keeps, whatever a constant, a measured value
// or a scale does not fit float16 for (each with a note), and numbers made of integers (positions, shapes, masks) until
// they meet a weight or a float activation.
Float16Plan plan_float16(Emission& emission);

}  // namespace quoin
