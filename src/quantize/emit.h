// Writing Q/DQ into a graph: what the parts of the emission share.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "quantize/node_index.h"
#include "quoin/edit.h"
#include "quoin/quantize.h"

namespace quoin {

struct Emission {
  explicit Emission(const QuantizedModel& quantized)
      : model(quantized), graph(quantized.graph.clone()), edit(graph), nodes(graph) {}

  const QuantizedModel& model;
  Graph graph;
  Edit edit;
  NodeIndex nodes;
  std::unordered_map<std::string, ScaleZeroPoint> scales;  // by value name
  std::vector<EmitNote> notes;

  Value& value(const std::string& name);
  Node& node(const std::string& label);
  void note(const std::string& node_label, std::string text) { notes.push_back({node_label, std::move(text)}); }
};

// Scale and zero point of every tensor, one per group.
void choose_scales(Emission& emission);
// Weights and biases, while nodes still read their float inputs.
void emit_weights(Emission& emission);
void emit_activations(Emission& emission);

// An integer initializer `<name>_quantized` -> DequantizeLinear; gives the dequantized value. `axis` where there are
// several scales.
Value& add_dequantized_constant(Emission& emission, const std::string& name, Tensor values,
                                const std::vector<float>& scales, std::optional<int> axis, int32_t zero_point);
// A tensor of `type` that holds `zero_point` once (rank 0) or `count` times (rank 1).
Tensor zero_points(DataType type, int32_t zero_point, std::optional<size_t> count);

}  // namespace quoin
