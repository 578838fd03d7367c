// How the inputs and attributes of known operators are made, a file per family.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "rewrite/prove/build.h"

namespace quoin::prove {

using Makers = std::vector<std::pair<std::string_view, MakeNode>>;
Makers elementwise_makers();
Makers conv_makers();
Makers product_makers();
Makers norm_makers();
Makers shape_makers();
Makers join_makers();
Makers reduce_makers();
Makers attention_makers();  // those of other domains by their full name

// `want` with another shape.
inline Want with_shape(Want want, Shape shape) {
  want.shape = std::move(shape);
  want.values.clear();
  want.constant = want.parameter = false;
  return want;
}
inline Want with_fill(Want want, Fill fill) {
  want.fill = fill;
  return want;
}

// A weight, bias or parameter of a normalization.
inline Want parameter(const Want& want, Shape shape, Fill fill = Fill::kNormal) {
  Want made = with_fill(with_shape(want, std::move(shape)), fill);
  made.parameter = true;
  return made;
}

}  // namespace quoin::prove
