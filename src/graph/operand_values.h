// What an operator can take at an operand that decides a shape, a position, a length or a count. A fact of the
// operator, said once.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

struct OperandValues {
  enum class Kind {
    kAny,       // nothing is asked
    kList,      // these, element by element: a shape, pads, axes; `fill` for elements beyond the list
    kIndex,     // whole numbers from 0 to below `bound`
    kCount,     // whole numbers from 1 to `bound`: a length, a step, a number of classes
    kOneOf,     // one of `list`
    kPositive,  // above 0
    kUnit,      // from 0 to 1
  };
  Kind kind = Kind::kAny;
  int64_t bound = 1;
  std::vector<double> list = {};
  double fill = 0;
};

// Dimensions of a value, -1 where one is not known; nothing where its rank is not.
using DimsOf = std::function<std::optional<Shape>(const Value& value)>;

// What input `input` of `node` must hold, where its operator asks for something. Sources: the operators' pages of the
// ONNX specification, and what ONNX Runtime 1.32 checks (its contrib operators' pages for com.microsoft).
OperandValues operand_values(const Node& node, int input, const DimsOf& dims_of);

}  // namespace quoin
