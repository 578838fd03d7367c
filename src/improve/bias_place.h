// Where the bias of a weighted node stands.
#pragma once

#include <optional>
#include <vector>

#include "quoin/quantize.h"

namespace quoin {

// An input of the node itself, or the constant operand of the Add behind a MatMul.
struct BiasPlace {
  Node* node = nullptr;
  int input = 0;
  bool exists = false;
};
// Empty where bias correction can put nothing.
std::optional<BiasPlace> bias_place(Node& node);

// Adds one number per channel to the float bias of a weight's node, which gets one where it has none.
void add_to_bias(QuantizedModel& model, const QdqWeight& weight, const BiasPlace& place,
                 const std::vector<double>& shifts);

}  // namespace quoin
