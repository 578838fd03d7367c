// Attributes to and from AttributeProto; those that hold graphs are the business of from_proto.h and to_proto.h.
#pragma once

#include "onnx/proto.h"

namespace quoin {

// Throws Error(kBadInput) for an attribute that has no type. `node` names its node in errors.
Attribute attribute_from_proto(const onnx::AttributeProto& message, const std::string& node, const ModelSource& source);
// Anything but graphs.
void attribute_to_proto(const std::string& name, const Attribute& attribute, onnx::AttributeProto& message);

bool holds_graphs(const onnx::AttributeProto& message);

}  // namespace quoin
