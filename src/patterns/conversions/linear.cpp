#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> linear_conversions() {
  return {
      conversion(
          "FlattenLinearToConv1x1",
          "behind global pooling a fully connected layer is a 1x1 convolution, which needs no change of layout before "
          "it",
          "Gemm(Flatten|Reshape|Squeeze(x) as flatten, const w, const b?) as gemm",
          {"rank(x) == 4", "dtype(x) in [\"float\", \"float16\"]", "dim(x, 2) == 1 && dim(x, 3) == 1",
           "rank(flatten) == 2", "dim(flatten, 1) == dim(x, 1)", "gemm.transA == 0", "!exists(b) || is_bias(b, gemm)"},
          "Flatten[axis=1](Conv[kernel_shape=[1, 1]](x, conv_1x1_weight(gemm), gemm_bias(gemm)))"),
      conversion("MatMulAddToGemm", "a product of matrices and the Add of its bias are one Gemm",
                 "Add(MatMul(x, const w) as product, const b)",
                 {"rank(x) == 2", "rank(w) == 2", "rank(b) <= 2", "is_bias(b, product)", "size(b) == dim(w, -1)"},
                 "Gemm(x, w, b)"),
      conversion(
          "VectorToRow",
          "a product of a vector and a matrix is one of matrices with one row: runtimes' integer kernels know those "
          "only",
          "MatMul(x, const w) as product", {"rank(x) == 1", "rank(w) == 2", "!is_constant(x)"},
          "Reshape(MatMul(Reshape(x, int64[1, -1]), w), int64[-1])"),
  };
}

}  // namespace quoin
