#include "onnx/empty_window.h"

namespace quoin {
namespace {

constexpr int64_t kLargest = int64_t{1} << 31;  // products of two of these are int64_t

int64_t number_at(const std::vector<int64_t>& list, int axis, int64_t otherwise) {
  const auto at = static_cast<size_t>(axis);
  return at < list.size() ? list[at] : otherwise;
}

}  // namespace

std::optional<int64_t> windows_with_an_empty_one(const PoolWindows& pool, int64_t size, int axis, int axes) {
  const int64_t kernel = number_at(pool.kernel_shape, axis, 0), stride = number_at(pool.strides, axis, 1),
                dilation = number_at(pool.dilations, axis, 1), before = number_at(pool.pads, axis, 0),
                after = number_at(pool.pads, axes + axis, 0);
  for (const int64_t number : {size, kernel, stride, dilation, before, after}) {
    if (number < 0 || number >= kLargest) return std::nullopt;
  }
  if (kernel < 1 || stride < 1) return std::nullopt;
  const int64_t steps = size + before + after - (dilation * (kernel - 1) + 1);
  if (steps < 0) return std::nullopt;
  const int64_t last = (steps + stride - 1) / stride;
  return last > 0 && last * stride >= size + before ? std::optional(last + 1) : std::nullopt;
}

}  // namespace quoin
