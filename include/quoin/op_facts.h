// What Quoin knows of an operator, said once: which inputs commute, where the weight is, what a scale passes through.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

struct OpFacts {
  std::string_view op;
  bool commutative = false;            // inputs 0 and 1 may be swapped (Add, Mul, …)
  std::vector<int> data_inputs = {0};  // activations; for a product of two: {0, 1}
  int weight_input = -1;               // -1: none
  int bias_input = -1;
  bool scale_passes_through = false;  // output values are a subset or rearrangement of input 0's (Reshape, MaxPool, …)
  bool elementwise = false;           // output shape follows from broadcasting; value by value
  bool activation = false;            // one-input function that conv kernels take as an epilogue (Relu, Clip, …)
};

// Facts for an op of the default domain; a default entry (all false) where nothing is known.
const OpFacts& op_facts(std::string_view op);
const OpFacts& op_facts(const Node& node);

// Output-channel axis of the weight of a weighted node, for per-channel scales: Conv 0, ConvTranspose 1,
// MatMul last, Gemm 0 with transB else 1. Empty where the node has no weight.
std::optional<int> weight_channel_axis(const Node& node);
// Convolution whose group count equals its input channels, more than one: a depthwise convolution.
bool is_depthwise(const Node& conv);

}  // namespace quoin
