// Fully connected layers: Gemm, or MatMul with a constant weight and the Add of its bias.
#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

constexpr std::string_view kLinear =
    "(Gemm(x, const w, const b?) as fc | Add?(MatMul(x, const w) as fc, const b) as bias_add)";

// alpha, beta and transA have no place in an integer kernel; a bias has one number per output channel.
Predicates linear_conditions() {
  return {"op(fc) == \"MatMul\" || fc.alpha == 1",
          "op(fc) == \"MatMul\" || !exists(b) || fc.beta == 1",
          "op(fc) == \"MatMul\" || fc.transA == 0",
          "rank(w) == 2",
          "!exists(bias_add) || (dim(b, -1) == dim(w, -1) && size(b) == dim(b, -1))",
          "!exists(bias_add) || rank(b) == 1 || rank(b) <= rank(x)"};
}

const QdqPoints kLinearPoints = {input("fc"), weight("fc"), bias("fc"), output()};

}  // namespace

std::vector<PatternDef> linear_fusions() {
  return {
      fusion("LinearReLU", "the activation runs in the epilogue of the product",
             fmt::format("Relu|Clip({}) as act", kLinear), linear_conditions(), kLinearPoints),
      fusion("Linear", "a fully connected layer", kLinear, linear_conditions(), kLinearPoints),
  };
}

}  // namespace quoin
