// A tensor of made-up elements.
#pragma once

#include <string_view>

#include "calibrate/random_stream.h"
#include "graph/operand_values.h"

namespace quoin {

// How whole numbers of which nothing is asked, and numbers that are asked to be exactly something, are made.
enum class Mood {
  kUsual,    // 0 and 1; what is asked
  kOnes,     // all 1; of what is asked, the greatest
  kZeros,    // all 0; of what is asked, the least
  kCounting  // 0, 1, 2, … along the last axis: positions
};
constexpr int kMoods = 4;

// Reals of which nothing is asked are standard normal. Strings are numbers in decimals. Throws Error(kBadInput) for a
// type that has no elements.
Tensor made_tensor(DataType type, const Shape& shape, const OperandValues& asked, const RandomStream& stream,
                   Mood mood = Mood::kUsual);

}  // namespace quoin
