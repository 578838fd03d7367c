#include "onnx/convert.h"

#include <fmt/format.h>
#include <onnx/inliner/inliner.h>
#include <onnx/version_converter/convert.h>

#include <cctype>
#include <new>

#include "onnx/check.h"
#include "onnx/mend_raised.h"
#include "onnx/onnx_failure.h"
#include "onnx/to_proto.h"
#include "quoin/edit.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

constexpr int64_t kOldestOpset = 7;

bool has_word(const std::string& text, const std::string& word) {
  const auto is_letter = [&](size_t at) {
    return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0);
  };
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) {
    if ((at == 0 || !is_letter(at - 1)) && !is_letter(at + word.size())) return true;
  }
  return false;
}

// The first node whose op the message names, in subgraphs too.
const Node* named_node(const Graph& graph, const std::string& message) {
  for (const Node* node : graph.nodes()) {
    if (node->domain().empty() && has_word(message, node->op())) return node;
    for (const Graph* subgraph : node->subgraphs()) {
      if (const Node* inner = named_node(*subgraph, message)) return inner;
    }
  }
  return nullptr;
}

[[noreturn]] void refuse_conversion(const Graph& graph, int64_t version, const std::exception& error) {
  const OnnxFailure failure = describe_failure(error);
  const Node* node = graph.find_node(failure.node);
  if (!node) node = named_node(graph, failure.message);
  const std::string what =
      node ? fmt::format("the node '{}' ({})", node->label(), node->op()) : std::string("the model");
  refuse(fmt::format("{} cannot be converted from opset {} to {}: {}", what, graph.opset(), version, failure.message),
         fmt::format("export the model with opset {}", version), node ? node->label() : graph.file_info().path);
}

// On the way of `model` to opset `version`.
void convert_step(Graph& graph, int64_t step, const Graph& model, int64_t version) {
  if (graph.opset() == step) return;
  onnx::ModelProto message;
  model_to_proto(graph, {.weights = Weights::kSmall, .all_types = true}, message);
  onnx::ModelProto converted;
  try {
    // The converter would leave functions behind, at an opset that is not the model's: their nodes take their place.
    if (message.functions_size() > 0) onnx::inliner::InlineLocalFunctions(message, true);
    message.clear_functions();  // the types of large weights are stated as inputs
    converted = onnx::version_conversion::ConvertVersion(message, static_cast<int>(step));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    refuse_conversion(model, version, error);
  }
  apply_converted(graph, converted.graph());
  Edit edit(graph);
  edit.file_info().functions.clear();
  edit.set_opset("", step);
}

}  // namespace

int64_t newest_opset() {
  static const int64_t newest = onnx::OpSchemaRegistry::DomainToVersionRange::Instance().LastReleaseVersionMap().at("");
  return newest;
}

Graph convert_opset(const Graph& graph, int64_t version) {
  Graph result = graph.clone();
  if (version == graph.opset()) return result;
  if (version < kOldestOpset || version > newest_opset()) {
    refuse(fmt::format("there is no conversion to opset {}", version),
           fmt::format("choose an opset from {} to {}", kOldestOpset, newest_opset()), graph.file_info().path);
  }
  if (graph.opset() < version) prepare_raising(result, version);
  for (const int64_t halt : raising_halts(graph, graph.opset(), version)) {
    convert_step(result, halt, graph, version);
    mend_raised(result, halt);
  }
  convert_step(result, version, graph, version);
  onnx::ModelProto checked;
  model_to_proto(result, {.weights = Weights::kSmall}, checked);
  try {
    check_loaded(checked, graph.file_info().path);
  } catch (const Error& error) {
    refuse_conversion(graph, version, error);
  }
  infer_shapes(result);
  return result;
}

}  // namespace quoin
