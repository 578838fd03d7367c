// A QDQ graph as the rules read it: what a value was quantized with, which nodes have integer operands, who reads a
// value how.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

using OpSet = std::vector<std::string_view>;
// An op of the default domain that is in the set.
bool is_one_of(const Node& node, const OpSet& ops);

// QuantizeLinear and DequantizeLinear, in ONNX Runtime's domain too.
bool is_quantize(const Node& node);
bool is_dequantize(const Node& node);

// The constant behind any Identity; null where there is none.
const Tensor* tensor_of(const Value& value);
// A constant, seen through Identity, Cast, Q, DQ and ops that move values only.
bool is_rooted_at_constant(const Value& value);
// The numbers of a constant; empty where it is none, or of a type that has no plain numbers.
std::optional<std::vector<double>> numbers_of(const Value& value);

// The numbers of a Q or DQ node.
struct Parameters {
  std::optional<std::vector<double>> scale, zero_point;  // absent where not constant; a zero point left out is {0}
  bool has_zero_point = false;
  DataType type = DataType::kUint8;  // of the integers
  bool per_tensor() const { return scale && scale->size() == 1; }
  // One scale and one zero point, the same in both.
  bool same_as(const Parameters& other) const;
  std::string text() const;  // "uint8, scale 0.05, zero point 128"
};
Parameters parameters_of(const Node& qdq);

// A float value that a DequantizeLinear gives.
struct Dequantized {
  const Node* dq = nullptr;
  const Node* q = nullptr;        // in front of it; null for integers that come from elsewhere
  const Value* source = nullptr;  // the float value in front of q, or the integers
  bool constant = false;          // the source is a constant: a weight or a bias
};
// Empty where no DequantizeLinear gives it.
std::optional<Dequantized> dequantized(const Value& value);
// The same across ops that only move values: OpenVINO moves it down to this read.
std::optional<Dequantized> dequantized_above(const Value& value);
inline bool is_dequantized(const Value& value) { return dequantized(value).has_value(); }

// Conv, ConvTranspose, Gemm, MatMul.
bool is_weighted(const Node& node);
// Weighted, and both operands come from DequantizeLinear.
bool has_integer_operands(const Node& node);
// The axis of the output channels in the weight; -1 for a MatMul whose rank is not known.
int output_channel_axis(const Node& weighted);
// A number for each group, channel, …: dim of the weight, -1 where not known.
int64_t weight_dim(const Node& weighted, int axis);

// Reads of a value: how many are QuantizeLinear, how many are others (a graph output and a subgraph count).
struct Readers {
  std::vector<const Node*> quantizes;
  std::vector<const Node*> others;
  bool graph_output = false;
  bool all_quantize() const { return !quantizes.empty() && others.empty() && !graph_output; }
  bool some_quantize() const { return !quantizes.empty(); }
  std::string others_text() const;  // "Add 'a', the graph output"
};
Readers readers_of(const Value& value);

// The value behind these ops as long as each is the only reader of the one before. `passed`: the ops on the way.
const Value& behind(const Value& value, const OpSet& ops, std::vector<const Node*>* passed = nullptr);

// "Conv 'name'".
std::string shown(const Node& node);
// "'name'".
std::string shown(const Value& value);

}  // namespace quoin
