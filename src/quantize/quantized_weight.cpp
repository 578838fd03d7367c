// The integers of one weight: scaled by the largest magnitude, or row by row for least error and under the pair rule.
#include <fmt/format.h>

#include <cmath>

#include "quantize/degenerate.h"
#include "quantize/group_weights.h"
#include "quantize/pair_rule.h"
#include "quantize/scale_type.h"
#include "quantize/weight_rows.h"
#include "quoin/error.h"
#include "quoin/quantize.h"

namespace quoin {
namespace {

// Calls visit(output channel, indices of its values in the order in which kernels walk K).
template <typename Visit>
void for_each_row(const Node& node, const Shape& shape, Visit visit) {
  const WeightRows rows(node, shape);
  std::vector<size_t> row;
  for (size_t output = 0; output < rows.count(); ++output) {
    rows.indices(output, row);
    visit(output, row);
  }
}

// Whether integers that a step chose earlier still stand in a channel: its scale has not to be raised.
bool stands(const QuantizedWeight& chosen, const std::vector<float>& least_scales, size_t channel) {
  return least_scales.empty() || least_scales[channel] <= chosen.scales[channel];
}

// The chosen integers and scales in all channels in which they stand.
void keep_chosen(const Node& node, const Tensor& weight, const QuantizedWeight& chosen,
                 const std::vector<float>& least_scales, QuantizedWeight& result) {
  if (chosen.scales.size() == 1) {
    if (stands(chosen, least_scales, 0)) result = chosen;
    return;
  }
  const std::span<const int8_t> plain = result.values.as<int8_t>(), better = chosen.values.as<int8_t>();
  std::vector<int8_t> integers(plain.begin(), plain.end());
  for_each_row(node, weight.shape(), [&](size_t channel, const std::vector<size_t>& row) {
    if (!stands(chosen, least_scales, channel)) return;
    result.scales[channel] = chosen.scales[channel];
    for (const size_t at : row) integers[at] = better[at];
  });
  result.values = Tensor::from(weight.shape(), integers);
}

// One scale per channel, chosen with the rule.
void per_channel_rows(const Node& node, const Tensor& weight, int bits, const PairRule* rule,
                      const std::vector<float>& least, DataType scale_type, QuantizedWeight& result,
                      std::vector<int8_t>& integers) {
  const std::span<const float> values = weight.as<float>();
  for_each_row(node, weight.shape(), [&](size_t channel, const std::vector<size_t>& row) {
    std::vector<float> exact;
    exact.reserve(row.size());
    for (const size_t at : row) exact.push_back(values[at]);
    const QuantizedRow quantized = quantize_row(exact, bits, rule, least.empty() ? 0 : least[channel], scale_type);
    result.scales[channel] = quantized.scale;
    for (size_t k = 0; k < row.size(); ++k) integers[row[k]] = quantized.values[k];
  });
}

// One scale for all: pairs are pulled back under it.
void per_tensor_rows(const Node& node, const Tensor& weight, const PairRule& rule, float scale,
                     std::vector<int8_t>& integers) {
  const std::span<const float> values = weight.as<float>();
  for_each_row(node, weight.shape(), [&](size_t, const std::vector<size_t>& row) {
    std::vector<float> wanted;
    std::vector<int8_t> rounded;
    for (const size_t at : row) {
      wanted.push_back(values[at] / scale);
      rounded.push_back(integers[at]);
    }
    apply_pair_rule(wanted, rounded, rule);
    for (size_t k = 0; k < row.size(); ++k) integers[row[k]] = rounded[k];
  });
}

// Scales and integers of least error, under the rule where it is wanted.
void by_row(const Node& node, const Tensor& exact, const QdqWeight& weight, const std::vector<float>& least_scales,
            DataType scale_type, const PairRule* rule, QuantizedWeight& result) {
  const std::span<const int8_t> plain = result.values.as<int8_t>();
  std::vector<int8_t> integers(plain.begin(), plain.end());
  if (weight.axis) {
    per_channel_rows(node, exact, weight.bits, rule, least_scales, scale_type, result, integers);
  } else {
    per_tensor_rows(node, exact, *rule, result.scales.front(), integers);
  }
  result.values = Tensor::from(exact.shape(), integers);
}

}  // namespace

QuantizedWeight quantized_weight(const QuantizedModel& model, const QdqWeight& weight,
                                 const std::vector<float>& least_scales) {
  const Node* node = model.graph.find_node(weight.node);
  QUOIN_CHECK(node && node->input(weight.input).constant(), "a quantized weight is not there: " + weight.node);
  if (weight.chosen && least_scales.empty()) return *weight.chosen;
  const Tensor& exact = *node->input(weight.input).constant();
  try {
    if (!weight.is_plain()) {
      QuantizedWeight result =
          quantize_groups(exact, weight.axis, weight.block, weight.type, weight.affine, weight.mse, least_scales);
      settle_zero_channels(exact, least_scales, result);
      return result;
    }
    // Checks the values too.
    const DataType scale_type = weight_scale_type(model.target, exact);
    QuantizedWeight result = quantize_weight(exact, weight.axis, weight.bits, least_scales, scale_type);
    const bool by_rows = weight.pairs || (weight.mse && weight.axis);
    settle_zero_channels(exact, least_scales, result);
    if (!has_weight_rows(*node, exact.shape())) return result;
    if (by_rows) {
      std::optional<PairRule> rule;
      if (weight.pairs) rule = PairRule::of(*node, exact.shape(), model.target.weight_pair_order);
      by_row(*node, exact, weight, least_scales, scale_type, rule ? &*rule : nullptr, result);
      settle_zero_channels(exact, least_scales, result);
    }
    if (weight.chosen) keep_chosen(*node, exact, *weight.chosen, least_scales, result);
    return result;
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{}: '{}' of node '{}'", error.message(), weight.value, node->label()),
                error.remedy(), node->label());
  }
}

}  // namespace quoin
