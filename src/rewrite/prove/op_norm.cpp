// Normalizations.
#include <algorithm>

#include "rewrite/prove/ops.h"

namespace quoin::prove {
namespace {

void epsilon(Call& call) {
  if (call.has_hint("epsilon") || call.pick("epsilon.given", 2) == 1) call.real("epsilon", {1e-5F, 1e-3F, 1e-6F});
}

int64_t channels_of(Call& call) {
  const Shape shape = shape_of(call.input(0, call.want));
  if (shape.size() < 2) throw Infeasible{call.op + " wants channels"};
  return shape[1];
}

void batch_norm(Call& call) {
  const Shape channels = {channels_of(call)};
  for (const int index : {1, 2, 3, 4}) {
    const Fill fill = index == 1 || index == 4 ? Fill::kPositive : Fill::kNormal;
    call.input(index, parameter(call.want, channels, fill));
  }
  epsilon(call);
  if (call.has_hint("training_mode")) call.integer("training_mode", {0});
}

void instance_norm(Call& call) {
  const Shape channels = {channels_of(call)};
  call.input(1, parameter(call.want, channels, Fill::kPositive));
  call.input(2, parameter(call.want, channels));
  epsilon(call);
}

void group_norm(Call& call) {
  const int64_t channels = channels_of(call);
  call.input(1, parameter(call.want, {channels}, Fill::kPositive));
  call.input(2, parameter(call.want, {channels}));
  call.integer("num_groups", {1, channels});
  epsilon(call);
}

void layer_norm(Call& call) {
  const Shape shape = shape_of(call.input(0, call.want));
  if (shape.empty()) throw Infeasible{call.op + " of a scalar"};
  const int64_t axis = axis_of(call.integer("axis", {-1, -1, static_cast<int64_t>(shape.size()) - 1, 1}), shape.size());
  const Shape scale(shape.begin() + axis, shape.end());
  call.input(1, parameter(call.want, scale, Fill::kPositive));
  if (call.op == "LayerNormalization") call.optional_input(2, parameter(call.want, scale));
  epsilon(call);
}

}  // namespace

Makers norm_makers() {
  return {{"BatchNormalization", batch_norm},
          {"InstanceNormalization", instance_norm},
          {"GroupNormalization", group_norm},
          {"LayerNormalization", layer_norm},
          {"RMSNormalization", layer_norm}};
}

}  // namespace quoin::prove
