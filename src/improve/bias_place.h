// Where bias correction puts what it finds.
#pragma once

#include <optional>
#include <vector>

#include "quoin/quantize.h"

namespace quoin {

// The bias of a weighted node (quoin/bias.h), or the input that one can be given to.
struct BiasPlace {
  Node* node = nullptr;
  int input = 0;
  bool exists = false;
};
// Empty where there is no such place: a MatMul without a bias behind it, what stands there is none (positions, a Gemm's
// C per row), a Gemm that multiplies its C with another beta than 1.
std::optional<BiasPlace> bias_place(Node& node);

// Whether correct_biases knows what the weight's rounding shifts at this node, by the means of its inputs: Conv, and
// Gemm and MatMul with a matrix, each with its data as they are.
bool knows_shift(const Node& node, const Shape& weight);

// Adds one number per output channel to the float bias of a weight's node, which gets one where it has none.
void add_to_bias(QuantizedModel& model, const QdqWeight& weight, const BiasPlace& place,
                 const std::vector<double>& shifts);

}  // namespace quoin
