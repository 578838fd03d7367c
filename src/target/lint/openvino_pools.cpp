// Average pools that OpenVINO's CPU plugin computes otherwise than the Q/DQ graph says.
#include <fmt/format.h>

#include <algorithm>

#include "graph/least_size.h"
#include "graph/made_by.h"
#include "quoin/op_facts.h"
#include "target/lint/families.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "openvino-pools";
constexpr std::string_view kTried = "tried: OpenVINO 2026.4.1 (docs/targets.md)";

bool counts_padding(const Node& pool) {
  if (pool.attribute("count_include_pad", int64_t{0}) == 0) return false;
  const std::string auto_pad = pool.attribute("auto_pad", "NOTSET");
  if (auto_pad == "SAME_UPPER" || auto_pad == "SAME_LOWER") return true;
  const std::vector<int64_t> pads = pool.attribute("pads", std::vector<int64_t>{});
  return std::any_of(pads.begin(), pads.end(), [](int64_t pad) { return pad != 0; });
}

void check_counted_padding(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!node->is("AveragePool") || !counts_padding(*node)) continue;
    const auto data = dequantized_above(node->input(0));
    if (!data) continue;
    const Parameters numbers = parameters_of(*data->dq);
    if (numbers.zero_point &&
        std::any_of(numbers.zero_point->begin(), numbers.zero_point->end(), [](double zero) { return zero != 0; }))
      pass.report(*node, fmt::format("it counts its padding and reads {}", numbers.text()));
  }
}

// Without AVX-512, oneDNN's integer pooling refuses an output of fewer elements than an SSE register holds bytes; what
// is left is a reference kernel (jit_uni_i8i8_pooling.cpp).
constexpr int64_t kPooledAtLeast = 16;

void check_small_averages(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!node->is("AveragePool") || node->output(0).rank() < 0 || least_size(node->output(0)) >= kPooledAtLeast)
      continue;
    if (!dequantized_above(node->input(0))) continue;
    const bool again = std::any_of(pass.qdq().begin(), pass.qdq().end(), [&](const Node* q) {
      return is_quantize(*q) && made_by(q->input(0), "AveragePool") == node;
    });
    if (again) pass.report(*node, fmt::format("it reads integers and gives {} values", least_size(node->output(0))));
  }
}

// What reads an average, past ops that move it and Relu, and makes OpenVINO round it; null where nothing does: a Q, an
// activation, a convolution or the end of the graph.
const Node* rounding_reader(const Value& value) {
  for (const Use& use : value.uses()) {
    const Node& node = *use.node;
    if (is_quantize(node) || node.is("Conv") || node.is("AveragePool")) continue;
    const OpFacts& facts = op_facts(node);
    const bool moves = facts.scale_passes_through || node.is("Concat") || node.is("Resize") || node.is("Relu");
    if (!moves && facts.activation) continue;
    if (!moves) return &node;
    for (int i = 0; i < node.output_count(); ++i) {
      if (!node.output(i).exists()) continue;
      if (const Node* found = rounding_reader(node.output(i))) return found;
    }
  }
  return nullptr;
}

void check_rounded_averages(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    if (!node->is("AveragePool")) continue;
    const auto data = dequantized_above(node->input(0));
    const Node* reader = data ? rounding_reader(node->output(0)) : nullptr;
    if (reader)
      pass.report(*node, fmt::format("{} reads it without a Q: it is rounded to steps of {}", shown(*reader),
                                     parameters_of(*data->dq).text()));
  }
}

}  // namespace

std::vector<LintRule> openvino_pools() {
  constexpr Severity kError = Severity::kError, kWarn = Severity::kWarn;
  return {
      {"V13", kFamily, kError, kError, "an AveragePool that counts its padding, behind a zero point other than 0",
       "its padding counts as minus the zero point times the scale, not as 0: wrong results", kTried,
       "leave the AveragePool float, or quantize its input with zero point 0", check_counted_padding},
      {"V20", kFamily, kError, kError, "an AveragePool of integers that gives fewer than 16 values, in front of a Q",
       "a CPU without AVX-512 runs it in a reference kernel that gives other numbers, or has no kernel", kTried,
       "write it as a GlobalAveragePool, or leave it float", check_small_averages},
      {"V21", kFamily, kWarn, kWarn, "an AveragePool of integers whose reader is neither a Q nor an activation",
       "OpenVINO rounds the average to the step of its input", kTried, "quantize what it gives, or leave it float",
       check_rounded_averages},
  };
}

}  // namespace quoin
