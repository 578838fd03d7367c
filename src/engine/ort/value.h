// Tensors to ONNX Runtime's values and back, without copying where that is safe.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "engine/ort/library.h"
#include "quoin/tensor.h"

namespace quoin::ort {

DataType data_type(ONNXTensorElementDataType type);

// A value that views a tensor's bytes; the tensor must outlive it.
struct FedValue {
  Handle<OrtValue> value;
  std::unique_ptr<std::max_align_t[]> aligned;  // a copy, only where the tensor's bytes are not aligned for its type
};
FedValue make_value(const Library& library, const Tensor& tensor);

// The tensor of an output. Small ones are copied; large ones keep the value, and `session` with it, alive: an output
// may be an initializer that the session owns. `feeds`: an output that shares memory with one of them is copied.
Tensor take_tensor(const Library& library, Handle<OrtValue> value, std::shared_ptr<const void> session,
                   const std::vector<const Tensor*>& feeds);

}  // namespace quoin::ort
