// What the tests of emission share: models with random weights as ONNX text, and the places of Q/DQ as text.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "quoin/error.h"
#include "quoin/pattern_toml.h"
#include "quoin/quantize.h"

namespace quoin {

// "float[2,3] w = {…}": an initializer with numbers in [-scale, scale), the same on every machine.
inline std::string random_initializer(const std::string& name, const Shape& shape, float scale = 0.5F) {
  uint32_t state = 12345;
  for (const char c : name) state = state * 31 + static_cast<uint8_t>(c);
  std::vector<std::string> numbers;
  for (int64_t i = 0; i < element_count(shape); ++i) {
    state = state * 1664525 + 1013904223;
    numbers.push_back(fmt::format("{:.6f}", scale * (static_cast<float>(state >> 8) / 8388608.0F - 1)));
  }
  return fmt::format("float[{}] {} = {{{}}}", fmt::join(shape, ","), name, fmt::join(numbers, ","));
}

// A model of opset 13: `inputs` "float[1,3,8,8] x", `outputs`, the initializers, the nodes.
inline Graph model_of(const std::string& inputs, const std::string& outputs,
                      const std::vector<std::string>& initializers, const std::string& nodes, int opset = 13) {
  return parse_text(fmt::format("<ir_version: 8, opset_import: [\"\" : {}]>\nmodel ({}) => ({}) <{}> {{\n{}\n}}", opset,
                                inputs, outputs, fmt::join(initializers, ", "), nodes));
}

// Every calibrated value seen in [low, high].
inline void give_ranges(QuantizedModel& model, float low, float high) {
  Ranges ranges;
  for (const std::string& value : model.calibrated_values()) {
    const std::vector<float> values = {low, high};
    ranges.tensors[value].add_sample(values);
  }
  model.ranges = std::move(ranges);
}

inline QuantizedModel plan_qdq(const Graph& model, const std::string& target, const std::string& list = "smart",
                               const QuantConfig& config = {}) {
  const Target loaded = load_target(target);
  const auto [fused, matches] = transform(model, loaded.list(list));
  return insert_qdq(fused, matches, loaded, config);
}

inline bool is_qdq(const Node& node) { return node.is("QuantizeLinear") || node.is("DequantizeLinear"); }

// One line per node that is no Q/DQ, in the graph's order: what it reads and gives. Inputs: `x` float, `q` through
// Q/DQ, `int8[0]` an integer constant (axis), `const` a float constant, `-` left out. Output: `q` all readers through
// Q, `q+` some.
inline std::string qdq_places(const Graph& graph) {
  std::string text;
  for (const Node* node : graph.nodes()) {
    if (is_qdq(*node) || node->is("Constant")) continue;
    std::vector<std::string> inputs;
    for (int i = 0; i < node->input_count(); ++i) {
      const Value& value = node->input(i);
      const Node* producer = value.producer();
      if (!value.exists()) {
        inputs.emplace_back("-");
      } else if (producer && producer->is("DequantizeLinear")) {
        const Value& integers = producer->input(0);
        const std::string axis =
            producer->has_attribute("axis") ? fmt::format("[{}]", producer->attribute("axis", 0)) : std::string();
        inputs.push_back(integers.constant() ? std::string(to_string(integers.type())) + axis : "q");
      } else {
        inputs.emplace_back(value.constant() ? "const" : "x");
      }
    }
    size_t quantized = 0;
    for (const Use& use : node->output(0).uses()) quantized += use.node->is("QuantizeLinear") ? 1 : 0;
    const bool all = quantized == node->output(0).uses().size() && !node->output(0).is_graph_output();
    text += fmt::format("{} {}({}){}\n", node->op(), node->label(), fmt::join(inputs, ", "),
                        quantized == 0 ? ""
                        : all          ? " -> q"
                                       : " -> q+");
  }
  return text;
}

// "message | remedy".
template <typename Action>
std::string error_text(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.message() + (error.remedy().empty() ? "" : " | " + error.remedy());
  }
  return "no error";
}

