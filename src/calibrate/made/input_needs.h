// What the operators that an input of the model reaches ask of its elements.
#pragma once

#include "graph/operand_values.h"

namespace quoin {

// Followed through what moves, casts, shifts and scales elements, and into bodies; the strictest of what is asked.
OperandValues input_needs(const Value& input, const DimsOf& dims_of);

}  // namespace quoin
