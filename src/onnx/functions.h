// Units as ONNX local functions.
#pragma once

#include "onnx/to_proto.h"

namespace quoin {

// The domain of the functions.
inline constexpr const char* kFunctionDomain = "quoin";

// Writes the nodes of a graph into `message`, each unit as one call; the functions go to `model`. Everything that a
// unit reads, constants too, is an input of its function. Throws Error(kBadInput) where a unit cannot be one node.
void nodes_with_functions(const Graph& graph, const Carried& carried, const ProtoOptions& options,
                          onnx::GraphProto& message, onnx::ModelProto& model);

}  // namespace quoin
