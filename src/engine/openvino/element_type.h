// OpenVINO's element types and ours.
#pragma once

#include <openvino/c/openvino.h>

#include <span>
#include <utility>

#include "quoin/tensor.h"

namespace quoin::openvino {

// Those that can be fed and read: all that both sides have but strings, whose C API stops at zero bytes.
std::span<const std::pair<DataType, ov_element_type_e>> element_types();

// kUndefined for what we cannot read.
DataType data_type(ov_element_type_e element);
// Throws Error(kBadInput) for a type that OpenVINO's C API cannot be fed.
ov_element_type_e element_type(DataType type);

}  // namespace quoin::openvino
