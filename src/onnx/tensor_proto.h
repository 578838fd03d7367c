// Tensors to and from TensorProto.
#pragma once

#include <functional>

#include "onnx/proto.h"

namespace quoin {

// `what` names the tensor in errors ("the initializer 'w'"). Throws Error(kBadInput) where type, shape and data do not
// fit together, before anything is allocated for them.
Tensor tensor_from_proto(const onnx::TensorProto& message, const std::string& what, const ModelSource& source);

// Type, shape and data; numbers go to raw_data.
void tensor_to_proto(const Tensor& tensor, onnx::TensorProto& message);
// The same without the data.
void tensor_type_to_proto(const Tensor& tensor, onnx::TensorProto& message);

// Bytes that a tensor takes in a file.
uint64_t stored_bytes(const Tensor& tensor);

}  // namespace quoin
