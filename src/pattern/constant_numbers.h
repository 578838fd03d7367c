// The numbers of a constant as a person writes them.
#pragma once

#include <optional>
#include <vector>

#include "quoin/tensor.h"

namespace quoin {

// The double nearest to the shortest decimal text of the float: 0.1f gives 0.1.
double as_written(float value);
// Elements as doubles, floats as written; empty for types that are no numbers.
std::optional<std::vector<double>> numbers_of(const Tensor& tensor);
// Equal, or within one part in a million for floats.
bool literal_equals(double wanted, double found, DataType type);
bool is_float_type(DataType type);
// A float, double, float16 or bfloat16 tensor, each element rounded once.
Tensor tensor_of(DataType type, Shape shape, const std::vector<double>& values);

}  // namespace quoin
