// Spellings of GELU, LayerNormalization and RMSNormalization. The operands of sums and products come in any order.
#include <fmt/format.h>

#include "patterns/pieces.h"

namespace quoin {
namespace {

// 0.5 * y * inner, however it is associated.
std::string half_of_product(std::string_view y, std::string_view inner) {
  return fmt::format(
      "(Mul(Mul({0}, {1}), 0.5) as gelu | Mul({0}, Mul({1}, 0.5)) as gelu | Mul(Mul({0}, 0.5), {1}) as gelu)", y,
      inner);
}

// 1 / sqrt(variance)
std::string reciprocal_root(std::string_view variance) {
  return fmt::format("(Reciprocal(Sqrt({0})) | Div(1, Sqrt({0})) | Pow({0}, -0.5))", variance);
}

std::string divided_by_root(std::string_view y, std::string_view variance) {
  return fmt::format("(Div({0}, (Sqrt({1}) | Pow({1}, 0.5))) | Mul({0}, {2}))", y, variance, reciprocal_root(variance));
}

}  // namespace

std::string erf_gelu(std::string_view y, std::string_view again) {
  return half_of_product(again,
                         fmt::format("Add(Erf((Div({0}, 1.4142135623730951) | Mul({0}, 0.7071067811865476))), 1)", y));
}

std::string tanh_gelu(std::string_view y, std::string_view again) {
  const std::string square = fmt::format("(Pow({0}, 2) | Mul({0}, {0}))", again);
  const std::string scaled_cube = fmt::format(
      "(Mul((Pow({0}, 3) | Mul({0}, (Mul({0}, {0}) | Pow({0}, 2)))), 0.044715) | Mul(Mul(Mul({0}, 0.044715), {0}), "
      "{0}) | "
      "Mul({0}, Mul({0}, Mul({0}, 0.044715))))",
      again);
  const std::string sum = fmt::format(
      "(Mul(Add({0}, {2}), 0.7978845608028654) | Mul(Mul({0}, Add(Mul({1}, 0.044715), 1)), 0.7978845608028654) | "
      "Mul(Mul({0}, 0.7978845608028654), Add(Mul({1}, 0.044715), 1)))",
      y, square, scaled_cube);
  return half_of_product(again, fmt::format("Add(Tanh({}), 1)", sum));
}

std::string quick_gelu(std::string_view y, std::string_view again) {
  return fmt::format("Mul({1}, Sigmoid(Mul({0}, 1.702))) as gelu", y, again);
}

std::string gelu(std::string_view y, std::string_view again) {
  return fmt::format(
      "(Gelu({0}) as gelu | com.microsoft::Gelu|com.microsoft::FastGelu|com.microsoft::QuickGelu({0}) as gelu | {1} | "
      "{2} | {3})",
      y, erf_gelu(y, again), tanh_gelu(y, again), quick_gelu(y, again));
}

std::string spelled_layer_norm() {
  const std::string centred = "Sub(x, ReduceMean(x) as mean) as centred";
  const std::string variance =
      "Add(ReduceMean((Pow((centred | Sub(x, mean)), 2) | Mul(centred, centred) | Mul(Sub(x, mean) as again, again))) "
      "as var, "
      "const eps) as stabilized";
  return fmt::format("Add?(Mul?({}, const gamma) as scaled, const beta) as shifted",
                     divided_by_root(centred, variance));
}

Predicates spelled_layer_norm_conditions() {
  return {"last_axes(mean) >= 1",
          "last_axes(var) == last_axes(mean)",
          "mean.keepdims == 1",
          "var.keepdims == 1",
          "size(eps) == 1",
          "dim(x, -1) > 0",
          "!exists(scaled) || spans(gamma, mean)",
          "!exists(shifted) || spans(beta, mean)"};
}

std::string spelled_rms_norm() {
  const std::string square = "Add(ReduceMean((Pow(x, 2) | Mul(x, x))) as mean, const eps) as stabilized";
  return fmt::format("Mul({}, const gamma) as scaled", divided_by_root("x", square));
}

Predicates spelled_rms_norm_conditions() {
  return {"last_axes(mean) >= 1", "mean.keepdims == 1", "size(eps) == 1", "spans(gamma, mean)"};
}

}  // namespace quoin
