#include "graph/checked_sizes.h"

#include <algorithm>

namespace quoin {

std::optional<int64_t> checked_count(const Shape& shape) {
  int64_t count = 1;
  // An empty tensor has no numbers, whatever its other dimensions say.
  for (const int64_t dim : shape) {
    if (dim < 0) return std::nullopt;
    if (dim == 0) count = 0;
  }
  for (const int64_t dim : shape) {
    if (count != 0 && __builtin_mul_overflow(count, dim, &count)) return std::nullopt;
  }
  return count;
}

std::optional<Shape> with_open_dim(Shape shape, int64_t count) {
  const auto open = std::find(shape.begin(), shape.end(), -1);
  if (open != shape.end()) {
    *open = 1;
    const auto known = checked_count(shape);  // nothing for another -1
    if (!known || *known == 0 || count % *known != 0) return std::nullopt;
    *open = count / *known;
  }
  return checked_count(shape) == count ? std::optional(shape) : std::nullopt;
}

}  // namespace quoin
