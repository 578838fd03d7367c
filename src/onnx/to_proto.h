// A ModelProto from a Graph.
#pragma once

#include <functional>

#include "onnx/carried.h"
#include "onnx/proto.h"

namespace quoin {

// Weights of more elements than this are left out of messages that are made to be looked at only.
inline constexpr int64_t kSmallWeight = 1024;

enum class Weights {
  kAll,
  kSmall,  // the main graph's large ones are graph inputs: for ONNX's checker, shape inference and version converter
  kShown,  // large ones are shown by type and shape: for text
};

struct ProtoOptions {
  Weights weights = Weights::kAll;
  bool all_types = false;                    // inferred types too
  bool functions = false;                    // units as calls of local functions
  onnx::ModelProto* functions_of = nullptr;  // where they go, filled in by model_to_proto
  // Takes a tensor's data elsewhere and says so in the message; false: it stays in the message.
  std::function<bool(const Tensor&, onnx::TensorProto&)> store = nullptr;
};

void model_to_proto(const Graph& graph, const ProtoOptions& options, onnx::ModelProto& message);

// Parts of it.
void node_to_proto(const Node& node, const Carried& carried, const ProtoOptions& options, onnx::NodeProto& message);
// The tensor of a Constant node that `options` leave out, else null.
const Tensor* left_out_constant(const Node& node, const ProtoOptions& options);

}  // namespace quoin
