// Nodes that move data for nothing.
#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> layout_conversions() {
  return {
      conversion("MergeTransposes", "two changes of layout in a row are one, or none",
                 "Transpose(Transpose(x) as first) as second",
                 {"exists(first.perm) || rank(x) >= 0", "exists(second.perm) || rank(x) >= 0"},
                 "Transpose?[perm=composed_perm(first, second)](x)"),
      conversion("RemoveIdentityPad", "exporters pad up to a multiple of the window even where there is nothing to pad",
                 "Pad(x, const pads) as pad", {"abs_max(pads) == 0"}, "x"),
  };
}

}  // namespace quoin
