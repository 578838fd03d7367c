// What ran of a picture's boxes.
#pragma once

#include "measure/picture_boxes.h"

namespace quoin {

// `emitted`: the file that was profiled. Fills the boxes' kernels, times and real precisions, the tensors' conversions,
// `elsewhere` and the total.
void add_kernels(const std::vector<Kernel>& kernels, const Graph& emitted, const BoxIndex& index,
                 ModelPicture& picture);
// Of the float model as loaded: fills the boxes' times in float and their total.
void add_float_kernels(const std::vector<Kernel>& kernels, const Graph& model, const BoxIndex& index,
                       ModelPicture& picture);

}  // namespace quoin
