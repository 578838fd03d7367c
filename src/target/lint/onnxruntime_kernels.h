// Which nodes ONNX Runtime's CPU provider can run on integers between DequantizeLinear and QuantizeLinear
// (docs/targets.md, tried).
#pragma once

#include "target/lint/qdq_view.h"

namespace quoin {

// Integer between DQ at every data input and Q at every reader.
inline const OpSet kOrtElementwise = {"Add",     "Mul",    "AveragePool", "GlobalAveragePool", "LeakyRelu", "Sigmoid",
                                      "Softmax", "Concat", "Where"};
// Run on the integers themselves between Q and DQ of the same numbers.
inline const OpSet kOrtMoves = {"MaxPool",   "Resize",    "Reshape", "Transpose",      "Slice",  "Squeeze",
                                "Unsqueeze", "Flatten",   "Gather",  "GatherElements", "Expand", "Tile",
                                "ReduceMax", "ReduceMin", "Split",   "DepthToSpace"};
// A Q takes them along where they change nothing that it does not.
inline const OpSet kOrtAbsorbed = {"Relu", "Clip"};

// Every data input of an elementwise op, of Concat or of a pool is dequantized. `floats`: the name of one that is not,
// where some are.
struct Operands {
  int quantized = 0, floats = 0;
  std::string float_name;
  bool float_is_constant = false;
};
Operands operands_of(const Node& node);

}  // namespace quoin
