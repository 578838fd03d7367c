// A product whose weight has blocks of few bits, which ONNX text cannot hold: written as int8, then packed.
#pragma once

#include "conformance/qdq_graph.h"
#include "quoin/edit.h"

namespace quoin {

struct BlockProduct {
  int64_t depth = 256, columns = 64, block = 32;
  DataType type = DataType::kInt4;
  std::optional<int> zero_point = {};
  bool gemm_transposed = false;  // Gemm of a weight [columns, depth] with transB; else MatMul of [depth, columns]
  bool bias = false;             // an Add of a constant behind the MatMul
  std::string input_pair = {}, output_pair = {};  // "uint8", "uint16": Q/DQ right in front of it, right behind it
};

inline Quantization pair_of(const std::string& type) {
  return type == "uint16" ? Quantization{type, 0.0002, 32768} : Quantization{type, 0.05, 128};
}

inline std::string block_product(const BlockProduct& spec) {
  QdqGraph graph(fmt::format("float[6,{}] x", spec.depth), 21);
  const auto depth = static_cast<size_t>(spec.depth), columns = static_cast<size_t>(spec.columns);
  const size_t blocks = (depth + static_cast<size_t>(spec.block) - 1) / static_cast<size_t>(spec.block);
  const bool turned = spec.gemm_transposed;
  const std::vector<size_t> shape = turned ? std::vector{columns, depth} : std::vector{depth, columns};
  const std::vector<size_t> scales = turned ? std::vector{columns, blocks} : std::vector{blocks, columns};
  const std::string w = graph.constant("int8", shape, [](size_t i) { return fmt::format("{}", (i * 7 + 3) % 8); });
  std::vector<std::string> inputs = {w, graph.constant("float", scales, [](size_t i) {
                                       return fmt::format("{}", 0.01 + 0.001 * static_cast<double>(i % 9));
                                     })};
  if (spec.zero_point) {
    inputs.push_back(graph.constant("int8", scales, [&](size_t) { return fmt::format("{}", *spec.zero_point); }));
  }
  const std::string x = spec.input_pair.empty() ? "x" : graph.qdq("x", pair_of(spec.input_pair));
  const std::string weight =
      graph.op("DequantizeLinear", inputs, fmt::format("axis = {}, block_size = {}", turned ? 1 : 0, spec.block));
  std::string y = turned ? graph.op("Gemm", {x, weight}, "transB = 1") : graph.op("MatMul", {x, weight});
  if (spec.bias) y = graph.op("Add", {y, graph.float_weight({columns})});
  if (!spec.output_pair.empty()) y = graph.qdq(y, pair_of(spec.output_pair));
  graph.output(y);
  Graph model = parse_text(graph.text());
  Edit edit(model);
  edit.set_ir_version(10);
  if (spec.type == DataType::kInt8) return serialize(model);
  for (const size_t i : {size_t{0}, size_t{2}}) {
    if (i >= inputs.size()) continue;
    Value& value = *model.find_value(inputs[i]);
    const std::span<const int8_t> integers = value.constant()->as<int8_t>();
    std::string packed((integers.size() + 1) / 2, '\0');
    for (size_t k = 0; k < integers.size(); ++k) {
      const unsigned half = static_cast<unsigned>(integers[k]) & 0xFU;
      packed[k / 2] = static_cast<char>(static_cast<unsigned char>(packed[k / 2]) | (k % 2 == 0 ? half : half << 4U));
    }
    edit.set_initializer(value, Tensor(spec.type, value.constant()->shape(), std::move(packed)));
  }
  return serialize(model);
}

// The kernels of a model, as ran() gives them.
inline std::vector<std::string> ran_bytes(const Engine& engine, const std::string& bytes) {
  std::vector<std::string> found;
  for (const Kernel& kernel : engine.kernels(bytes, waves(*engine.open_bytes(bytes)), kRuns, {.threads = 1}))
    found.push_back(kernel.op + (kernel.integer ? " int" : ""));
  testing::Test::RecordProperty("ran", fmt::format("{}", fmt::join(found, ", ")));
  return found;
}

}  // namespace quoin
