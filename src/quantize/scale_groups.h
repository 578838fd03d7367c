#pragma once

#include "quoin/quantize.h"

namespace quoin {

// Sets `group` of every tensor: values that share a scale have one number, counted from 0 in the graph's order. The
// request of a group is that of its first tensor.
void assign_scale_groups(QuantizedModel& model);

}  // namespace quoin
