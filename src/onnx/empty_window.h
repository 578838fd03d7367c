// Windows of a pool with ceil_mode that hold nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace quoin {

// The attributes of a pool; a list that the node leaves out is empty.
struct PoolWindows {
  std::vector<int64_t> kernel_shape, strides, dilations, pads;
};

// Of a pool with ceil_mode and without auto_pad: the windows of spatial axis `axis` of `axes` over `size` values, the
// last one counted, where that one begins behind the input and the padding in front of it. Nothing where it holds
// something, or for numbers beyond any size that runs.
std::optional<int64_t> windows_with_an_empty_one(const PoolWindows& pool, int64_t size, int axis, int axes);

}  // namespace quoin
