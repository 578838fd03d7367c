// Constant scales and shifts beside a convolution: they belong into its weight and bias.
#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

constexpr std::string_view kFloat = "dtype(w) in [\"float\", \"float16\", \"double\"]";

// The constant `c` is one number, or one per channel, of which axis `axis` of the weight has as many as the tensor.
Predicates constant_condition(std::string_view c, std::string_view channels) {
  const std::string rank = fmt::format("rank({}) <= rank(w)", c);
  const std::string count =
      fmt::format("size({0}) == 1 || (size({0}) == {1} && dim({0}, 1 - rank(w)) == size({0}))", c, channels);
  return {kFloat, "rank(w) >= 3", std::string_view(rank), std::string_view(count)};
}

constexpr std::string_view kUnpadded =
    "conv.auto_pad in [\"NOTSET\", \"VALID\"] && (!exists(conv.pads) || conv.pads == [0, 0, 0, 0] || conv.pads == [0, "
    "0])";

}  // namespace

std::vector<PatternDef> affine_conversions() {
  return {
      conversion("FoldShiftIntoConv",
                 "a constant added behind a convolution is part of its bias: a pass over the tensor less",
                 "Add(Conv(x, const w, const b?) as conv, const s) as add", constant_condition("s", "dim(w, 0)"),
                 "Conv[attrs(conv)](x, w, bias_plus(conv, add))"),
      conversion(
          "FoldShiftIntoNextConv",
          "a constant added before a convolution without padding is part of its bias: a pass over the tensor less",
          "Conv(Add(x, const s) as add, const w, const b?) as conv",
          constant_condition("s", "dim(x, 1)") + Predicates{"!is_constant(x)", "rank(x) == rank(w)", kUnpadded},
          "Conv[attrs(conv)](x, w, bias_plus_inputs(conv, add))"),
      conversion(
          "FoldScaleIntoNextConv",
          "a constant factor before a convolution is one of its weight: a pass over the tensor less",
          "Conv(Mul(x, const s) as mul, const w, b?) as conv",
          constant_condition("s", "dim(x, 1)") + Predicates{"!is_constant(x)", "rank(x) == rank(w)", kSaneFactor},
          "Conv[attrs(conv)](x, weight_times_inputs(conv, mul), b)"),
      conversion("FoldScaleBeforeShiftIntoNextConv",
                 "of a constant factor and sum before a padded convolution only the sum has to stay: the factor is one "
                 "of the weight",
                 "Conv(Add(Mul(x, const s) as mul, const t) as add, const w, b?) as conv",
                 constant_condition("s", "1") + Predicates{"size(t) == 1", "size(s) == 1", "rank(t) <= rank(w)",
                                                           "!is_constant(x)", "rank(x) == rank(w)", kSaneFactor,
                                                           "abs_max(t) <= 100 * abs_max(s)"},
                 "Conv[attrs(conv)](Add(x, shift_over_scale(add, mul)), weight_times_inputs(conv, mul), b)"),
      conversion("BatchNormToMulAdd",
                 "a BatchNormalization with no convolution before it is a factor and a sum per channel, which fold "
                 "into what comes behind",
                 "BatchNormalization(x, const scale, const shift, const mean, const var) as bn",
                 {"!(producer(x) in [\"Conv\", \"ConvTranspose\", \"Gemm\"])", "bn.training_mode == 0", "rank(bn) >= 2",
                  "dtype(scale) in [\"float\", \"float16\", \"double\"]"},
                 "Add(Mul(x, bn_scale(bn)), bn_shift(bn))"),
  };
}

}  // namespace quoin
