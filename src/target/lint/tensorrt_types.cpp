// What TensorRT's importer refuses: types, zero points, scales, axes.
#include <fmt/format.h>

#include <cmath>

#include "target/lint/families.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "tensorrt-types";
constexpr std::string_view kImporter = "read: onnx-tensorrt's importer, 10.1";

bool is_float8(DataType type) { return type >= DataType::kFloat8E4M3FN && type <= DataType::kFloat8E5M2FNUZ; }

void check_zero_points(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    const Parameters numbers = parameters_of(*node);
    if (numbers.type == DataType::kUint8 && numbers.has_zero_point) {
      pass.report(*node,
                  fmt::format("the type is uint8, zero point {}", numbers.zero_point && numbers.zero_point->size() == 1
                                                                      ? fmt::format("{:g}", numbers.zero_point->front())
                                                                      : "per channel"));
      continue;
    }
    if (numbers.type == DataType::kInt32) continue;  // T05
    if (!numbers.zero_point) {
      if (!is_float8(numbers.type))
        pass.report(*node, fmt::format("the zero point {} is not constant", shown(node->input(2))));
      continue;
    }
    for (const double zero : *numbers.zero_point) {
      if (zero == 0) continue;
      pass.report(*node, fmt::format("the zero point is {:g} of {}", zero, to_string(numbers.type)));
      break;
    }
  }
}

// Empty where the scale is fine.
std::string scale_fault(const Node& node) {
  const Parameters numbers = parameters_of(node);
  if (!numbers.scale) return fmt::format("the scale {} is not constant", shown(node.input(1)));
  for (const double scale : *numbers.scale) {
    if (!(scale > 0) || !std::isfinite(scale)) return fmt::format("a scale is {:g}", scale);
  }
  const size_t scales = numbers.scale->size();
  if (numbers.zero_point && numbers.has_zero_point && numbers.zero_point->size() != scales) {
    return fmt::format("there are {} scales and {} zero points", scales, numbers.zero_point->size());
  }
  if (scales == 1 || node.attribute("block_size", 0) != 0) return "";
  const int64_t axis = node.attribute("axis", 1), channels = node.input(0).dim(static_cast<int>(axis));
  if (channels >= 0 && channels != static_cast<int64_t>(scales)) {
    return fmt::format("there are {} scales, and {} has {} channels on axis {}", scales, shown(node.input(0)), channels,
                       axis);
  }
  return "";
}

void check_scales(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    if (std::string fault = scale_fault(*node); !fault.empty()) pass.report(*node, std::move(fault));
  }
}

bool is_per_channel(const Node& node) {
  const auto scale = numbers_of(node.input(1));
  return scale && scale->size() > 1;
}

void check_per_channel(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    if (!is_per_channel(*node) || is_rooted_at_constant(node->input(0))) continue;
    pass.report(*node, fmt::format("{} scales on {}, which is no constant", numbers_of(node->input(1))->size(),
                                   shown(node->input(0))));
  }
}

void check_axis(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    if (is_per_channel(*node) && !node->has_attribute("axis")) {
      pass.report(*node, fmt::format("{} scales and no 'axis'", numbers_of(node->input(1))->size()));
    }
  }
}

void check_int32(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    if (is_dequantize(*node) && parameters_of(*node).type == DataType::kInt32)
      pass.report(*node, fmt::format("{} is int32", shown(node->input(0))));
  }
}

void check_operators(LintPass& pass) {
  static const OpSet kRefused = {"QLinearConv", "QLinearMatMul", "ConvInteger", "MatMulInteger",
                                 "DynamicQuantizeLinear"};
  for (const Node* node : pass.nodes()) {
    if (is_one_of(*node, kRefused)) {
      pass.report(*node, fmt::format("the operator is {}", node->op()));
    } else if (node->domain() == "com.microsoft") {
      pass.report(*node, fmt::format("the operator is com.microsoft.{}", node->op()));
    }
  }
}

void check_missing_zero_point(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    if (!node->input(2).exists()) pass.report(*node, "there is no zero point");
  }
}

void check_ends(LintPass& pass) {
  for (const Node* node : pass.qdq()) {
    if (is_quantize(*node)) {
      if (node->input(0).rank() == 0) pass.report(*node, fmt::format("{} is a scalar", shown(node->input(0))));
    } else if (node->output(0).is_graph_output() && pass.is_main_graph()) {
      pass.report(*node, Severity::kInfo, fmt::format("it gives the graph output {}", shown(node->output(0))));
    }
  }
}

void check_mixture(LintPass& pass) {
  const Node *integer = nullptr, *float8 = nullptr;
  for (const Node* node : pass.qdq()) {
    const DataType type = parameters_of(*node).type;
    if (type == DataType::kInt8 && !integer) integer = node;
    if (is_float8(type) && !float8) float8 = node;
  }
  if (integer && float8) pass.report(*float8, fmt::format("it is of FP8, and '{}' is of INT8", integer->label()));
  for (const Node* node : pass.weighted()) {
    if (!has_integer_operands(*node) || node->is("MatMul") || node->is("Gemm")) continue;
    if (dequantized(node->input(1))->constant) continue;
    pass.report(*node, Severity::kWarn, fmt::format("the weight {} is no constant", shown(node->input(1))));
  }
}

}  // namespace

std::vector<LintRule> tensorrt_types() {
  constexpr Severity kError = Severity::kError, kWarn = Severity::kWarn, kInfo = Severity::kInfo;
  return {
      {"T01", kFamily, kError, kError, "a zero point other than 0, or uint8",
       "TensorRT quantizes symmetrically: its importer takes int8 with zero point 0 only", kImporter,
       "quantize again with int8 and symmetric ranges", check_zero_points},
      {"T02", kFamily, kError, kError, "a scale that is not constant, not above 0, or not one per channel",
       "scales are part of the engine: constant, finite and above 0, as many as zero points, one per channel of the "
       "axis",
       kImporter, "store scales and zero points as initializers that fit the axis", check_scales},
      {"T03", kFamily, kError, kError, "several scales on a value that is no constant",
       "activations have one scale; scales per channel are for weights", kImporter, "use one scale for the tensor",
       check_per_channel},
      {"T04", kFamily, kError, kError, "several scales and no axis",
       "the importer takes a missing axis as 0, ONNX as 1", kImporter, "write the attribute 'axis'", check_axis},
      {"T05", kFamily, kError, kError, "DequantizeLinear of int32",
       "the importer takes no int32 bias; it folds a float one into the kernel",
       "read: issues of onnx-tensorrt and ONNX Runtime", "leave biases float", check_int32},
      {"T06", kFamily, kError, kError, "an operator that computes on integers itself, or one of ONNX Runtime's own",
       "the importer knows QuantizeLinear and DequantizeLinear only", kImporter,
       "quantize from the float model, in QDQ format, before any runtime optimized it", check_operators},
      {"T08", kFamily, kWarn, kWarn, "no zero point",
       "TensorRT takes a missing zero point as int8, ONNX and other runtimes as uint8", kImporter,
       "write the zero point", check_missing_zero_point},
      {"T23", kFamily, kError, kInfo, "Q of a scalar; DQ that gives a graph output",
       "a Q needs a tensor of rank 1 or more; a DQ at the graph's end has no layer to be fused into", kImporter,
       "leave scalars and outputs float", check_ends},
      {"T24", kFamily, kError, kWarn, "INT8 and FP8 in one model; a quantized convolution whose weight is computed",
       "one network holds one of the two types; kernels want a constant weight", "read: TensorRT's documentation",
       "use one type; leave layers with computed weights float", check_mixture},
  };
}

}  // namespace quoin
