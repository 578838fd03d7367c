// Quantized and dequantized again, as Q/DQ does it.
#pragma once

#include <algorithm>
#include <cmath>

#include "quoin/quantize.h"

namespace quoin {

class FakeQuantize {
 public:
  FakeQuantize(const Range& range, DataType type, int bits, bool symmetric)
      : scale_(scale_of(range, type, bits, symmetric ? ZeroPointPolicy::kZero : ZeroPointPolicy::kAffine)) {
    const bool is_signed = type == DataType::kInt8 || type == DataType::kInt16;
    const int least = is_signed ? -(1 << (bits - 1)) : 0;
    low_ = static_cast<float>(least - scale_.zero_point);
    high_ = static_cast<float>(least + (1 << bits) - 1 - scale_.zero_point);
    inverse_ = 1 / scale_.scale;
  }
  // Half to even by adding 1.5 * 2^23, which becomes vector code; what is clamped first is far below 2^22.
  float operator()(float x) const {
    constexpr float kShift = 12582912.0F;
    const float inside = std::clamp(x * inverse_, low_, high_);
    return ((inside + kShift) - kShift) * scale_.scale;
  }

 private:
  ScaleZeroPoint scale_;
  float low_ = 0, high_ = 0, inverse_ = 1;
};

}  // namespace quoin
