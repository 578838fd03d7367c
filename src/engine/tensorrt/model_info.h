// What TensorRT's driver must know of a model before it is built: what to feed it, and which kind of file it is.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "quoin/engine.h"

namespace quoin::tensorrt {

struct ModelInfo {
  std::vector<PortInfo> inputs;  // without those that are initializers
  std::vector<PortInfo> outputs;
  bool quantized = false;  // has QuantizeLinear or DequantizeLinear nodes
  bool half = false;       // has FP16 or BF16 weights, scales, inputs or outputs: its author chose the types
  std::unordered_map<std::string, std::string> ops;  // op type by node name, of the nodes that have one
  bool fixed_shapes() const;                         // no input has a free dimension
};

// Reads a serialized ModelProto without its weights. Throws Error(kBadInput) where the bytes are none.
ModelInfo read_model_info(std::string_view model);

}  // namespace quoin::tensorrt
