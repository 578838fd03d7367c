// Attention, normalization and GELU on TensorRT.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "target/lint/families.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr std::string_view kFamily = "tensorrt-attention";

// A product of two activations.
bool is_product(const Node* node) {
  return node && node->is("MatMul") && !is_rooted_at_constant(node->input(0)) && !is_rooted_at_constant(node->input(1));
}

struct Attention {
  const Node *scores = nullptr, *softmax = nullptr, *context = nullptr, *mask = nullptr;
};

// In front of Softmax up to the first product: scaling, mask, Cast, Q/DQ.
bool find_scores(Attention& found) {
  static const OpSet kBetween = {"Mul", "Div", "Add", "Cast", "Where"};
  const Value* value = &found.softmax->input(0);
  for (int i = 0; i < 8; ++i) {
    const Node* node = value->producer();
    if (!node) return false;
    if (is_product(node)) {
      found.scores = node;
      return true;
    }
    if (!is_one_of(*node, kBetween) && !is_quantize(*node) && !is_dequantize(*node)) return false;
    int next = node->is("Where") ? 1 : 0;
    if (next == 0 && is_rooted_at_constant(node->input(0)) && node->input(1).exists()) next = 1;
    if (node->is("Add") && !is_rooted_at_constant(node->input(1 - next))) found.mask = node;
    value = &node->input(next);
  }
  return false;
}

// Behind Softmax down to the product with the values.
bool find_context(Attention& found) {
  const Value* value = &found.softmax->output(0);
  for (int i = 0; i < 4; ++i) {
    if (value->uses().size() != 1) return false;
    const Node* node = value->uses().front().node;
    if (is_product(node)) {
      found.context = node;
      return true;
    }
    if (!is_one_of(*node, {"Cast"}) && !is_quantize(*node) && !is_dequantize(*node)) return false;
    value = &node->output(0);
  }
  return false;
}

std::vector<Attention> attentions(const LintPass& pass) {
  std::vector<Attention> all;
  for (const Node* node : pass.nodes()) {
    if (!node->is("Softmax")) continue;
    Attention found{.scores = nullptr, .softmax = node, .context = nullptr, .mask = nullptr};
    if (find_scores(found) && find_context(found)) all.push_back(found);
  }
  return all;
}

// An op between a DequantizeLinear and the product; null where there is none.
const Node* hides_dequantize(const Node& product) {
  for (int i = 0; i < 2; ++i) {
    const Node* node = product.input(i).producer();
    if (!node || !is_one_of(*node, {"Mul", "Div", "Transpose", "Cast"})) continue;
    if (is_dequantized(node->input(0)) && !is_rooted_at_constant(node->input(0))) return node;
  }
  return nullptr;
}

void check_whole(LintPass& pass, const Attention& found) {
  const int64_t head = found.scores->input(0).dim(-1), keys = found.scores->output(0).dim(-1);
  if (head >= 0 && head != 16 && head != 32 && head != 64) {
    pass.report(*found.softmax, fmt::format("INT8 heads of {} values", head));
  } else if (keys > 512) {
    pass.report(*found.softmax, fmt::format("INT8 attention over {} positions", keys));
  }
}

void check_attention(LintPass& pass) {
  for (const Attention& found : attentions(pass)) {
    std::vector<std::string> quantized, floats;
    const auto sort = [&](const Value& value, const char* name) {
      (is_dequantized(value) ? quantized : floats).emplace_back(name);
    };
    const Node *hidden_scores = hides_dequantize(*found.scores), *hidden_context = hides_dequantize(*found.context);
    for (const Node* hidden : {hidden_scores, hidden_context}) {
      if (hidden) pass.report(*hidden, "it stands between a DequantizeLinear and a product of attention");
    }
    if (hidden_scores || hidden_context) continue;
    sort(found.scores->input(0), "Q");
    sort(found.scores->input(1), "K");
    sort(found.context->input(0), "Softmax");
    sort(found.context->input(1), "V");
    if (!quantized.empty() && !floats.empty()) {
      pass.report(*found.softmax,
                  fmt::format("{} quantized, {} float", fmt::join(quantized, ", "), fmt::join(floats, ", ")));
    } else if (!quantized.empty()) {
      check_whole(pass, found);
    }
    if (found.mask && (is_dequantized(found.mask->input(0)) || is_dequantized(found.mask->input(1))))
      pass.report(*found.mask, "the Add of the mask is quantized");
  }
}

// A LayerNormalization behind a convolution may read quantized values: the convolution then writes INT8.
bool is_behind_conv(const Dequantized& from) {
  const Node* producer = from.source->producer();
  for (int i = 0; producer && i < 4; ++i) {
    if (producer->is("Conv")) return true;
    if (!is_one_of(*producer, {"Transpose", "Reshape", "Relu", "Clip"})) return false;
    producer = producer->input(0).producer();
  }
  return false;
}

void check_float_only(LintPass& pass) {
  for (const Node* node : pass.nodes()) {
    const auto from = dequantized(node->input(0));
    if (is_one_of(*node, {"LayerNormalization"})) {
      if (from && !is_behind_conv(*from))
        pass.report(*node, fmt::format("its input {} is quantized", shown(node->input(0))));
    } else if (is_one_of(*node, {"Softmax"})) {
      if (from) pass.report(*node, fmt::format("its input {} is quantized", shown(node->input(0))));
    } else if (is_one_of(*node, {"Erf"})) {
      const Node* before = node->input(0).producer();
      const bool scaled = before && is_one_of(*before, {"Div", "Mul"}) && is_dequantized(before->input(0));
      if (from || scaled || readers_of(node->output(0)).some_quantize()) pass.report(*node, "GELU is quantized inside");
    }
  }
}

}  // namespace

std::vector<LintRule> tensorrt_attention() {
  constexpr Severity kWarn = Severity::kWarn;
  return {
      {"T20", kFamily, kWarn, kWarn,
       "attention quantized in part, in a form that is not fused, or of a size without a kernel",
       "the fused INT8 kernel wants Q, K, V and the Softmax's output quantized right at the products, heads of 16, 32 "
       "or 64, at most 512 positions, "
       "and a float mask",
       "read: TensorRT's documentation, ModelOpt's patterns", "quantize all of them, or leave the products float",
       check_attention},
      {"T21", kFamily, kWarn, kWarn, "Q/DQ on LayerNormalization, on Softmax's input or inside GELU",
       "these run in float: the pair costs kernels and breaks the fusion around it",
       "read: TensorRT's documentation, issue 4084, ModelOpt's rules", "leave them float", check_float_only},
  };
}

}  // namespace quoin
