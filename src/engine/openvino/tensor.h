// Tensors to OpenVINO's and back.
#pragma once

#include <cstddef>
#include <memory>

#include "engine/openvino/library.h"
#include "quoin/tensor.h"

namespace quoin::openvino {

// An OpenVINO tensor that views a tensor's bytes; the tensor must outlive it.
struct FedTensor {
  Handle<ov_tensor_t> tensor;
  std::unique_ptr<std::max_align_t[]> aligned;  // a copy, only where the tensor's bytes are not aligned for its type
};
// Throws Error(kBadInput) for a type that OpenVINO's C API cannot be fed.
FedTensor feed_tensor(const Library& library, const Tensor& tensor);

// A copy: OpenVINO writes the next run's results to the same memory.
Tensor copy_tensor(const Library& library, const ov_tensor_t* tensor);

}  // namespace quoin::openvino
