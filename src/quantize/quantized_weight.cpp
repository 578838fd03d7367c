// The integers of one weight: scaled by the largest magnitude, or row by row for least error and under the pair rule.
#include <fmt/format.h>

#include <cmath>

#include "quantize/pair_rule.h"
#include "quoin/error.h"
#include "quoin/quantize.h"

namespace quoin {
namespace {

// Calls visit(output channel, indices of its values in the order in which kernels walk K).
template <typename Visit>
void for_each_row(const Node& node, const Shape& shape, Visit visit) {
  if (node.is("Conv")) {
    const int64_t outputs = shape[0], inputs = shape[1];
    int64_t kernel = 1;
    for (size_t axis = 2; axis < shape.size(); ++axis) kernel *= shape[axis];
    std::vector<size_t> row(static_cast<size_t>(inputs * kernel));
    for (int64_t o = 0; o < outputs; ++o) {
      size_t at = 0;
      for (int64_t k = 0; k < kernel; ++k) {
        for (int64_t i = 0; i < inputs; ++i) row[at++] = static_cast<size_t>((o * inputs + i) * kernel + k);
      }
      visit(static_cast<size_t>(o), row);
    }
    return;
  }
  const bool outputs_first = node.is("Gemm") && node.attribute("transB", int64_t{0}) != 0;
  const int64_t outputs = shape[outputs_first ? 0 : 1], depth = shape[outputs_first ? 1 : 0];
  std::vector<size_t> row(static_cast<size_t>(depth));
  for (int64_t o = 0; o < outputs; ++o) {
    for (int64_t k = 0; k < depth; ++k) {
      row[static_cast<size_t>(k)] = static_cast<size_t>(outputs_first ? o * depth + k : k * outputs + o);
    }
    visit(static_cast<size_t>(o), row);
  }
}

bool has_rows(const Node& node, const Shape& shape) {
  if (node.is("Conv")) return shape.size() >= 3;
  return (node.is("MatMul") || node.is("Gemm")) && shape.size() == 2;
}

// One scale per channel, chosen with the rule.
void per_channel_rows(const Node& node, const Tensor& weight, int bits, std::optional<int> limit,
                      const std::vector<float>& least, QuantizedWeight& result, std::vector<int8_t>& integers) {
  const std::span<const float> values = weight.as<float>();
  for_each_row(node, weight.shape(), [&](size_t channel, const std::vector<size_t>& row) {
    std::vector<float> exact;
    exact.reserve(row.size());
    for (const size_t at : row) exact.push_back(values[at]);
    const QuantizedRow quantized = quantize_row(exact, bits, limit, least.empty() ? 0 : least[channel]);
    result.scales[channel] = quantized.scale;
    for (size_t k = 0; k < row.size(); ++k) integers[row[k]] = quantized.values[k];
  });
}

// One scale for all: pairs are pulled back under it.
void per_tensor_rows(const Node& node, const Tensor& weight, int limit, float scale, std::vector<int8_t>& integers) {
  const std::span<const float> values = weight.as<float>();
  for_each_row(node, weight.shape(), [&](size_t, const std::vector<size_t>& row) {
    std::vector<float> wanted;
    std::vector<int8_t> rounded;
    for (const size_t at : row) {
      wanted.push_back(values[at] / scale);
      rounded.push_back(integers[at]);
    }
    apply_pair_rule(wanted, rounded, limit);
    for (size_t k = 0; k < row.size(); ++k) integers[row[k]] = rounded[k];
  });
}

}  // namespace

QuantizedWeight quantized_weight(const QuantizedModel& model, const QdqWeight& weight,
                                 const std::vector<float>& least_scales) {
  const Node* node = model.graph.find_node(weight.node);
  QUOIN_CHECK(node && node->input(weight.input).constant(), "a quantized weight is not there: " + weight.node);
  const Tensor& exact = *node->input(weight.input).constant();
  try {
    // Checks the values too.
    QuantizedWeight result = quantize_weight(exact, weight.axis, weight.bits, least_scales);
    const bool by_rows = weight.pairs || (weight.mse && weight.axis);
    if (!by_rows || !has_rows(*node, exact.shape())) return result;
    const std::optional<int> limit = weight.pairs ? std::optional(pair_limit(255)) : std::nullopt;
    const std::span<const int8_t> plain = result.values.as<int8_t>();
    std::vector<int8_t> integers(plain.begin(), plain.end());
    if (weight.axis) {
      per_channel_rows(*node, exact, weight.bits, limit, least_scales, result, integers);
    } else {
      per_tensor_rows(*node, exact, *limit, result.scales.front(), integers);
    }
    result.values = Tensor::from(exact.shape(), integers);
    return result;
  } catch (const Error& error) {
    throw Error(error.code(), fmt::format("{}: '{}' of node '{}'", error.message(), weight.value, node->label()),
                error.remedy(), node->label());
  }
}

}  // namespace quoin
