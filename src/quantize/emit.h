// Writing Q/DQ into a graph: what the parts of the emission share.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "quantize/node_index.h"
#include "quoin/edit.h"
#include "quoin/quantize.h"

namespace quoin {

struct Emission {
  explicit Emission(const QuantizedModel& quantized);

  const QuantizedModel& model;
  Graph graph;
  Edit edit;
  NodeIndex nodes;
  std::vector<ScaleZeroPoint> scales;                               // by tensor of the model
  std::unordered_map<std::string, std::vector<size_t>> tensors_of;  // by value name: several formats of one value
  std::set<std::string, std::less<>>
      wide_weights;  // labels of nodes whose weight has float32 scales, and not the target's
  std::vector<EmitNote> notes;

  // Of what the node reads there, which is quantized.
  const ScaleZeroPoint& scale_at(const Node& node, int input) const;
  Value& value(const std::string& name);
  Node& node(const std::string& label);
  Unit* unit_of(const Node& node) const;
  void note(const std::string& node_label, std::string text) { notes.push_back({node_label, std::move(text)}); }
};

// Scale and zero point of every tensor, one per group.
void choose_scales(Emission& emission);
// Weights and biases, while nodes still read their float inputs.
void emit_weights(Emission& emission);
void emit_activations(Emission& emission);
// A Reshape behind nodes that no layout may be moved through, in front of any Q.
void keep_layouts(Emission& emission);
// Products of fixed matrices and convolutions that compute on integers and have no bias get one that changes nothing,
// where the target's policy for biases is "always" and it takes them as floats: Gemm and Conv as input 2, MatMul by an
// Add.
void add_missing_biases(Emission& emission);
// Behind those: where the target says so, biases of convolutions of open size are written as an Add behind them, in
// models that compute with sizes.
void put_biases_behind(Emission& emission);
// Products of fixed matrices whose results are multiplied or shifted by constants in front of a Q get a
// dimension in front, so that the target does not take the constants into the Q.
void keep_products_apart(Emission& emission);
// What is not integer as float16, with casts; the model's own inputs and outputs keep their types.
void convert_rest_to_float16(Emission& emission);

// Weights that the file lists as inputs too. Up to IR version 3 it had to, and they are constants: none stays an input.
// Since then a caller may give another weight: those that nothing reads any more go, and a note says so.
void drop_weight_inputs(Emission& emission);

// `made` takes the place of `output` among the outputs of its producer, which is made again for that: name, place in
// its unit and origins are kept. `output` has no producer then.
void write_to(Emission& emission, Value& output, Value& made);
// An Add of `addend` behind the product, under the name of its output and in its unit.
void add_behind(Emission& emission, Node& product, Value& addend);

// An integer initializer `<name>_quantized` -> DequantizeLinear; gives the dequantized value. `axis` where there are
// several scales.
Value& add_dequantized_constant(Emission& emission, const std::string& name, Tensor values,
                                const std::vector<float>& scales, std::optional<int> axis, int32_t zero_point);
// The same for a weight: scales and zero points per tensor, channel or block; the zero points are left out where all
// are 0 and the weight has blocks or 4 bits. `transposed`: of a matrix, written the other way round.
Value& add_dequantized_weight(Emission& emission, const std::string& name, const QuantizedWeight& weight,
                              bool transposed);
// A tensor of `type` that holds `zero_point` once (rank 0) or `count` times (rank 1).
Tensor zero_points(DataType type, int32_t zero_point, std::optional<size_t> count);

}  // namespace quoin
