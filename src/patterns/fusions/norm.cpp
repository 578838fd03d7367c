#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> norm_fusions() {
  return {
      fusion("LayerNorm",
             "one kernel that squares and divides: float inside on every target, its neighbours quantize its output",
             "LayerNormalization(x, const gamma, const beta?) as norm", {}, {}),
  };
}

}  // namespace quoin
