// How many elements a value surely has.
#pragma once

#include <cstdint>

#include "quoin/graph.h"

namespace quoin {

// An open dimension counts as one; 0 where the rank is not known.
inline int64_t least_size(const Value& value) {
  if (value.rank() < 0) return 0;
  int64_t size = 1;
  for (int axis = 0; axis < value.rank(); ++axis) {
    if (value.dim(axis) >= 0) size *= value.dim(axis);
  }
  return size;
}

}  // namespace quoin
