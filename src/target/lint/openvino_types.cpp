// Types, zero points and scales on OpenVINO's CPU plugin.
#include <fmt/format.h>

#include <algorithm>

#include "quoin/op_facts.h"
#include "target/lint/families.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "openvino-types";
constexpr std::string_view kTried = "tried: OpenVINO 2026.4.1 (docs/targets.md)";

// Two numbers of an activation's scales or zero points differ.
bool varies(const std::optional<std::vector<double>>& numbers) {
  return numbers && numbers->size() > 1 &&
         std::adjacent_find(numbers->begin(), numbers->end(), std::not_equal_to<>()) != numbers->end();
}

void check_scales(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    for (const int input : {1, 2}) {
      const Value& value = node->input(input);
      if (value.exists() && !is_rooted_at_constant(value))
        pass.report(*node, fmt::format("the {} {} is not constant", input == 1 ? "scale" : "zero point", shown(value)));
    }
  }
  for (const Node* node : pass.weighted()) {
    if (!(node->is("Conv") || node->is("ConvTranspose")) || !has_integer_operands(*node)) continue;
    if (is_depthwise(*node)) continue;  // a channel reads one scale: integer
    const Parameters numbers = parameters_of(*dequantized(node->input(0))->dq);
    if (varies(numbers.scale))
      pass.report(*node, fmt::format("{} has {} scales", shown(node->input(0)), numbers.scale->size()));
  }
}

void check_weight(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    const auto weight = dequantized(node->input(1));
    if (!has_integer_operands(*node) || !weight->constant) continue;
    const Parameters numbers = parameters_of(*weight->dq);
    const int wanted = output_channel_axis(*node);
    int64_t axis = weight->dq->attribute("axis", 1);
    if (axis < 0) axis += std::max(weight->dq->input(0).rank(), 0);
    if (varies(numbers.scale) && wanted >= 0 && axis != wanted) {
      pass.report(*node,
                  fmt::format("the weight has a scale for each place on axis {}, its output channels are on axis {}",
                              axis, wanted));
      continue;
    }
    if (!numbers.zero_point) continue;
    for (const double zero : *numbers.zero_point) {
      if (zero == 0) continue;
      pass.report(*node, fmt::format("a zero point of the {} weight is {:g}", to_string(numbers.type), zero));
      break;
    }
  }
}

void check_rank(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    if (!is_dequantize(*node) || node->input(0).rank() >= 0) continue;
    const auto scale = numbers_of(node->input(1));
    if (scale && scale->size() > 1)
      pass.report(*node, fmt::format("{} scales on {}, whose rank is not known", scale->size(), shown(node->input(0))));
  }
}

void check_int8(LintPass& pass) {
  if (pass.cpu().amx_int8) return;
  for (const Node* node : pass.weighted()) {
    if (!node->is("Conv") || !has_integer_operands(*node)) continue;
    if (parameters_of(*dequantized(node->input(0))->dq).type == DataType::kInt8)
      pass.report(*node, fmt::format("{} is int8", shown(node->input(0))));
  }
}

void check_missing_zero_point(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    if (!node->input(2).exists()) pass.report(*node, "there is no zero point: uint8 here, int8 on TensorRT");
  }
}

void check_widths(LintPass& pass) {
  bool any = false;
  for (const Node* node : pass.qdq()) {
    const DataType type = parameters_of(*node).type;
    any = any || (is_quantize(*node) && (type == DataType::kUint8 || type == DataType::kInt8));
    if (is_quantize(*node) && (type == DataType::kUint16 || type == DataType::kInt16))
      pass.report(*node, fmt::format("{} is quantized to {}", shown(node->input(0)), to_string(type)));
  }
  if (!any && pass.is_main_graph() && !pass.nodes().empty())
    pass.report_graph(Severity::kInfo, "there is no QuantizeLinear of 8 bits");
}

}  // namespace

std::vector<LintRule> openvino_types() {
  constexpr Severity kError = Severity::kError, kWarn = Severity::kWarn, kInfo = Severity::kInfo;
  return {
      {"V02", kFamily, kError, kError,
       "scales or zero points that are computed; "
       "an activation with several scales in front of a convolution that is not depthwise",
       "the layer behind it runs in float then", kTried, "use one constant scale per activation", check_scales},
      {"V04", kFamily, kError, kError,
       "a weight with a zero point, or with scales on another axis than its output channels",
       "integer kernels take symmetric weights, one scale per output channel; others run in float", kTried,
       "quantize weights symmetrically, per output channel", check_weight},
      {"V08", kFamily, kError, kError, "several scales on a value whose rank is not known",
       "OpenVINO refuses the model", kTried, "give the model's inputs a shape", check_rank},
      {"V09", kFamily, kInfo, kInfo, "int8 activations of a convolution on a CPU without AMX",
       "it is integer and right, and slower than uint8: resnet20 1.59x float against 1.81x", kTried,
       "quantize activations to uint8", check_int8},
      {"V10", kFamily, kWarn, kWarn, "no zero point", "it is taken as uint8 here, as int8 by TensorRT",
       "read: OpenVINO's ONNX frontend", "write the zero point", check_missing_zero_point},
      {"V11", kFamily, kWarn, kInfo, "activations of 16 bits; no quantization of 8 bits at all",
       "only 8-bit activations become integer kernels", kTried, "quantize to 8 bits", check_widths},
  };
}

}  // namespace quoin
