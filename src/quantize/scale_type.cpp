#include "quantize/scale_type.h"

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

constexpr double kFloat16Normal = 6.103515625e-05, kFloat16Largest = 65504;
// Rounding to a grid of step s errs by s^2 / 12 on average.
constexpr double kMostLost = 1e-3;

}  // namespace

DataType weight_scale_type(const Target& target, const Tensor& weight) {
  if (target.scale_type != DataType::kFloat16 || weight.type() != DataType::kFloat) return target.scale_type;
  double power = 0, largest = 0;
  for (const float value : weight.as<float>()) {
    power += static_cast<double>(value) * static_cast<double>(value);
    largest = std::max(largest, std::abs(static_cast<double>(value)));
  }
  if (!(power > 0)) return target.scale_type;
  // Beyond float16 itself, whatever the scale: what it is multiplied to fits even less.
  if (largest > kFloat16Largest) return DataType::kFloat;
  const double lost = kFloat16Normal * kFloat16Normal / 12 * static_cast<double>(weight.size());
  return lost > kMostLost * power ? DataType::kFloat : target.scale_type;
}

DataType activation_scale_type(const Target& target, float exact) {
  if (target.scale_type != DataType::kFloat16) return target.scale_type;
  const bool fits = static_cast<double>(exact) >= kFloat16Normal / 2 && static_cast<double>(exact) <= kFloat16Largest;
  return fits ? target.scale_type : DataType::kFloat;
}

bool is_beyond_float16(float scale) {
  return static_cast<double>(scale) < kFloat16Normal || static_cast<double>(scale) > kFloat16Largest;
}

}  // namespace quoin
