// Calls of a model's local functions.
#pragma once

#include "onnx/proto.h"

namespace quoin {

// Checks what becomes of the calls, before ONNX's checker and shape inference follow each one: a function that calls
// itself, calls and subgraphs nested deeper than messages may be, and more than 250,000 nodes once every call stands
// for the nodes of its function are refused. Takes time in proportion to the file. Throws Error(kBadInput).
void check_calls(const onnx::ModelProto& model, const std::string& where);

}  // namespace quoin
