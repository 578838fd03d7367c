// A file that holds one serialized TensorProto, as in ONNX's test data.
#pragma once

#include <string>

#include "quoin/tensor.h"

namespace quoin {

// The tensor and the name that the file gives it (often empty). Throws Error(kBadInput) naming the file.
NamedTensor load_tensor_proto(const std::string& path);

}  // namespace quoin
