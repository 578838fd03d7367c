// The common end of reading a model, from a file, from memory or from text.
#pragma once

#include "onnx/proto.h"

namespace quoin {

// Builds the graph, runs ONNX's checker and infers types and shapes. Throws Error(kBadInput).
Graph finish_load(onnx::ModelProto& model, const ModelSource& source);

}  // namespace quoin
