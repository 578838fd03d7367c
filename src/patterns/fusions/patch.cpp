// The front of vision transformers: an image cut into patches, each a row of numbers.
#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> patch_fusions() {
  return {
      fusion("PatchEmbedding",
             "a convolution of patches that do not overlap, and the change of layout behind it: one product per patch",
             "Transpose(Reshape|Flatten?(Conv(x, const w, const b?) as conv) as flat) as turn",
             {"conv.group == 1", "conv.kernel_shape == conv.strides",
              "turn.perm == [0, 2, 1] || (!exists(flat) && turn.perm == [0, 2, 3, 1])"},
             {input("conv"), weight("conv"), bias("conv"), output()}),
  };
}

}  // namespace quoin
