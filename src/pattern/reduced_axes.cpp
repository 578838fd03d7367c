#include "pattern/reduced_axes.h"

#include <algorithm>
#include <set>

namespace quoin {

std::optional<int64_t> count_of_last_axes(const Node& reduction) {
  std::vector<int64_t> axes = reduction.attribute("axes", std::vector<int64_t>{});
  if (reduction.has_input(1)) {
    const Tensor* tensor = reduction.input(1).constant();
    if (!tensor || tensor->type() != DataType::kInt64) return std::nullopt;
    axes = tensor->to_int64s();
  }
  const bool all_negative = std::all_of(axes.begin(), axes.end(), [](int64_t axis) { return axis < 0; });
  if (!all_negative && !reduction.input(0).has_rank()) return std::nullopt;
  std::set<int64_t> from_end;
  for (const int64_t axis : axes) from_end.insert(axis < 0 ? axis : axis - reduction.input(0).rank());
  const auto count = static_cast<int64_t>(from_end.size());
  if (count == 0 || *from_end.begin() != -count || *from_end.rbegin() != -1) return std::nullopt;
  return count;
}

bool spans(const Tensor& constant, const Node& reduction) {
  const auto axes = count_of_last_axes(reduction);
  const Value& x = reduction.input(0);
  if (!axes || !x.has_rank() || x.rank() < *axes || constant.rank() < *axes || constant.rank() > x.rank()) return false;
  const auto rank = static_cast<int>(constant.rank());
  for (int axis = 1; axis <= rank; ++axis) {
    const int64_t dim = constant.shape()[static_cast<size_t>(rank - axis)];
    if (dim != (axis <= *axes ? x.dim(-axis) : 1)) return false;
  }
  return true;
}

}  // namespace quoin
