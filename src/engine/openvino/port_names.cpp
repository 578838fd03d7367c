#include "engine/openvino/port_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "engine/onnx_wire.h"
#include "quoin/error.h"

namespace quoin::openvino {
namespace {

void read_graph(std::string_view graph, PortNames& names, std::unordered_set<std::string_view>& initializers) {
  for (WireFields fields(graph); fields.next();) {
    switch (fields.number) {
      case onnx_field::kGraphInput:
        names.inputs.emplace_back(find_bytes(fields.bytes, onnx_field::kValueInfoName));
        break;
      case onnx_field::kGraphOutput:
        names.outputs.emplace_back(find_bytes(fields.bytes, onnx_field::kValueInfoName));
        break;
      case onnx_field::kGraphInitializer:
        initializers.insert(find_bytes(fields.bytes, onnx_field::kTensorName));
        break;
      case onnx_field::kGraphSparseInitializer:
        initializers.insert(
            find_bytes(find_bytes(fields.bytes, onnx_field::kSparseTensorValues), onnx_field::kTensorName));
        break;
      default:
        break;
    }
  }
}

}  // namespace

PortNames read_port_names(std::string_view model) {
  PortNames names;
  std::unordered_set<std::string_view> initializers;
  for (WireFields fields(model); fields.next();) {
    if (fields.number == onnx_field::kModelGraph) read_graph(fields.bytes, names, initializers);
  }
  if (names.outputs.empty()) refuse_model();
  std::erase_if(names.inputs, [&](const std::string& name) { return initializers.contains(name); });
  return names;
}

PortNames read_port_names_of_file(const std::string& path) {
  const MappedFile file(path);
  return read_port_names(file.bytes());
}

NamedInputs match_inputs(const std::vector<std::string>& names, const std::vector<std::string>& ports) {
  std::unordered_set<std::string_view> known(ports.begin(), ports.end());
  std::unordered_set<std::string_view> found;
  std::vector<std::string> left;  // the model's names that no port has
  for (const std::string& name : names) {
    if (known.contains(name)) {
      found.insert(name);
    } else {
      left.push_back(name);
    }
  }
  const auto nameless = static_cast<size_t>(
      std::count_if(ports.begin(), ports.end(), [&](const std::string& port) { return !found.contains(port); }));
  if (nameless == 0) return {ports, left};
  if (nameless != left.size()) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("OpenVINO takes {} of the model's inputs and renames some; of {} it cannot be told which",
                            ports.size(), fmt::join(left, ", ")),
                "Remove the inputs that nothing uses, or run the model with the engine onnxruntime.");
  }
  NamedInputs matched;
  auto next = left.begin();
  for (const std::string& port : ports) matched.ports.push_back(found.contains(port) ? port : *next++);
  return matched;
}

}  // namespace quoin::openvino
