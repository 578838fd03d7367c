#include <fmt/format.h>

#include "quantize/emit.h"

namespace quoin {
namespace {

// The first IR version in which an initializer that is an input is a default, and any other is a constant.
constexpr int64_t kIrWithDefaults = 4;

}  // namespace

void drop_weight_inputs(Emission& emission) {
  const bool defaults =
      emission.graph.ir_version() >= kIrWithDefaults && emission.model.graph.ir_version() >= kIrWithDefaults;
  std::string first;
  int dropped = 0;
  const std::vector<Value*> inputs = emission.graph.inputs();
  for (Value* input : inputs) {
    if (!input->is_initializer() || (defaults && (!input->uses().empty() || input->is_graph_output()))) continue;
    if (dropped++ == 0) first = input->name();
    emission.edit.drop_input(*input);
  }
  if (dropped == 0) return;
  const std::string which =
      dropped == 1 ? fmt::format("'{}' was", first) : fmt::format("'{}' and {} more were", first, dropped - 1);
  emission.note(
      "", which + (defaults ? " inputs with a default, and folded or quantized as constants: a caller can no longer "
                              "give another weight there"
                            : " listed as inputs beside their values, as IR version 3 wanted: they are "
                              "constants now, and no inputs"));
}

}  // namespace quoin
