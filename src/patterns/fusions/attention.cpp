// Attention in its parts: the packed projection in front, the scaled product of queries, keys and values.
#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

// The scale stands on the product, or on queries and keys before it.
constexpr std::string_view kScores =
    "Mul|Div?(MatMul(Mul|Div?(q, const q_scale) as q_scaled, Mul|Div?(k, const k_scale) as k_scaled) as scores, const "
    "scale)";

// A mask is added, or chooses between scores and a constant; a bias by relative position may come before it, a causal
// mask behind it. Some networks bend the scores to stay below a cap before that.
std::string masked() {
  return fmt::format(
      "(Where(keep, Add?({0}, bias), const fill) | Where(drop, const fill, Add?({0}, bias)) | "
      "Add?(Add?(Add?((Mul(Tanh(Mul|Div?({0}, const)), const) | {0}), bias), mask), causal))",
      kScores);
}

// Windows of Swin: a bias by relative position, and where windows are shifted a mask per window, for which the windows
// become an axis of their own.
std::string masked_windows() {
  return fmt::format("(Reshape(Add(Reshape(Add({0}, bias)), mask)) | Add({0}, bias))", kScores);
}

// Exporters guard rows that are masked entirely.
std::string context(std::string_view scores) {
  return fmt::format(
      "MatMul((Where(IsNaN(softmax), const, Softmax({0}) as softmax) | Softmax({0}) as softmax), v) as context",
      scores);
}

Predicates attention_conditions() {
  return {"!is_constant(q)",
          "!is_constant(k)",
          "!is_constant(v)",
          "softmax.axis == -1 || softmax.axis == rank(softmax) - 1",
          "!exists(q_scaled) || size(q_scale) == 1",
          "!exists(k_scaled) || size(k_scale) == 1"};
}

}  // namespace

std::vector<PatternDef> attention_fusions() {
  return {
      fusion("MHAInProjection", "the three projections of attention in one product: as heavy as any linear layer",
             "Split(Add?(MatMul(x, const w) as fc, const b) as bias_add) as split",
             {"split.axis == -1 || split.axis == rank(split) - 1", "dim(split, -1) * 3 == dim(w, -1)", "rank(w) == 2",
              "!exists(bias_add) || is_bias(b, fc)"},
             {input("fc"), weight("fc"), output()}),
      fusion("WindowAttention",
             "attention within windows, with a bias by relative position and a mask for shifted windows: its products "
             "stay "
             "float, as those of all attention",
             context(masked_windows()),
             attention_conditions() +
                 Predicates{"rank(bias) == 4", "dim(bias, 0) == 1", "dim(bias, 1) > 1", "dim(bias, 2) == dim(bias, 3)"},
             {}),
      fusion("ScaledDotProductAttention",
             "products of activations with a Softmax between: compilers have a float kernel for the whole, so it stays "
             "float",
             context(masked()), attention_conditions(), {}),
      fusion("QuantizedScaledDotProductAttention",
             "the same with both products on integers, for lists that choose it: pays where a compiler has an integer "
             "kernel for the "
             "whole (TensorRT: heads of 16, 32 or 64, at most 512 positions)",
             context(masked()), attention_conditions(),
             {input("scores", 0), second_input("scores"), input("context", 0), second_input("context"), output()}),
  };
}

}  // namespace quoin
