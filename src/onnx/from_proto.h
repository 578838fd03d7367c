// A Graph from a ModelProto.
#pragma once

#include "onnx/proto.h"

namespace quoin {

// Checks what Graph itself needs (names, producers, opsets, cycles) and throws Error(kBadInput) where it does not hold.
// Types are those that the file states.
Graph graph_from_proto(onnx::ModelProto& model, const ModelSource& source);

// What a TypeProto says of a value; none of it where the message says nothing.
struct StatedType {
  DataType type = DataType::kUndefined;
  std::optional<std::vector<Dim>> dims;
  std::string opaque;  // serialized, where it is no tensor
  bool known() const { return type != DataType::kUndefined || dims || !opaque.empty(); }
};
StatedType type_from_proto(const onnx::TypeProto& message);

}  // namespace quoin
