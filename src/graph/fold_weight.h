// Weights behind operators that only rearrange or convert them: constants of any size.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

struct WeightFold {
  uint64_t bytes = 0;                            // of all outputs together
  bool widens = false;                           // a Cast to a wider type
  std::function<std::vector<Tensor>()> compute;  // one per output; `node` must live
};

// What Transpose, Reshape, Flatten, Squeeze, Unsqueeze, Slice, Split, Concat, Cast between float types, Neg, Abs, Sqrt,
// Reciprocal of float32, and Add, Sub, Mul, Div of float32 by something that does not make it larger, give for
// constants of float types; Expand where it grows nothing. Nothing for anything else: what makes data of little
// (Expand, Tile, ConstantOfShape) stays as it is, and so do integers (shape arithmetic, fold_constant.h; weights stored
// as integers, which are quantized already). Nothing is computed yet.
std::optional<WeightFold> weight_fold(const Node& node);

}  // namespace quoin
