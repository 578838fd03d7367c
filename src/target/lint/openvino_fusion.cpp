// What keeps OpenVINO's layers float, or makes it refuse a model.
#include <fmt/format.h>

#include <algorithm>

#include "graph/made_by.h"
#include "target/lint/families.h"
#include "target/lint/half_quantized.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "openvino-fusion";
constexpr std::string_view kTried = "tried: OpenVINO 2026.4.1 (docs/targets.md)";

void check_half_quantized(LintPass& pass) { report_half_quantized(pass); }

bool has_zero_point(const Parameters& numbers, double allowed) {
  return numbers.zero_point && numbers.zero_point->size() == 1 && numbers.zero_point->front() != allowed;
}

void check_symmetry(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (!has_integer_operands(*node)) continue;
    const Parameters a = parameters_of(*dequantized(node->input(0))->dq),
                     b = parameters_of(*dequantized(node->input(1))->dq);
    if (node->is("ConvTranspose")) {
      if (has_zero_point(a, 0)) pass.report(*node, fmt::format("its input has {}", a.text()));
    } else if (node->is("MatMul") && !dequantized(node->input(1))->constant) {
      if (has_zero_point(a, 0)) {
        pass.report(*node, fmt::format("the first operand has {}", a.text()));
      } else if (has_zero_point(b, b.type == DataType::kUint8 ? 128 : 0)) {
        pass.report(*node, fmt::format("the second operand has {}", b.text()));
      }
    }
  }
}

void check_product_scales(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (!(node->is("MatMul") || node->is("Gemm")) || !has_integer_operands(*node)) continue;
    const auto data = dequantized(node->input(0));
    const auto scale = numbers_of(data->dq->input(1));
    if (!data->constant && scale && scale->size() > 1)
      pass.report(*node, fmt::format("{} has {} scales on axis {}", shown(node->input(0)), scale->size(),
                                     data->dq->attribute("axis", 1)));
  }
}

// The Concat whose result a layer reads quantized, itself or through ops that move values; null where there is none.
const Node* concat_in_front(const Node& layer) {
  const auto data = dequantized(layer.input(0));
  if (!data || !data->q) return nullptr;
  const Node* producer = data->source->producer();
  return producer && producer->is("Concat") ? producer : nullptr;
}

void check_concat(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (!has_integer_operands(*node)) continue;
    if (node->is("Conv")) {
      const Node* concat = concat_in_front(*node);
      const int rank = concat ? concat->output(0).rank() : -1;
      if (rank < 0) continue;
      const int64_t given = concat->attribute("axis", 1), axis = given < 0 ? given + rank : given;
      if (axis != 1)
        pass.report(*node, Severity::kWarn, fmt::format("it reads {} of axis {} through Q/DQ", shown(*concat), axis));
    } else if (node->is("MatMul") || node->is("Gemm")) {
      const auto data = dequantized(node->input(0));
      const Node* concat = data && data->q ? unequal_concat(*data->source) : nullptr;
      if (!concat) continue;
      const Parameters numbers = parameters_of(*data->dq);
      if (has_zero_point(numbers, 0))
        pass.report(*node, fmt::format("it reads {} of unequal parts on axis {} through Q/DQ with {}", shown(*concat),
                                       concat->attribute("axis", 1), numbers.text()));
    }
  }
}

}  // namespace

std::vector<LintRule> openvino_fusion() {
  constexpr Severity kError = Severity::kError, kWarn = Severity::kWarn, kInfo = Severity::kInfo;
  return {
      {"V03", kFamily, kWarn, kInfo, "a layer with only one of data and weight quantized",
       "it runs in float, and its Q/DQ are paid for", kTried, "quantize both, or neither", check_half_quantized},
      {"V05", kFamily, kWarn, kWarn, "a zero point in front of ConvTranspose or of a product of two activations",
       "ConvTranspose is integer with zero point 0 only, a product where the first operand has 0 and the second int8 "
       "with 0 or uint8 with 128",
       kTried, "quantize these symmetrically", check_symmetry},
      {"V06", kFamily, kError, kError, "an activation of a MatMul or Gemm with several scales",
       "OpenVINO refuses the model, or computes the product in float (scales along K that differ)", kTried,
       "use one scale for the activation", check_product_scales},
      {"V07", kFamily, kError, kWarn,
       "a Concat of another axis than channels, quantized in front of a convolution; of unequal parts in front of a "
       "MatMul or Gemm",
       "the convolution stays float; with a zero point, OpenVINO refuses the model with the MatMul or Gemm", kTried,
       "quantize the parts and not the result, or use zero point 0", check_concat},
  };
}

}  // namespace quoin
