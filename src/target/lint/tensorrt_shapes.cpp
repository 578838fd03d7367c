// Shapes for which INT8 kernels are slow or absent on TensorRT.
#include <fmt/format.h>

#include <algorithm>

#include "quoin/op_facts.h"
#include "target/lint/families.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "tensorrt-shapes";
constexpr std::string_view kModelOpt = "read: ModelOpt's graph_utils, August 2026; not measured";

struct ConvShape {
  int64_t outputs = -1, inputs = -1, group = 1;  // `inputs` of one group
  std::vector<int64_t> kernel;
  bool known() const { return outputs > 0 && inputs > 0; }
  bool square() const {
    return std::adjacent_find(kernel.begin(), kernel.end(), std::not_equal_to<>()) == kernel.end();
  }
};

ConvShape shape_of(const Node& conv) {
  ConvShape shape;
  shape.outputs = weight_dim(conv, 0);
  shape.inputs = weight_dim(conv, 1);
  shape.group = conv.attribute("group", 1);
  for (int axis = 2; axis < conv.input(1).rank(); ++axis) shape.kernel.push_back(weight_dim(conv, axis));
  return shape;
}

bool is_first_layer(const Node& conv) {
  const auto from = dequantized(conv.input(0));
  return from && from->source->is_graph_input();
}

bool modelopt_quantizes(const ConvShape& shape, bool first) {
  if (shape.outputs >= 16 && shape.inputs >= 16) return true;
  if (shape.group > 1) {
    return shape.outputs % 8 == 0 &&
           std::all_of(shape.kernel.begin(), shape.kernel.end(), [](int64_t k) { return k >= 3; });
  }
  const bool aligned = shape.outputs % 8 == 0 || shape.inputs % 8 == 0;
  return aligned && shape.square() && (first || std::max(shape.outputs, shape.inputs) >= 16);
}

void check_channels(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (!node->is("Conv") || !has_integer_operands(*node)) continue;
    const ConvShape shape = shape_of(*node);
    if (!shape.known()) continue;
    const std::string read = fmt::format("{} outputs, {} inputs{}", shape.outputs, shape.inputs,
                                         shape.group > 1 ? fmt::format(" in each of {} groups", shape.group) : "");
    if (!modelopt_quantizes(shape, is_first_layer(*node))) {
      pass.report(*node, read + ": ModelOpt would leave it float");
    } else if (shape.group > 1 && shape.inputs > 1 && shape.inputs % 4 != 0) {
      pass.report(*node, read + ": no multiple of 4 in a group");
    } else if (shape.group == 1 && (shape.outputs % 16 != 0 || (shape.inputs % 16 != 0 && !is_first_layer(*node)))) {
      pass.report(*node, read + ": no multiples of 16");
    }
  }
}

void check_groups(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (!node->is("Conv") || !has_integer_operands(*node)) continue;
    const int64_t group = node->attribute("group", 1);
    if (group <= 1) continue;
    const DataType type = parameters_of(*dequantized(node->input(0))->dq).type;
    if (type >= DataType::kFloat8E4M3FN && type <= DataType::kFloat8E5M2FNUZ) {
      pass.report(*node, fmt::format("{} groups in FP8", group));
    } else if (!is_depthwise(*node)) {
      pass.report(*node, Severity::kInfo, fmt::format("{} groups in INT8", group));
    }
  }
}

void check_products(LintPass& pass) {
  constexpr int64_t kLeast = 16;
  for (const Node* node : pass.weighted()) {
    if ((!node->is("MatMul") && !node->is("Gemm")) || !has_integer_operands(*node)) continue;
    const bool transposed = node->attribute("transB", 0) != 0;
    const Value& b = node->input(1);
    const int64_t k = b.dim(transposed ? -1 : -2), n = b.dim(transposed ? -2 : -1);
    const int64_t m = node->input(0).rank() < 2 ? -1 : node->input(0).dim(node->attribute("transA", 0) ? -1 : -2);
    if (m == 1 || n == 1) {
      pass.report(*node, fmt::format("M is {}, N is {}: a vector times a matrix", m, n));
    } else if ((k >= 0 && k < kLeast) || (n >= 0 && n < kLeast)) {
      pass.report(*node, fmt::format("K is {}, N is {}", k, n));
    }
  }
}

}  // namespace

std::vector<LintRule> tensorrt_shapes() {
  constexpr Severity kWarn = Severity::kWarn, kInfo = Severity::kInfo;
  return {
      {"T17", kFamily, kInfo, kInfo, "a quantized convolution with few or unaligned channels",
       "tensor cores work on channels by 16, in groups by 4; NVIDIA's own quantizer leaves small ones float", kModelOpt,
       "measure the layer in float as well", check_channels},
      {"T18", kFamily, kWarn, kInfo,
       "a quantized convolution with groups that is not depthwise; one with groups in FP8",
       "INT8 may run group by group, slower than FP16; for FP8 there is no such kernel",
       "read: issues of TensorRT, release notes of 10.12", "measure the layer in float as well; leave FP8 ones float",
       check_groups},
      {"T19", kFamily, kInfo, kInfo, "a quantized product with M or N of 1, or K or N below 16",
       "tensor cores need 16; NVIDIA's own quantizer leaves such products float since 2026", kModelOpt,
       "measure the layer in float as well", check_products},
  };
}

}  // namespace quoin
