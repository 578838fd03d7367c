// What a bias is, said once for fusion, emission, bias correction and lint: the constant float numbers that a weighted
// node adds to each output channel, the same everywhere in the channel, and nothing else.
#pragma once

#include <optional>
#include <string>

#include "quoin/graph.h"

namespace quoin {

// Of a Conv, ConvTranspose, Gemm, or a MatMul with a matrix, by the shape of its weight; empty where that is not known.
std::optional<int64_t> output_channels(const Node& weighted);

// Along which axis of its output the channels lie: 1 of a Conv and ConvTranspose, else the last (-1).
int channel_axis_of_output(const Node& weighted);

// Whether a constant of this shape, added to what the node gives, is one number per output channel, or one for all: [N]
// of a Conv and ConvTranspose (input 2); [], [1], [N], [1, N], … along the last axis of a Gemm (C) and of a MatMul (the
// Add behind it). Positions [1, T, N], [M, 1] and [M, N] are none.
bool is_bias_shape(const Node& weighted, const Shape& shape);

// The same for a constant that an Add behind the node adds: of a Conv and ConvTranspose [C, 1, 1] or [1, C, 1, 1].
bool is_bias_shape_behind(const Node& weighted, const Shape& shape);

// Where a bias stands: an input of the weighted node itself, or of the Add behind a MatMul.
struct BiasInput {
  const Node* node = nullptr;
  int input = 0;
};
// The third input of a Conv, ConvTranspose or Gemm; of a MatMul the other operand of the Add that alone reads it. Empty
// where there is none. Whether what stands there is a bias, why_no_bias tells.
std::optional<BiasInput> bias_input(const Node& weighted);

// Why the value is no bias of the node, "" where it is one: not a float32 constant, or of a shape that is none
// (is_bias_shape). A Gemm multiplies it with beta, which this does not judge.
std::string why_no_bias(const Node& weighted, const Value& value);

}  // namespace quoin
