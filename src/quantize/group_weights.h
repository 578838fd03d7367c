// Weights in groups that share a scale (and a zero point): per tensor, per channel or in blocks along K, 4 or 8 bits.
#pragma once

#include <span>
#include <vector>

#include "quoin/quantize.h"

namespace quoin {

// The integers of a type: what they reach from and to, and where zero is.
struct IntegerGrid {
  int low = -128, high = 127;
  int zero = 0;         // of a symmetric grid: 0, or the middle of an unsigned type
  bool affine = false;  // the zero point is chosen
};
IntegerGrid grid_of(DataType type, bool affine);

struct QuantizedGroup {
  float scale = 1;
  int zero_point = 0;
  std::vector<int> values;
  double squared_error = 0;
};
// Symmetric: scale = max|w| / (high - zero); affine: (max - min) / (high - low), zero inside the range. With `search`,
// of the scales from 0.7 to 1.2 times that, the one of least squared error after rounding and clipping. A group of
// zeros gets scale 1.
QuantizedGroup quantize_group(std::span<const float> group, const IntegerGrid& grid, bool search, float least_scale);

// `axis`: that of the channels, or of K where there is a block (the last block may be shorter); empty: one group.
// `least_scales`: one per group, or empty. Throws Error(kBadInput) for a weight that is not float or not finite.
QuantizedWeight quantize_groups(const Tensor& weight, std::optional<int> axis, int64_t block, DataType type,
                                bool affine, bool search, const std::vector<float>& least_scales = {});

// A matrix of 8-bit or packed 4-bit integers, transposed.
Tensor transposed_integers(const Tensor& matrix);
// Integers as a tensor of an 8-bit or 4-bit type, the latter two a byte, the first in the low half.
Tensor integer_tensor(DataType type, const Shape& shape, std::span<const int> values);

}  // namespace quoin
