// Sizes of tensors whose shapes a file says: products that cannot overflow.
#pragma once

#include <optional>

#include "quoin/tensor.h"

namespace quoin {

// The product of the dimensions; nothing for a negative one, or where it is beyond 2^63 - 1.
std::optional<int64_t> checked_count(const Shape& shape);

// `shape` with its one -1 replaced so that it holds `count` numbers, as Reshape does. Nothing where no number fits, or
// for more than one.
std::optional<Shape> with_open_dim(Shape shape, int64_t count);

}  // namespace quoin
