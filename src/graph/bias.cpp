#include "quoin/bias.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "quoin/op_facts.h"

namespace quoin {

std::optional<int64_t> output_channels(const Node& weighted) {
  const int input = op_facts(weighted).weight_input;
  if (input < 0 || !weighted.has_input(input)) return std::nullopt;
  const Value& weight = weighted.input(input);
  if (!weight.has_rank()) return std::nullopt;
  int64_t channels = -1;
  if (weighted.is("Conv") && weight.rank() >= 3) {
    channels = weight.dim(0);
  } else if (weighted.is("ConvTranspose") && weight.rank() >= 3) {
    channels = weight.dim(1) < 0 ? -1 : weight.dim(1) * std::max<int64_t>(1, weighted.attribute("group", int64_t{1}));
  } else if (weighted.is("Gemm") && weight.rank() == 2) {
    channels = weight.dim(weighted.attribute("transB", int64_t{0}) != 0 ? 0 : 1);
  } else if (weighted.is("MatMul") && weight.rank() == 2) {
    channels = weight.dim(1);
  }
  return channels < 0 ? std::nullopt : std::optional(channels);
}

int channel_axis_of_output(const Node& weighted) {
  return weighted.is("Conv") || weighted.is("ConvTranspose") ? 1 : -1;
}

bool is_bias_shape(const Node& weighted, const Shape& shape) {
  const std::optional<int64_t> channels = output_channels(weighted);
  if (!channels) return false;
  if (channel_axis_of_output(weighted) == 1) return shape.size() == 1 && shape[0] == *channels;
  if (shape.empty()) return true;
  // Along the last axis alone.
  if (!std::all_of(shape.begin(), shape.end() - 1, [](int64_t dim) { return dim == 1; })) return false;
  return shape.back() == 1 || shape.back() == *channels;
}

bool is_bias_shape_behind(const Node& weighted, const Shape& shape) {
  if (channel_axis_of_output(weighted) != 1) return is_bias_shape(weighted, shape);
  const std::optional<int64_t> channels = output_channels(weighted);
  if (!channels) return false;
  // Of as many dimensions as the weight has the second is the channels'.
  const int axis = static_cast<int>(shape.size()) - weighted.input(op_facts(weighted).weight_input).rank() + 1;
  for (int i = 0; i < static_cast<int>(shape.size()); ++i) {
    const int64_t dim = shape[static_cast<size_t>(i)];
    if (dim != 1 && (i != axis || dim != *channels)) return false;
  }
  return true;
}

std::optional<BiasInput> bias_input(const Node& weighted) {
  const int own = op_facts(weighted).bias_input;
  if (own >= 0) return weighted.has_input(own) ? std::optional(BiasInput{&weighted, own}) : std::nullopt;
  if (!weighted.is("MatMul")) return std::nullopt;
  const Value& product = weighted.output(0);
  if (product.is_graph_output() || product.uses().size() != 1) return std::nullopt;
  const Use& use = product.uses().front();
  if (use.index < 0 || !use.node->is("Add") || use.node->input_count() != 2) return std::nullopt;
  return BiasInput{use.node, 1 - use.index};
}

std::string why_no_bias(const Node& weighted, const Value& value) {
  const Tensor* constant = value.constant();
  if (!constant || constant->type() != DataType::kFloat) return fmt::format("'{}' is no float constant", value.name());
  if (is_bias_shape(weighted, constant->shape())) return "";
  const std::optional<int64_t> channels = output_channels(weighted);
  return fmt::format("'{}' of [{}] is not one number for each of the {} output channels of '{}'", value.name(),
                     fmt::join(constant->shape(), ", "), channels ? std::to_string(*channels) : "unknown",
                     weighted.label());
}

}  // namespace quoin
