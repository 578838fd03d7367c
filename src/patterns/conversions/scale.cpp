// Constant factors taken into what is before them.
#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> scale_conversions() {
  return {
      conversion(
          "FoldLayerScale",
          "a constant factor per channel behind a layer (LayerScale) is a factor of its weights and bias: one pass "
          "over "
          "memory less",
          "Mul|Div(Transpose?((Gemm|Conv(x, const w, const b?) as fc | Add?(MatMul(x, const w) as fc, const b) as "
          "bias_add)) "
          "as turn, const s) as scale",
          {"op(fc) != \"MatMul\" || rank(w) == 2", "size(s) == 1 || size(s) == dim(w, weight_axis(fc))",
           "rank(s) <= rank(fc)", "!exists(b) || (is_bias(b, fc) && size(b) == dim(w, weight_axis(fc)))",
           "size(s) == 1 || exists(turn) || varies_along(s) == -1 || op(fc) == \"Conv\"",
           "size(s) == 1 || exists(turn) || op(fc) != \"Conv\" || varies_along(s) == 1 - rank(fc)",
           "size(s) == 1 || !exists(turn) || varies_along(s) == moved(turn, -1) || op(fc) == \"Conv\"",
           "size(s) == 1 || !exists(turn) || op(fc) != \"Conv\" || varies_along(s) == moved(turn, 1)",
           "op(scale) == \"Mul\" || !is_constant(scale)"},
          "turn?(bias_add?(fc(x, scaled_weight(fc, scale), scaled_bias(fc, scale)), scaled_operand(bias_add, scale)))"),
      conversion(
          "FoldAttentionScale",
          "the scale of attention behind the projection of queries or keys is a factor of its weights and bias",
          "Mul|Div(Transpose?(Reshape((Gemm(x, const w, const b?) as fc | Add?(MatMul(x, const w) as fc, const b) as "
          "bias_add), target) as heads) as turn, const s) as scale",
          {"size(s) == 1", "rank(w) == 2", "rank(s) <= rank(heads)",
           "!exists(b) || size(b) == dim(w, weight_axis(fc))"},
          "turn?(heads(bias_add?(fc(x, scaled_weight(fc, scale), scaled_bias(fc, scale)), "
          "scaled_operand(bias_add, scale)), target))"),
      conversion("MoveAttentionScale",
                 "TensorRT's kernel of attention wants the scale on queries, before the first product; they are the "
                 "smaller tensor, too",
                 "Softmax(Add?(Mul|Div(MatMul(q, k) as scores, const s) as scale, mask) as masked) as softmax",
                 {"size(s) == 1", "!is_constant(q)", "!is_constant(k)", "rank(s) <= rank(q)"},
                 "softmax(masked?(scores(Mul(q, factor(scale)), k), mask))"),
  };
}

}  // namespace quoin
