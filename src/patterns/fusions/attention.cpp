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

}  // namespace

std::vector<PatternDef> attention_fusions() {
  return {
      fusion("MHAInProjection", "the three projections of attention in one product: as heavy as any linear layer",
             "Split(Add?(MatMul(x, const w) as fc, const b) as bias_add) as split",
             {"split.axis == -1 || split.axis == rank(split) - 1", "dim(split, -1) * 3 == dim(w, -1)", "rank(w) == 2",
              "!exists(bias_add) || size(b) == dim(w, -1)"},
             {input("fc"), weight("fc"), output()}),
      fusion("ScaledDotProductAttention",
             "products of activations with a Softmax between: compilers have a float kernel for the whole, so it stays "
             "float",
             fmt::format("MatMul(Softmax(Add?({}, mask)) as softmax, v) as context", kScores),
             {"!is_constant(q)", "!is_constant(k)", "!is_constant(v)",
              "softmax.axis == -1 || softmax.axis == rank(softmax) - 1", "!exists(q_scaled) || size(q_scale) == 1",
              "!exists(k_scaled) || size(k_scale) == 1"},
             {}),
  };
}

}  // namespace quoin
