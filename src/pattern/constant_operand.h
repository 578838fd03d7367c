// The constant operand of a node of two operands (Mul, Add, …), and what rewrites make of it.
#pragma once

#include <optional>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

// The constant among inputs 0 and 1; null where there is none, or both are.
const Tensor* constant_operand(const Node& node);

// What a Mul or Div by a float constant multiplies with, element by element; nothing for any other node.
std::optional<std::vector<double>> factors_of(const Node& scale);

// The one axis along which a constant differs in size from 1, counted from the end (-1: the last); 0 for one of a
// single element; nothing where there are several such axes.
std::optional<int> varying_axis(const Tensor& constant);

// Where a Transpose takes an axis of its input: the axis of its output, counted from the end. Nothing where the rank is
// not known or the axis is none.
std::optional<int> moved_axis(const Node& transpose, int axis);

// The permutation of a Transpose, reversed order by default; nothing where neither attribute nor rank says.
std::optional<std::vector<int64_t>> permutation_of(const Node& transpose);

}  // namespace quoin
