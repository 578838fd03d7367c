#include "base/float16.h"

#include <bit>

namespace quoin {
namespace {

// `value` shifted right by `shift`, rounded to nearest, ties to even.
uint32_t shift_right_even(uint32_t value, uint32_t shift) {
  const uint32_t result = value >> shift;
  const uint32_t rest = value & ((1U << shift) - 1);
  const uint32_t half = 1U << (shift - 1);
  return result + (rest > half || (rest == half && (result & 1U)) ? 1U : 0U);
}

}  // namespace

uint16_t float_to_float16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = (bits >> 16) & 0x8000U;
  const uint32_t magnitude = bits & 0x7fffffffU;
  uint32_t result;
  if (magnitude > 0x7f800000U) {
    result = 0x7e00U | ((magnitude >> 13) & 0x1ffU);  // quiet NaN, upper payload kept
  } else if (magnitude >= 0x477ff000U) {
    result = 0x7c00U;  // 65520 and more round to infinity
  } else if (magnitude >= 0x38800000U) {
    result = shift_right_even(magnitude - 0x38000000U, 13);  // rebias 127 to 15; a carry moves into the exponent
  } else if (magnitude >= 0x33000000U) {
    // Denormal: the mantissa with its hidden bit, in units of 2^-24.
    const uint32_t exponent = magnitude >> 23;
    result = shift_right_even((magnitude & 0x7fffffU) | 0x800000U, 126 - exponent);
  } else {
    result = 0;  // below half of the smallest denormal
  }
  return static_cast<uint16_t>(sign | result);
}

float float16_to_float(uint16_t half) {
  const uint32_t sign = (half & 0x8000U) << 16;
  const uint32_t exponent = (half >> 10) & 0x1fU;
  uint32_t mantissa = half & 0x3ffU;
  if (exponent == 0x1f) return std::bit_cast<float>(sign | 0x7f800000U | (mantissa << 13));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23) | (mantissa << 13));
  if (mantissa == 0) return std::bit_cast<float>(sign);
  const uint32_t shift = static_cast<uint32_t>(std::countl_zero(mantissa)) - 21;  // until the hidden bit is at bit 10
  mantissa = (mantissa << shift) & 0x3ffU;
  return std::bit_cast<float>(sign | ((113 - shift) << 23) | (mantissa << 13));
}

uint16_t float_to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<uint16_t>((bits >> 16) | 0x40U);
  return static_cast<uint16_t>((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}

float bfloat16_to_float(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

}  // namespace quoin
