#include "onnx/check.h"

#include <onnx/checker.h>

#include <new>

#include "onnx/onnx_failure.h"
#include "onnx/to_proto.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

// The types of a graph's inputs and outputs, given back at the end.
class StandInShapes {
 public:
  explicit StandInShapes(onnx::GraphProto& graph) {
    for (auto& input : *graph.mutable_input()) {
      if (input.has_type()) complete(input);
    }
    for (auto& output : *graph.mutable_output()) complete(output);
  }
  ~StandInShapes() {
    for (auto& [info, type] : before_) {
      if (type) {
        *info->mutable_type() = std::move(*type);
      } else {
        info->clear_type();
      }
    }
  }
  StandInShapes(const StandInShapes&) = delete;
  StandInShapes& operator=(const StandInShapes&) = delete;

 private:
  void complete(onnx::ValueInfoProto& info) {
    const bool tensor = !info.has_type() || info.type().has_tensor_type();
    if (!tensor || (info.type().tensor_type().has_elem_type() && info.type().tensor_type().has_shape())) return;
    before_.emplace_back(&info, info.has_type() ? std::optional(info.type()) : std::nullopt);
    auto& type = *info.mutable_type()->mutable_tensor_type();
    if (!type.has_elem_type()) type.set_elem_type(onnx::TensorProto::FLOAT);
    type.mutable_shape();
  }

  std::vector<std::pair<onnx::ValueInfoProto*, std::optional<onnx::TypeProto>>> before_;
};

}  // namespace

void check_loaded(onnx::ModelProto& message, const std::string& where) {
  const StandInShapes stand_in(*message.mutable_graph());
  try {
    onnx::checker::check_model(message);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    const OnnxFailure failure = describe_failure(error);
    const std::string node = failure.node.empty() ? "" : "the node '" + failure.node + "': ";
    refuse("ONNX's checker refuses the model: " + node + failure.message, "export the model again", where);
  }
}

void check_model(const Graph& graph) {
  onnx::ModelProto message;
  model_to_proto(graph, {.weights = Weights::kSmall}, message);
  try {
    onnx::checker::check_model(message, /*full_check=*/true);
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    const OnnxFailure failure = describe_failure(error);
    throw Error(ErrorCode::kCheckFailed, "ONNX's checker refuses the model: " + failure.message, "", failure.node);
  }
}

}  // namespace quoin
