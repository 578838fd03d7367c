// Helpers of replacements by subject: constants folded into a weight, normalization, attention. The table is in
// replacement_helpers.cpp; each takes captured nodes and gives a constant, or nothing for an input to be left out.
#pragma once

#include <optional>
#include <vector>

#include "quoin/match.h"

namespace quoin {

using HelperNodes = std::vector<const Node*>;
using HelperResult = std::optional<Tensor>;

// scaling_helpers.cpp: Mul or Div by a constant taken into what is before it.
HelperResult scaled_weight(const HelperNodes& fc_and_scale);
HelperResult scaled_bias(const HelperNodes& fc_and_scale);
HelperResult scaled_operand(const HelperNodes& add_and_scale);
HelperResult factor(const HelperNodes& scale);
HelperResult composed_perm(const HelperNodes& first_and_second);

// norm_helpers.cpp
HelperResult first_axis(const HelperNodes& reduction);
HelperResult epsilon(const HelperNodes& add);
HelperResult parameter(const HelperNodes& op_and_reduction);
HelperResult ones(const HelperNodes& reduction);

// written_axes.cpp: Pad and Resize that list axes, with a number for every axis.
HelperResult all_pads(const HelperNodes& pad);
HelperResult no_pads(const HelperNodes& pad);
HelperResult padded_axes(const HelperNodes& pad);
HelperResult resized_axes(const HelperNodes& resize);
HelperResult no_scales(const HelperNodes& resize);
HelperResult all_scales(const HelperNodes& resize);
HelperResult listed_sizes(const HelperNodes& resize);
HelperResult all_sizes(const HelperNodes& resize);
HelperResult all_regions(const HelperNodes& resize);

// attention_helpers.cpp
HelperResult packed_sizes(const HelperNodes& pack);
HelperResult packed_heads(const HelperNodes& pack);
HelperResult head_split(const HelperNodes& attention);
HelperResult heads_first(const HelperNodes& attention);
HelperResult heads_last(const HelperNodes& attention);
HelperResult key_split(const HelperNodes& attention);
HelperResult value_split(const HelperNodes& attention);
HelperResult value_heads_first(const HelperNodes& attention);
HelperResult shared_heads(const HelperNodes& attention);
HelperResult heads_joined(const HelperNodes& attention);
HelperResult softcap(const HelperNodes& attention);
HelperResult attention_type(const HelperNodes& attention);
HelperResult attention_zero(const HelperNodes& attention);
HelperResult attention_hidden(const HelperNodes& attention);
HelperResult mask_filter(const HelperNodes& attention);
HelperResult padding_axes(const HelperNodes& attention);
HelperResult attention_scale(const HelperNodes& attention);
HelperResult head_count(const HelperNodes& pack);
HelperResult score_scale(const HelperNodes& softmax_and_scores);
HelperResult projection_sizes(const HelperNodes& attention);
HelperResult query_bias(const HelperNodes& attention);
HelperResult key_bias(const HelperNodes& attention);
HelperResult value_bias(const HelperNodes& attention);

}  // namespace quoin
