// Linear layers on ONNX Runtime.
#include <fmt/format.h>

#include "quoin/bias.h"
#include "target/lint/families.h"
#include "target/lint/onnxruntime_kernels.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

bool has_q_behind(const Value& value) { return readers_of(behind(value, kOrtAbsorbed)).all_quantize(); }

void check_gemm(LintPass& pass, const Node& node) {
  if (!node.input(2).exists()) return;
  if (const float beta = node.attribute("beta", 1.0F); beta != 1.0F) {
    pass.report(node, fmt::format("beta is {:g}", beta));
  } else if (!is_dequantized(node.input(2)) && !has_q_behind(node.output(0))) {
    pass.report(node, fmt::format("the bias {} is float, and {} is read as float", shown(node.input(2)),
                                  shown(node.output(0))));
  }
}

// A MatMul becomes a Gemm with the Add of one number per column behind it, for matrices and stacks of fixed shape.
void check_matmul(LintPass& pass, const Node& node) {
  const std::optional<BiasInput> found = bias_input(node);
  if (!found) return;
  const Node& add = *found->node;
  const Value& bias = add.input(found->input);
  const Tensor* tensor = tensor_of(bias);
  if (!tensor || tensor->rank() != 1 || !is_bias_shape(node, tensor->shape()) ||
      tensor->size() != output_channels(node))
    return;
  if (node.input(0).rank() != 2 && !node.input(0).static_shape()) return;
  if (has_q_behind(add.output(0))) return;
  pass.report(node, fmt::format("the bias {} of {} is float, and {} is read as float", shown(bias), shown(add),
                                shown(add.output(0))));
}

void check(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    if (!has_integer_operands(*node)) continue;
    if (node->is("Gemm")) check_gemm(pass, *node);
    if (node->is("MatMul")) check_matmul(pass, *node);
  }
}

}  // namespace

std::vector<LintRule> onnxruntime_matmul() {
  return {{"O07", "onnxruntime-matmul", Severity::kError, Severity::kError,
           "a quantized Gemm, or MatMul and Add, with a float bias and no Q behind; beta other than 1",
           "MatMul and Add become a Gemm, and a Gemm with a float bias runs on integers only in front of a Q, where "
           "the bias becomes int32",
           "tried: ONNX Runtime 1.32.0 (docs/targets.md)", "write the bias as int32 with input scale x weight scale",
           check}};
}

}  // namespace quoin
