#include "engine/tensorrt/model_info.h"

#include <algorithm>
#include <unordered_set>

#include "engine/onnx_wire.h"

namespace quoin::tensorrt {
namespace {

bool is_half(DataType type) { return type == DataType::kFloat16 || type == DataType::kBfloat16; }

PortInfo read_port(std::string_view value_info) {
  PortInfo port;
  port.name = find_bytes(value_info, onnx_field::kValueInfoName);
  const std::string_view tensor =
      find_bytes(find_bytes(value_info, onnx_field::kValueInfoType), onnx_field::kTypeTensor);
  port.type = static_cast<DataType>(find_number(tensor, onnx_field::kTensorTypeElement));
  for (WireFields dims(find_bytes(tensor, onnx_field::kTensorTypeShape)); dims.next();) {
    if (dims.number != onnx_field::kShapeDim) continue;
    port.dims.push_back(
        static_cast<int64_t>(find_number(dims.bytes, onnx_field::kDimValue, static_cast<uint64_t>(-1))));
  }
  return port;
}

struct Initializer {
  std::string_view name;
  DataType type = DataType::kUndefined;
};

// Reads the small fields in front of, or behind, the weights.
Initializer read_initializer(std::string_view tensor) {
  Initializer initializer;
  for (WireFields fields(tensor); fields.next();) {
    if (fields.number == onnx_field::kTensorName) initializer.name = fields.bytes;
    if (fields.number == onnx_field::kTensorType) initializer.type = static_cast<DataType>(fields.value);
  }
  return initializer;
}

void read_node(std::string_view node, ModelInfo& info) {
  std::string_view name, op;
  for (WireFields fields(node); fields.next();) {
    if (fields.number == onnx_field::kNodeName) name = fields.bytes;
    if (fields.number == onnx_field::kNodeOp) op = fields.bytes;
  }
  if (op == "QuantizeLinear" || op == "DequantizeLinear") info.quantized = true;
  if (!name.empty()) info.ops.emplace(name, op);
}

void read_graph(std::string_view graph, ModelInfo& info, std::unordered_set<std::string_view>& initializers) {
  for (WireFields fields(graph); fields.next();) {
    switch (fields.number) {
      case onnx_field::kGraphNode:
        read_node(fields.bytes, info);
        break;
      case onnx_field::kGraphInput:
        info.inputs.push_back(read_port(fields.bytes));
        break;
      case onnx_field::kGraphOutput:
        info.outputs.push_back(read_port(fields.bytes));
        break;
      case onnx_field::kGraphInitializer: {
        const Initializer initializer = read_initializer(fields.bytes);
        initializers.insert(initializer.name);
        info.half |= is_half(initializer.type);
        break;
      }
      default:
        break;
    }
  }
}

}  // namespace

bool ModelInfo::fixed_shapes() const {
  return std::all_of(inputs.begin(), inputs.end(), [](const PortInfo& port) {
    return std::all_of(port.dims.begin(), port.dims.end(), [](int64_t dim) { return dim >= 0; });
  });
}

ModelInfo read_model_info(std::string_view model) {
  ModelInfo info;
  std::unordered_set<std::string_view> initializers;
  for (WireFields fields(model); fields.next();) {
    if (fields.number == onnx_field::kModelGraph) read_graph(fields.bytes, info, initializers);
  }
  if (info.outputs.empty()) refuse_model();
  std::erase_if(info.inputs, [&](const PortInfo& port) { return initializers.contains(port.name); });
  for (const std::vector<PortInfo>* ports : {&info.inputs, &info.outputs}) {
    for (const PortInfo& port : *ports) info.half |= is_half(port.type);
  }
  return info;
}

}  // namespace quoin::tensorrt
