#pragma once

#include <cmath>

namespace quoin {

// To the nearest whole number, ties to the even one, as QuantizeLinear rounds, whatever the processor's rounding mode.
inline double round_half_even(double value) {
  const double below = std::floor(value);
  const double rest = value - below;
  if (rest < 0.5) return below;
  if (rest > 0.5) return below + 1;
  return std::fmod(below, 2.0) == 0.0 ? below : below + 1;
}

}  // namespace quoin
