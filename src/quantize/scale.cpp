// Scale and zero point of a range.
#include <algorithm>
#include <limits>

#include "base/float16.h"
#include "quantize/rounding.h"
#include "quoin/error.h"
#include "quoin/quantize.h"

namespace quoin {

float scale_in(DataType type, float scale) {
  if (type == DataType::kFloat) return scale;
  QUOIN_CHECK(type == DataType::kFloat16, "scales are float or float16");
  constexpr float kSmallestNormal = 6.103515625e-05F, kLargest = 65504.0F;
  return float16_to_float(float_to_float16(std::clamp(scale, kSmallestNormal, kLargest)));
}

ScaleZeroPoint scale_of(const Range& range, DataType type, int bits, ZeroPointPolicy policy) {
  const bool is_signed = type == DataType::kInt8 || type == DataType::kInt16;
  QUOIN_CHECK(is_signed || type == DataType::kUint8 || type == DataType::kUint16, "activations have 8 or 16 bits");
  QUOIN_CHECK(bits >= 2 && bits <= bit_width(type), "scale_of knows 2 bits and up to the type's");
  const double low = std::min(range.min, 0.0F), high = std::max(range.max, 0.0F);
  const int half = 1 << (bits - 1);
  const int least = is_signed ? -half : 0, most = is_signed ? half - 1 : 2 * half - 1;
  ScaleZeroPoint result;
  if (policy == ZeroPointPolicy::kZero) result.zero_point = is_signed ? 0 : half;
  if (policy == ZeroPointPolicy::kAffine && low == high) result.zero_point = is_signed ? -half : 0;
  if (low == high) return result;
  const double exact =
      policy == ZeroPointPolicy::kZero ? std::max(-low, high) / (half - 1) : (high - low) / (most - least);
  // Denormal scales are flushed to zero by some kernels; zero is no scale.
  result.scale = std::max(static_cast<float>(exact), std::numeric_limits<float>::min());
  if (policy == ZeroPointPolicy::kAffine) {
    const double zero_point = round_half_even(least - low / static_cast<double>(result.scale));
    result.zero_point = static_cast<int32_t>(std::clamp<double>(zero_point, least, most));
  }
  return result;
}

}  // namespace quoin
