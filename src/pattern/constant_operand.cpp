#include "pattern/constant_operand.h"

#include <algorithm>

#include "pattern/constant_numbers.h"

namespace quoin {

const Tensor* constant_operand(const Node& node) {
  if (node.input_count() < 2 || !node.has_input(0) || !node.has_input(1)) return nullptr;
  const Tensor *first = node.input(0).constant(), *second = node.input(1).constant();
  if (first && second) return nullptr;
  return first ? first : second;
}

std::optional<std::vector<double>> factors_of(const Node& scale) {
  const Tensor* tensor = constant_operand(scale);
  const bool divides = scale.is("Div");
  if (!tensor || !is_float_type(tensor->type()) || (!divides && !scale.is("Mul"))) return std::nullopt;
  if (divides && scale.input(0).constant()) return std::nullopt;  // a number divided by the data
  std::vector<double> factors = tensor->to_doubles();
  if (!divides) return factors;
  for (double& factor : factors) {
    if (factor == 0) return std::nullopt;
    factor = 1 / factor;
  }
  return factors;
}

std::optional<int> varying_axis(const Tensor& constant) {
  int found = 0;
  const auto rank = static_cast<int>(constant.shape().size());
  for (int axis = 0; axis < rank; ++axis) {
    if (constant.shape()[static_cast<size_t>(axis)] == 1) continue;
    if (found != 0) return std::nullopt;
    found = axis - rank;
  }
  return found;
}

std::optional<std::vector<int64_t>> permutation_of(const Node& transpose) {
  std::vector<int64_t> perm = transpose.attribute("perm", std::vector<int64_t>{});
  if (!perm.empty()) {
    std::vector<int64_t> sorted = perm;
    std::sort(sorted.begin(), sorted.end());
    for (size_t axis = 0; axis < sorted.size(); ++axis) {
      if (sorted[axis] != static_cast<int64_t>(axis)) return std::nullopt;
    }
    return perm;
  }
  if (!transpose.input(0).has_rank()) return std::nullopt;
  for (int64_t axis = transpose.input(0).rank() - 1; axis >= 0; --axis) perm.push_back(axis);
  return perm;
}

std::optional<int> moved_axis(const Node& transpose, int axis) {
  const auto perm = permutation_of(transpose);
  if (!perm) return std::nullopt;
  const auto rank = static_cast<int>(perm->size());
  const int wanted = axis < 0 ? axis + rank : axis;
  for (int to = 0; to < rank; ++to) {
    if ((*perm)[static_cast<size_t>(to)] == wanted) return to - rank;
  }
  return std::nullopt;
}

}  // namespace quoin