// One engine for all tests; null where ONNX Runtime is not on this machine.
inline const Engine* onnxruntime() {
  static const std::unique_ptr<Engine> engine = []() -> std::unique_ptr<Engine> {
    try {
      return open_engine("onnxruntime");
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kMissingRuntime) return nullptr;
      throw;
    }
  }();
  return engine.get();
}

// Models that several tests use.
inline Graph resnet_block() {
  return model_of("float[1,16,8,8] x", "float[1,10] y",
                  {random_initializer("w0", {16, 16, 3, 3}, 0.2F), random_initializer("b0", {16}),
                   random_initializer("w1", {32, 16, 3, 3}, 0.2F), random_initializer("b1", {32}),
                   random_initializer("w2", {32, 32, 3, 3}, 0.1F), random_initializer("b2", {32}),
                   random_initializer("ws", {32, 16, 1, 1}, 0.3F), random_initializer("bs", {32}),
                   random_initializer("wf", {10, 32}, 0.3F), random_initializer("bf", {10})},
                  R"(
    [stem] c0 = Conv <pads = [1, 1, 1, 1]> (x, w0, b0)
    [stem_relu] r0 = Relu(c0)
    [conv1] c1 = Conv <pads = [1, 1, 1, 1], strides = [2, 2]> (r0, w1, b1)
    [relu1] r1 = Relu(c1)
    [conv2] c2 = Conv <pads = [1, 1, 1, 1]> (r1, w2, b2)
    [shortcut] s = Conv <strides = [2, 2]> (r0, ws, bs)
    [add] a = Add(c2, s)
    [relu2] r2 = Relu(a)
    [pool] p = GlobalAveragePool(r2)
    [flatten] f = Flatten(p)
    [fc] y = Gemm <transB = 1> (f, wf, bf))");
}

inline Graph separable_block() {
  return model_of("float[1,16,8,8] x", "float[1,32,8,8] y",
                  {random_initializer("wd", {16, 1, 3, 3}), random_initializer("bd", {16}),
                   random_initializer("wp", {32, 16, 1, 1}, 0.3F), random_initializer("bp", {32}),
                   random_initializer("w0", {16, 16, 1, 1}, 0.3F)},
                  R"(
    [first] c0 = Conv(x, w0)
    [first_relu] r0 = Relu(c0)
    [depthwise] d = Conv <group = 16, pads = [1, 1, 1, 1]> (r0, wd, bd)
    [depthwise_relu] r1 = Relu(d)
    [pointwise] p = Conv(r1, wp, bp)
    [pointwise_relu] y = Relu(p))");
}

inline Graph stem_and_max_pool() {
  return model_of("float[1,3,16,16] x", "float[1,16,4,4] y",
                  {random_initializer("w0", {16, 3, 3, 3}), random_initializer("w1", {16, 16, 3, 3}, 0.2F)},
                  R"(
    [stem] c0 = Conv <pads = [1, 1, 1, 1], strides = [2, 2]> (x, w0)
    [stem_relu] r0 = Relu(c0)
    [pool] m = MaxPool <kernel_shape = [2, 2], strides = [2, 2]> (r0)
    [conv] y = Conv <pads = [1, 1, 1, 1]> (m, w1))");
}

inline Graph concat_block() {
  return model_of("float[1,16,8,8] x", "float[1,16,8,8] y",
                  {random_initializer("wa", {16, 16, 1, 1}, 0.3F), random_initializer("wb", {16, 16, 3, 3}, 0.2F),
                   random_initializer("wc", {16, 32, 1, 1}, 0.3F), random_initializer("w0", {16, 16, 1, 1}, 0.3F)},
                  R"(
    [first] f = Conv(x, w0)
    [a] ca = Conv(f, wa)
    [relu_a] ra = Relu(ca)
    [b] cb = Conv <pads = [1, 1, 1, 1]> (f, wb)
    [relu_b] rb = Relu(cb)
    [concat] j = Concat <axis = 1> (ra, rb)
    [last] y = Conv(j, wc))");
}

}  // namespace quoin
