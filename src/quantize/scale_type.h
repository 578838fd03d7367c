// Where a target's float16 scales have no room for the numbers.
#pragma once

#include "quoin/target.h"
#include "quoin/tensor.h"

namespace quoin {

// The type of the scales of a weight: the target's, or float32 where it says float16, and a weight is beyond that or
// its smallest normal number as a scale would leave an error of more than a thousandth of the weight's power. What
// multiplies with it computes in float32 then.
DataType weight_scale_type(const Target& target, const Tensor& weight);

// The same for the one scale of an activation: float32 where float16 ends below it, or would leave it fewer than half
// of its steps.
DataType activation_scale_type(const Target& target, float exact);

// The scale is none that float16 holds with all of its digits.
bool is_beyond_float16(float scale);

}  // namespace quoin
