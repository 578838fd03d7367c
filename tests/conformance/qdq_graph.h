// Tiny QDQ graphs, written as ONNX text, and the kernels that an engine makes of them.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

#include "engine/openvino.h"

namespace quoin {

// How a value is quantized.
struct Quantization {
  std::string type = "uint8";
  double scale = 0.05;
  int zero_point = 128;
};
inline const Quantization kUint8{}, kUint8Positive{"uint8", 0.05, 0}, kInt8{"int8", 0.05, 0};

class QdqGraph {
 public:
  explicit QdqGraph(std::string inputs, int opset = 13) : inputs_(std::move(inputs)), opset_(opset) {}

  std::string quantize(const std::string& x, const Quantization& q) {
    const auto [scale, zero] = numbers(q);
    return op("QuantizeLinear", {x, scale, zero});
  }
  std::string dequantize(const std::string& x, const Quantization& q) {
    const auto [scale, zero] = numbers(q);
    return op("DequantizeLinear", {x, scale, zero});
  }
  std::string qdq(const std::string& x, const Quantization& q = kUint8) { return dequantize(quantize(x, q), q); }
  // A DequantizeLinear with a scale per channel of axis 1, all the same.
  std::string qdq_per_channel(const std::string& x, const Quantization& q, size_t channels) {
    const std::string scales = constant("float", {channels}, [&](size_t) { return fmt::format("{}", q.scale); });
    const std::string zeros = constant(q.type, {channels}, [&](size_t) { return fmt::format("{}", q.zero_point); });
    return op("DequantizeLinear", {quantize(x, q), scales, zeros}, "axis = 1");
  }
  // An int8 initializer and its DequantizeLinear with a scale per channel of `axis`.
  std::string weight(const std::vector<size_t>& shape, size_t axis = 0, const std::string& type = "int8",
                     int zero_point = 0) {
    const std::string integers = constant(type, shape, [](size_t i) { return small(i); });
    const std::string scales = constant(
        "float", {shape[axis]}, [](size_t i) { return fmt::format("{}", 0.01 + 0.001 * static_cast<double>(i)); });
    const std::string zeros = constant(type, {shape[axis]}, [&](size_t) { return fmt::format("{}", zero_point); });
    return op("DequantizeLinear", {integers, scales, zeros}, fmt::format("axis = {}", axis));
  }
  std::string float_weight(const std::vector<size_t>& shape) {
    return constant("float", shape, [](size_t i) { return fmt::format("{}", 0.01 * std::stoi(small(i))); });
  }
  // An int32 bias whose scales are input scale x those of weight(), times `wrong`.
  std::string bias(size_t channels, double input_scale = 0.05, double wrong = 1) {
    const std::string integers = constant("int32", {channels}, [](size_t i) { return fmt::format("{}", 100 * i); });
    const std::string scales = constant("float", {channels}, [&](size_t i) {
      return fmt::format("{}", wrong * input_scale * (0.01 + 0.001 * static_cast<double>(i)));
    });
    const std::string zeros = constant("int32", {channels}, [](size_t) { return std::string("0"); });
    return op("DequantizeLinear", {integers, scales, zeros}, "axis = 0");
  }
  std::string constant(const std::string& type, const std::vector<size_t>& shape,
                       const std::function<std::string(size_t)>& value) {
    size_t count = 1;
    for (const size_t dim : shape) count *= dim;
    std::vector<std::string> values;
    for (size_t i = 0; i < count; ++i) values.push_back(value(i));
    std::string name = fresh();
    const std::string dims = shape.empty() ? "" : fmt::format("[{}]", fmt::join(shape, ","));
    constants_.push_back(fmt::format("{}{} {} = {{{}}}", type, dims, name, fmt::join(values, ", ")));
    return name;
  }
  std::string op(const std::string& type, const std::vector<std::string>& inputs, const std::string& attributes = "") {
    std::string name = fresh();
    const std::string in_brackets = attributes.empty() ? "" : "<" + attributes + ">";
    nodes_.push_back(fmt::format("  {} = {}{}({})", name, type, in_brackets, fmt::join(inputs, ", ")));
    return name;
  }
  QdqGraph& output(const std::string& name) {
    outputs_.push_back("float[] " + name);
    return *this;
  }

  std::string text() const {
    return fmt::format("<ir_version: 8, opset_import: [\"\" : {}]>\nqdq ({}) => ({})\n<{}>\n{{\n{}\n}}\n", opset_,
                       inputs_, fmt::join(outputs_, ", "), fmt::join(constants_, ",\n "), fmt::join(nodes_, "\n"));
  }
  std::string bytes() const { return model_bytes(text()); }

 private:
  static std::string small(size_t i) { return fmt::format("{}", static_cast<int>((i * 37 + 11) % 101) - 50); }
  std::string fresh() { return fmt::format("v{}", next_++); }
  std::pair<std::string, std::string> numbers(const Quantization& q) {
    return {constant("float", {}, [&](size_t) { return fmt::format("{}", q.scale); }),
            constant(q.type, {}, [&](size_t) { return fmt::format("{}", q.zero_point); })};
  }

  std::string inputs_;
  int opset_, next_ = 0;
  std::vector<std::string> constants_, nodes_, outputs_;
};

// Waves between -4 and 4, the same at every call.
inline NamedTensors waves(const Session& session) {
  NamedTensors feeds;
  for (const PortInfo& input : session.inputs()) {
    size_t count = 1;
    for (const int64_t dim : input.dims) count *= static_cast<size_t>(dim);
    std::vector<float> values;
    for (size_t i = 0; i < count; ++i) values.push_back(static_cast<float>((i * 29 + 7) % 81) * 0.1F - 4);
    feeds.emplace_back(input.name, Tensor::from<float>(input.dims, values));
  }
  return feeds;
}

// OpenVINO leaves a kernel that took less than a microsecond out of that run's profile.
inline constexpr int kRuns = 10;

// What ran, in order: the op, with " int" behind it where it computed on 8-bit integers. Kept in the test's XML too.
inline std::vector<std::string> ran(const Engine& engine, const QdqGraph& graph,
                                    OptimizationLevel level = OptimizationLevel::kFull) {
  const std::string bytes = graph.bytes();
  const NamedTensors feeds = waves(*engine.open_bytes(bytes));
  std::vector<std::string> found;
  for (const Kernel& kernel : engine.kernels(bytes, feeds, kRuns, {.level = level, .threads = 1}))
    found.push_back(kernel.op + (kernel.integer ? " int" : ""));
  testing::Test::RecordProperty("ran", fmt::format("{}", fmt::join(found, ", ")));
  return found;
}

// max |full - simulated| over the outputs.
inline float integer_error(const Engine& engine, const QdqGraph& graph) {
  const std::string bytes = graph.bytes();
  const auto full = engine.open_bytes(bytes),
             simulated = engine.open_bytes(bytes, {.level = OptimizationLevel::kBasic});
  const NamedTensors feeds = waves(*full);
  const NamedTensors got = full->run(feeds), wanted = simulated->run(feeds);
  float worst = 0;
  for (size_t output = 0; output < got.size(); ++output) {
    const auto a = got[output].second.as<float>(), b = wanted[output].second.as<float>();
    for (size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
  }
  return worst;
}

}  // namespace quoin
