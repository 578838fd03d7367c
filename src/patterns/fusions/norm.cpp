#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {

std::vector<PatternDef> norm_fusions() {
  Predicates layer_norm;
  for (const Predicate& condition : spelled_layer_norm_conditions())
    layer_norm.push_back(Predicate(fmt::format("exists(norm) || ({})", condition.text())));
  return {
      fusion("LayerNorm",
             "one kernel that squares and divides: float inside on every target, its neighbours quantize its output",
             fmt::format("(LayerNormalization(x, const gamma, const beta?) as norm | {})", spelled_layer_norm()),
             layer_norm, {}),
      fusion("RMSNorm", "one kernel that squares and divides: float inside on every target",
             fmt::format("(RMSNormalization(x, const gamma) as norm | {})", spelled_rms_norm()),
             {"exists(norm) || last_axes(mean) >= 1", "exists(norm) || mean.keepdims == 1"}, {}),
  };
}

}  // namespace quoin
