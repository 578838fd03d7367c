// Q/DQ points of a picture: what is quantized, with which numbers, and why the rest is not.
#pragma once

#include "measure/picture_boxes.h"

namespace quoin {

// Fills tensors, the boxes' points and plans, and which edges are quantized.
void add_points(const QuantizeResult& made, const BoxIndex& index, ModelPicture& picture);

}  // namespace quoin
