// Types, scales and opsets on ONNX Runtime.
#include <fmt/format.h>

#include "target/lint/families.h"
#include "target/lint/onnxruntime_kernels.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "onnxruntime-types";
constexpr std::string_view kTried = "tried: ONNX Runtime 1.32.0 (docs/targets.md)";

bool wants_integers(const Node& node) { return is_weighted(node) || is_one_of(node, kOrtElementwise); }

void check_int8(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    if (!is_quantize(*node) || is_rooted_at_constant(node->input(0))) continue;
    const Parameters numbers = parameters_of(*node);
    if (numbers.type != DataType::kInt8) continue;
    size_t readers = 0;
    bool kernel = false;
    for (const Use& integers : node->output(0).uses()) {
      if (!is_dequantize(*integers.node)) continue;
      for (const Use& use : integers.node->output(0).uses()) {
        ++readers;
        kernel = kernel || wants_integers(*use.node);
      }
    }
    if (!kernel) continue;
    const Severity severity = readers > 1 ? Severity::kError : Severity::kWarn;
    pass.report(
        *node, severity,
        fmt::format("{} is int8 with {} {}", shown(node->input(0)), readers, readers == 1 ? "reader" : "readers"));
  }
}

// Why the type keeps a layer from its integer kernel; "" where it does not.
std::string type_fault(const Node& dq) {
  const DataType type = parameters_of(dq).type;
  if (bit_width(type) != 8 || type == DataType::kBool) return fmt::format("is {}", to_string(type));
  const DataType scale = dq.input(1).type();
  if (scale == DataType::kFloat16 || scale == DataType::kBfloat16)
    return fmt::format("is dequantized to {}", to_string(scale));
  return "";
}

void check_widths(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (!has_integer_operands(*node) || node->is("ConvTranspose")) continue;
    for (int i = 0; i < 2; ++i) {
      const std::string fault = type_fault(*dequantized(node->input(i))->dq);
      if (fault.empty()) continue;
      pass.report(*node, fmt::format("{} {}", shown(node->input(i)), fault));
      break;
    }
  }
}

void check_scales(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    const bool layer = has_integer_operands(*node) && !node->is("ConvTranspose");
    if (!layer && !is_one_of(*node, kOrtElementwise)) continue;
    // Without a Q behind, all but MatMul and Gemm stay float, and right.
    const bool needs_q = !layer || node->is("Conv");
    if (needs_q && !readers_of(behind(node->output(0), kOrtAbsorbed)).all_quantize()) continue;
    const int inputs = layer && !node->is("MatMul") ? 1 : node->input_count();
    for (int i = 0; i < inputs; ++i) {
      const auto from = dequantized(node->input(i));
      if (!from || from->constant) continue;
      const Parameters numbers = parameters_of(*from->dq);
      if (!numbers.scale || numbers.scale->size() <= 1) continue;
      pass.report(*node, fmt::format("{} has {} scales", shown(node->input(i)), numbers.scale->size()));
      break;
    }
  }
  for (const Node* node : pass.qdq()) {
    if (!node->input(2).exists()) pass.report(*node, Severity::kInfo, "there is no zero point: uint8 with 0");
  }
}

void check_opset(LintPass& pass) {
  const int64_t opset = pass.graph().opset();
  if (opset >= 12 || opset == 0) return;
  for (const Node* node : pass.nodes()) {
    if (node->is("MaxPool") && is_dequantized(node->input(0)) && readers_of(node->output(0)).all_quantize())
      pass.report(*node, fmt::format("the opset is {}", opset));
  }
}

}  // namespace

std::vector<LintRule> onnxruntime_types() {
  constexpr Severity kError = Severity::kError, kWarn = Severity::kWarn, kInfo = Severity::kInfo;
  return {
      {"O04", kFamily, kError, kWarn, "int8 activations on x86",
       "x86 kernels take uint8: a Q with one reader is rewritten to it, a Q with several stays int8 and its readers "
       "float",
       kTried, "quantize activations to uint8, or give each reader a Q/DQ pair of its own", check_int8},
      {"O05", kFamily, kError, kError, "a layer with operands of other than 8 bits, or dequantized to float16",
       "integer kernels take 8 bits and give float32: with 16 bits, or in a float16 model, Conv and MatMul run in "
       "float",
       kTried, "quantize to 8 bits, from the float32 model", check_widths},
      {"O06", kFamily, kError, kInfo, "an activation with several scales; a missing zero point",
       "Conv, MatMul and GlobalAveragePool with several scales become integer kernels that fail when they run; a "
       "missing zero point is taken as uint8 "
       "with 0, and keeps Reshape and MaxPool float",
       kTried, "use one scale per activation; write the zero point", check_scales},
      {"O11", kFamily, kWarn, kWarn, "a quantized MaxPool in an opset before 12",
       "MaxPool takes integers since opset 12", kTried, "convert the model to opset 13 or newer before it is quantized",
       check_opset},
  };
}

}  // namespace quoin
