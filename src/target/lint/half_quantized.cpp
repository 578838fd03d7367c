#include "target/lint/half_quantized.h"

#include <fmt/format.h>

#include "quoin/op_facts.h"

namespace quoin {
namespace {

// May run on integers: its data operands are dequantized, and it is a layer, or its output is quantized again.
bool is_integer_candidate(const Node& node) {
  if (is_weighted(node)) return has_integer_operands(node);
  bool any = false;
  for (const int i : op_facts(node).data_inputs) {
    if (!node.input(i).exists()) continue;
    if (!is_dequantized(node.input(i))) return false;
    any = true;
  }
  return any && node.output(0).exists() && readers_of(node.output(0)).all_quantize();
}

// What an integer kernel takes along behind itself is read from its data input: an activation, or a product's bias.
const Node* behind_which(const Node& node) {
  if (op_facts(node).activation && node.input(0).exists()) return node.input(0).producer();
  if (!node.is("Add")) return nullptr;
  for (int i = 0; i < 2; ++i) {
    const auto bias = dequantized(node.input(i));
    const Node* product = node.input(1 - i).producer();
    if ((node.input(i).constant() || (bias && bias->constant)) && product && product->is("MatMul")) return product;
  }
  return nullptr;
}

}  // namespace

bool pair_is_for(const Node& reader, const Dequantized& pair) {
  if (!pair.q) return false;
  const Node* producer = pair.source->producer();
  for (int i = 0; producer && i < 3; ++i) {
    if (is_integer_candidate(*producer)) return false;
    producer = behind_which(*producer);
  }
  for (const Use& integers : pair.dq->input(0).uses()) {
    if (!is_dequantize(*integers.node)) return false;
    for (const Use& use : integers.node->output(0).uses()) {
      if (use.node != &reader && is_integer_candidate(*use.node)) return false;
    }
  }
  return true;
}

void report_half_quantized(LintPass& pass) {
  for (const Node* node : pass.weighted()) {
    const auto data = dequantized(node->input(0)), weight = dequantized(node->input(1));
    if (data.has_value() == weight.has_value()) continue;
    const int other = data ? 1 : 0;
    const bool wasted = !data || pair_is_for(*node, *data);
    pass.report(*node, wasted ? Severity::kWarn : Severity::kInfo,
                fmt::format("{} is quantized, {} is float", shown(node->input(1 - other)), shown(node->input(other))));
  }
}

}  // namespace quoin
