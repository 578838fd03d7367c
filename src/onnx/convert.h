// The parts of opset conversion.
#pragma once

#include "onnx/proto.h"

namespace quoin {

// Makes `graph` what `converted` says: nodes that did not change stay as they are, others are changed or replaced with
// their names, documentation, metadata, origins and units. `converted` has the graph's small weights only.
void apply_converted(Graph& graph, const onnx::GraphProto& converted);

}  // namespace quoin
