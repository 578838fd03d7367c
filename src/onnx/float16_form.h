// Which inputs and outputs of a node take float16 where they are float.
#pragma once

#include <vector>

#include "quoin/graph.h"

namespace quoin {

struct Float16Form {
  std::vector<bool> inputs;   // may be float16
  std::vector<bool> outputs;  // are float16 then
  bool any() const;
};

// By the operator's schema in the graph's opset; nothing for an operator without one. A type that no input decides
// (Cast's) does not change. Resize's region of interest is left alone, for it is no data.
Float16Form float16_form(const Node& node);

// True where the output has the type of the first input because no attribute `dtype` says another one, which the schema
// does not tell (RandomNormalLike).
bool lacks_dtype(const Node& node);

}  // namespace quoin
