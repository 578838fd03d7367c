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

}  // namespace

bool pair_is_for(const Node& reader, const Dequantized& pair) {
  if (!pair.q) return false;
  const Node* producer = pair.source->producer();
  for (int i = 0; producer && i < 3; ++i) {
    if (is_integer_candidate(*producer)) return false;
    // What an integer kernel takes along behind itself.
    if (!op_facts(*producer).activation || !producer->input(0).exists()) break;
    producer = producer->input(0).producer();
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
