// Attention as exporters unpack it.
#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> attention_conversions() {
  return {
      // [L, N, 3E] -> [L, N, 3, E] -> [1, L, N, 3, E] -> [3, L, N, 1, E] -> [3, L, N, E] -> three times [L, N, E]
      conversion(
          "DecomposeMultiheadAttention",
          "PyTorch takes the packed projection of nn.MultiheadAttention apart with a 5-D transpose: a Split of the "
          "last "
          "axis gives the same three tensors",
          "Gather(Squeeze(Transpose(Unsqueeze(Reshape(linear, _) as pack, 0)) as turn, (3 | -2)) as packed, 0) as q;"
          "Gather(packed, 1) as k; Gather(packed, 2) as v",
          {"opset() >= 13", "turn.perm == [3, 1, 2, 0, 4]", "rank(pack) == 4", "dim(pack, 2) == 3",
           "dim(pack, 3) * 3 == dim(linear, -1)", "dim(pack, 0) == dim(linear, 0)", "q.axis == 0", "k.axis == 0",
           "v.axis == 0"},
          "Split.0[axis=-1](linear, split_sizes(pack)) as parts; parts.1; parts.2"),
  };
}

}  // namespace quoin
