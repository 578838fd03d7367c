// Elementwise ops, pools and data movement on ONNX Runtime.
#include <fmt/format.h>

#include <algorithm>

#include "graph/resize_range.h"
#include "target/lint/families.h"
#include "target/lint/half_quantized.h"
#include "target/lint/onnxruntime_kernels.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "onnxruntime-elementwise";
constexpr std::string_view kTried = "tried: ONNX Runtime 1.32.0 (docs/targets.md)";

// Some pair in front of the node serves nothing else.
bool has_pair_of_its_own(const Node& node) {
  for (int i = 0; i < node.input_count(); ++i) {
    const auto from = dequantized(node.input(i));
    if (from && pair_is_for(node, *from)) return true;
  }
  return false;
}

void check_float_operand(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!is_one_of(*node, {"Add", "Mul", "Concat"})) continue;
    const Operands operands = operands_of(*node);
    if (operands.quantized == 0 || operands.floats == 0) continue;
    if (!readers_of(behind(node->output(0), kOrtAbsorbed)).all_quantize()) continue;
    const bool wasted = has_pair_of_its_own(*node);
    pass.report(*node, wasted ? Severity::kError : Severity::kInfo,
                fmt::format("the {} '{}' is float, the other input and the output are quantized",
                            operands.float_is_constant ? "constant" : "input", operands.float_name));
  }
}

void check_moves(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!is_one_of(*node, kOrtMoves) || (node->is("Resize") && !keeps_range(*node))) continue;
    const auto from = dequantized(node->input(0));
    if (!from || from->constant) continue;
    const Parameters in = parameters_of(*from->dq);
    for (int i = 0; i < node->output_count(); ++i) {
      if (!node->output(i).exists()) continue;
      const Readers readers = readers_of(node->output(i));
      if (!readers.all_quantize()) continue;
      const Parameters out = parameters_of(*readers.quantizes.front());
      if (!in.has_zero_point || !out.has_zero_point) {
        pass.report(*node, "there is no zero point around it");
        break;
      }
      if (in.same_as(out)) continue;
      pass.report(*node, fmt::format("{} in front of it, {} behind", in.text(), out.text()));
      break;
    }
  }
}

void check_islands(LintPass& pass) {
  static const OpSet kNoKernel = {"ConvTranspose",
                                  "LayerNormalization",
                                  "InstanceNormalization",
                                  "BatchNormalization",
                                  "Gelu",
                                  "Erf",
                                  "HardSwish",
                                  "HardSigmoid",
                                  "Tanh",
                                  "Sub",
                                  "Div",
                                  "Min",
                                  "Max",
                                  "Exp",
                                  "Sqrt",
                                  "Pow",
                                  "Pad",
                                  "PRelu",
                                  "Elu",
                                  "ReduceSum"};
  for (const Node* node : pass.nodes()) {
    if (!is_one_of(*node, kNoKernel)) continue;
    std::string read;
    for (int i = 0; i < node->input_count() && read.empty(); ++i) {
      const auto from = dequantized(node->input(i));
      if (!from) continue;
      if (from->constant && !is_weighted(*node)) {
        read = fmt::format("its constant {} is quantized: dequantized at every call", shown(node->input(i)));
      } else if (from->constant || pair_is_for(*node, *from)) {
        read = fmt::format("its input {} is quantized for it alone", shown(node->input(i)));
      }
    }
    if (!read.empty()) pass.report(*node, std::move(read));
  }
}

void check_reduce_mean(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!node->is("ReduceMean") || !is_dequantized(node->input(0)) || node->input(0).rank() != 4) continue;
    std::vector<int64_t> axes = node->attribute("axes", std::vector<int64_t>());
    if (const auto given = numbers_of(node->input(1))) {
      for (const double axis : *given) axes.push_back(static_cast<int64_t>(axis));
    }
    for (int64_t& axis : axes) axis = axis < 0 ? axis + 4 : axis;
    std::sort(axes.begin(), axes.end());
    if (axes == std::vector<int64_t>{2, 3})
      pass.report(*node, fmt::format("it averages height and width of {}", shown(node->input(0))));
  }
}

}  // namespace

std::vector<LintRule> onnxruntime_elementwise() {
  constexpr Severity kError = Severity::kError, kWarn = Severity::kWarn, kInfo = Severity::kInfo;
  return {
      {"O09", kFamily, kError, kInfo, "Add, Mul or Concat with a quantized and a float operand, and a Q behind",
       "its integer kernel needs every operand quantized, constants too: it runs in float between kernels that convert",
       kTried, "quantize the float operand as well, or neither", check_float_operand},
      {"O10", kFamily, kWarn, kWarn, "an op that only moves values between Q/DQ that differ, or without a zero point",
       "it runs on integers only between equal pairs; otherwise DQ, the op and Q are three float kernels", kTried,
       "give both sides one scale and an explicit zero point", check_moves},
      {"O14", kFamily, kWarn, kWarn, "Q/DQ around an op without an integer kernel",
       "the op runs in float all the same: the pair costs two kernels and accuracy", kTried, "leave it float",
       check_islands},
      {"O16", kFamily, kInfo, kInfo, "ReduceMean over height and width of a quantized value",
       "ReduceMean has no integer kernel; GlobalAveragePool has", kTried, "write it as GlobalAveragePool",
       check_reduce_mean},
  };
}

}  // namespace quoin
