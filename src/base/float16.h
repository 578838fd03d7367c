// IEEE half precision and bfloat16, as bits, to and from float: round to nearest even, denormals kept, NaN stays NaN.
#pragma once

#include <cstdint>

namespace quoin {

uint16_t float_to_float16(float value);
float float16_to_float(uint16_t bits);
uint16_t float_to_bfloat16(float value);
float bfloat16_to_float(uint16_t bits);

}  // namespace quoin
