// HardSwish and HardSigmoid as exporters of low opsets spell them out: one spelling for all patterns behind.
#include <fmt/format.h>

#include "patterns/families.h"
#include "patterns/pieces.h"

namespace quoin {
namespace {

// x + 3 between 0 and 6; Clip's limits are inputs from opset 11 on, attributes before.
constexpr std::string_view kClipped = "(Clip(Add(x, 3), 0, 6) | Clip(Add(x, 3)) as clip)";

Predicates clip_condition() {
  return {"dtype(x) in [\"float\", \"float16\"]", "!exists(clip) || (clip.min == 0 && clip.max == 6)"};
}

}  // namespace

std::vector<PatternDef> hard_activation_conversions() {
  return {
      conversion(
          "RecomposeHardSwish",
          "HardSwish spelled out takes four passes over the tensor, x * HardSigmoid(x) two, and is found by name",
          fmt::format("(Div(Mul(x, {0}), 6) | Mul(Mul(x, {0}), 0.16666667) | Mul(x, Div({0}, 6)) | Mul(x, Mul({0}, "
                      "0.16666667)))",
                      kClipped),
          clip_condition(), "Mul(x, HardSigmoid[alpha=0.16666667, beta=0.5](x))"),
      conversion("RecomposeHardSigmoid", "HardSigmoid spelled out takes three passes over the tensor, the operator one",
                 fmt::format("(Div({0}, 6) | Mul({0}, 0.16666667))", kClipped), clip_condition(),
                 "HardSigmoid[alpha=0.16666667, beta=0.5](x)"),
  };
}

}  // namespace quoin
