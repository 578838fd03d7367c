#include "onnx/check.h"

#include <onnx/checker.h>

#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

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

constexpr const char* kStandInDomain = "quoin.stand_in";

// GroupNormalization of opsets 18 to 20 was deprecated for a mistake of its text (scale and bias per group), and the
// checker refuses it, but PyTorch wrote it and every runtime runs it. Under a domain of no known operators the checker
// passes over it; its name and domain are given back at the end.
class StandInDomain {
 public:
  explicit StandInDomain(onnx::ModelProto& message) : message_(message) {
    int64_t opset = 0;
    for (const auto& import : message.opset_import()) {
      if (import.domain().empty() || import.domain() == "ai.onnx") opset = import.version();
    }
    if (opset < 18 || opset > 20) return;
    hide(*message.mutable_graph());
    if (hidden_.empty()) return;
    auto& import = *message.add_opset_import();
    import.set_domain(kStandInDomain);
    import.set_version(1);
  }
  ~StandInDomain() {
    if (hidden_.empty()) return;
    for (const auto& [node, domain] : hidden_) {
      domain.empty() ? node->clear_domain() : node->set_domain(domain);
    }
    message_.mutable_opset_import()->RemoveLast();
  }
  StandInDomain(const StandInDomain&) = delete;
  StandInDomain& operator=(const StandInDomain&) = delete;

 private:
  void hide(onnx::GraphProto& graph) {
    for (auto& node : *graph.mutable_node()) {
      for (auto& attribute : *node.mutable_attribute()) {
        if (attribute.has_g()) hide(*attribute.mutable_g());
        for (auto& inner : *attribute.mutable_graphs()) hide(inner);
      }
      if (node.op_type() != "GroupNormalization" || !(node.domain().empty() || node.domain() == "ai.onnx")) continue;
      hidden_.emplace_back(&node, node.domain());
      node.set_domain(kStandInDomain);
    }
  }

  onnx::ModelProto& message_;
  std::vector<std::pair<onnx::NodeProto*, std::string>> hidden_;
};

}  // namespace

void check_loaded(onnx::ModelProto& message, const std::string& where) {
  const StandInShapes stand_in(*message.mutable_graph());
  const StandInDomain domain(message);
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
  const StandInDomain domain(message);
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
