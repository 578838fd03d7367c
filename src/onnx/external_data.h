// Tensors whose bytes are in a file beside the model's.
#pragma once

#include <cstddef>
#include <memory>

#include "onnx/proto.h"

namespace quoin {

// Reads `size` bytes, what type and shape need. The file must be in the model's folder, the range within the file.
// Throws Error(kBadInput).
std::shared_ptr<const std::byte[]> read_external_data(const onnx::TensorProto& message, uint64_t size,
                                                      const ModelSource& source);

// Moves the external data of a node's attributes (its subgraphs' too) into the message.
void inline_external_data(onnx::NodeProto& node, const ModelSource& source);
void inline_external_data(onnx::AttributeProto& attribute, const ModelSource& source);

}  // namespace quoin
