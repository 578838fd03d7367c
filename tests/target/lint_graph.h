// Small QDQ graphs for the lint rules, written as ONNX text: every value is named as the node that gives it.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

#include "base/float16.h"
#include "quoin/lint.h"
#include "quoin/model_io.h"

namespace quoin {

struct Numbers {
  std::string type = "uint8";
  double scale = 0.05;
  int zero_point = 128;
  size_t channels = 0;  // more than 0: so many scales, rising
  int axis = -1;        // written where it is not -1
  bool no_zero_point = false;
  std::string float_type = "float";
};
inline const Numbers kU8{}, kU8Zero{.zero_point = 0}, kS8{.type = "int8", .zero_point = 0};

// As ONNX's text writes it: float16 by its bits.
inline std::string number_text(const std::string& type, double value) {
  return type == "float16" ? std::to_string(float_to_float16(static_cast<float>(value))) : fmt::format("{:.9g}", value);
}

class LintGraph {
 public:
  explicit LintGraph(std::string inputs = "float[1,16,8,8] x", int opset = 13)
      : inputs_(std::move(inputs)), opset_(opset) {}

  std::string op(const std::string& name, const std::string& type, const std::vector<std::string>& inputs,
                 const std::string& attributes = "") {
    nodes_.push_back(fmt::format("  [{0}] {0} = {1}{2}({3})", name, type,
                                 attributes.empty() ? "" : "<" + attributes + ">", fmt::join(inputs, ", ")));
    return name;
  }
  std::string constant(const std::string& name, const std::string& type, const std::vector<size_t>& shape,
                       const std::function<std::string(size_t)>& value) {
    size_t count = 1;
    for (const size_t dim : shape) count *= dim;
    std::vector<std::string> values;
    for (size_t i = 0; i < count; ++i) values.push_back(value(i));
    constants_.push_back(fmt::format("{}{} {} = {{{}}}", type,
                                     shape.empty() ? "" : fmt::format("[{}]", fmt::join(shape, ",")), name,
                                     fmt::join(values, ", ")));
    return name;
  }
  std::string floats(const std::string& name, const std::vector<size_t>& shape, const std::string& type = "float") {
    return constant(name, type, shape,
                    [&](size_t i) { return number_text(type, 0.01 * static_cast<double>(i % 7) - 0.03); });
  }
  // Nodes NAME_q and NAME_dq, or with `tag` behind.
  std::string quantize(const std::string& x, const Numbers& numbers = kU8, const std::string& tag = "") {
    return qdq_op("QuantizeLinear", x + "_q" + tag, x, numbers);
  }
  std::string dequantize(const std::string& name, const std::string& x, const Numbers& numbers = kU8) {
    return qdq_op("DequantizeLinear", name, x, numbers);
  }
  std::string qdq(const std::string& x, const Numbers& numbers = kU8, const std::string& tag = "") {
    return dequantize(x + "_dq" + tag, quantize(x, numbers, tag), numbers);
  }
  // An int8 initializer NAME_i, its DequantizeLinear NAME with a scale per channel of `axis`. Weights alternate in
  // sign.
  std::string weight(const std::string& name, const std::vector<size_t>& shape, int axis = 0, int zero_point = 0,
                     const std::string& float_type = "float", int value = 50) {
    constant(name + "_i", "int8", shape, [&](size_t i) {
      return fmt::format("{}", i % 2 == 0 ? value : value < 100 ? -value : value);
    });
    return dequantize(name, name + "_i",
                      {.type = "int8",
                       .scale = 0.01,
                       .zero_point = zero_point,
                       .channels = shape[static_cast<size_t>(axis)],
                       .axis = axis,
                       .no_zero_point = false,
                       .float_type = float_type});
  }
  // NAME = Conv of 16 channels, 1x1, on the quantized x; `x` as it is where it is already dequantized.
  std::string conv(const std::string& name, const std::string& x, const std::string& attributes = "",
                   const std::string& bias = "") {
    std::vector<std::string> inputs = {x, weight(name + "_w", {16, 16, 1, 1})};
    if (!bias.empty()) inputs.push_back(bias);
    return op(name, "Conv", inputs, attributes);
  }
  // An int32 bias with the scales of weight() x 0.05 x `factor`.
  std::string bias(const std::string& name, size_t channels, double factor = 1) {
    constant(name + "_i", "int32", {channels}, [](size_t i) { return fmt::format("{}", i); });
    return dequantize(
        name, name + "_i",
        {.type = "int32", .scale = 0.05 * 0.01 * factor, .zero_point = 0, .channels = channels, .axis = 0});
  }
  LintGraph& out(const std::string& name, const std::string& type = "float") {
    outputs_.push_back(fmt::format("{}[] {}", type, name));
    return *this;
  }

  std::string text() const {
    return fmt::format(
        "<ir_version: 8, opset_import: [\"\" : {}, \"com.microsoft\" : 1]>\nqdq ({}) => ({})\n<{}>\n{{\n{}\n}}\n",
        opset_, inputs_, fmt::join(outputs_, ", "), fmt::join(constants_, ",\n "), fmt::join(nodes_, "\n"));
  }

 private:
  std::string qdq_op(const std::string& type, const std::string& name, const std::string& x, const Numbers& numbers) {
    std::vector<size_t> shape;
    if (numbers.channels > 0) shape.push_back(numbers.channels);
    std::vector<std::string> inputs = {x};
    inputs.push_back(constant(name + "_s", numbers.float_type, shape, [&](size_t i) {
      return number_text(numbers.float_type, numbers.scale * (1 + 0.1 * static_cast<double>(i)));
    }));
    if (!numbers.no_zero_point)
      inputs.push_back(
          constant(name + "_z", numbers.type, shape, [&](size_t) { return fmt::format("{}", numbers.zero_point); }));
    return op(name, type, inputs, numbers.axis >= 0 ? fmt::format("axis = {}", numbers.axis) : "");
  }

  std::string inputs_;
  int opset_;
  std::vector<std::string> constants_, nodes_, outputs_;
};

// "error node: what was read" for each finding of one rule.
inline std::vector<std::string> findings(const std::string& rule, const std::string& text,
                                         const std::string& cpu = "vnni") {
  Target target;
  target.name = "test";
  target.lint_rules = {rule};
  std::vector<std::string> found;
  for (const LintFinding& finding : lint(parse_text(text), target, {.cpu = cpu, .lowest = Severity::kInfo}).findings)
    found.push_back(fmt::format("{} {}: {}", to_string(finding.severity),
                                finding.node.empty() ? "the model" : finding.node, finding.read));
  return found;
}
inline std::vector<std::string> findings(const std::string& rule, const LintGraph& graph,
                                         const std::string& cpu = "vnni") {
  return findings(rule, graph.text(), cpu);
}

}  // namespace quoin
