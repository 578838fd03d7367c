// Constants of convolutions that take in a scale or a shift before or behind them; BatchNormalization as scale and
// shift.
#pragma once

#include <optional>
#include <vector>

#include "quoin/match.h"

namespace quoin {

// Helpers of replacements (docs/patterns.md); each throws Error(kBadInput) where a node has no constant of the right
// size. The second node is a Mul or Add with one constant operand: one number, or one per channel.
std::optional<Tensor> weight_times_inputs(const std::vector<const Node*>& conv_and_mul);
std::optional<Tensor> bias_plus(const std::vector<const Node*>& conv_and_add);
std::optional<Tensor> bias_plus_inputs(const std::vector<const Node*>& conv_and_add);
std::optional<Tensor> shift_over_scale(const std::vector<const Node*>& add_and_mul);
std::optional<Tensor> bn_scale(const std::vector<const Node*>& bn);
std::optional<Tensor> bn_shift(const std::vector<const Node*>& bn);

}  // namespace quoin
