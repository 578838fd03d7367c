// ONNX's checker on loaded models.
#pragma once

#include "onnx/proto.h"

namespace quoin {

// Throws Error(kBadInput) for a model that ONNX's checker refuses. Unlike the checker it takes outputs without a shape.
// `message` has small weights only; it comes back as it was.
void check_loaded(onnx::ModelProto& message, const std::string& where);

}  // namespace quoin
