// ONNX's shape inference.
#pragma once

#include "onnx/proto.h"

namespace quoin {

// `message`: the graph with small weights and all types. Throws Error(kBadInput) where inference cannot go on.
void infer_shapes(Graph& graph, onnx::ModelProto& message, const std::string& where);

}  // namespace quoin
