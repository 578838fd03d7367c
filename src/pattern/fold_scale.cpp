#include "pattern/fold_scale.h"

#include <fmt/format.h>

#include <cmath>

#include "pattern/constant_numbers.h"
#include "pattern/describe.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using Nodes = std::vector<const Node*>;
using Numbers = std::vector<double>;

[[noreturn]] void fail(const Node& node, std::string_view what) {
  throw Error(ErrorCode::kBadInput,
              fmt::format("{} of {} is no float constant that the rewrite can use", what, describe(node)),
              "let the pattern ask for it: const w, size(s) == 1", node.label());
}

const Tensor& float_constant(const Node& node, int input) {
  const Tensor* tensor = node.has_input(input) ? node.input(input).constant() : nullptr;
  if (!tensor || !is_float_type(tensor->type())) fail(node, fmt::format("input {}", input));
  return *tensor;
}

const Tensor& constant_operand(const Node& node) {
  for (int input = 0; input < 2; ++input) {
    const Tensor* tensor = node.has_input(input) ? node.input(input).constant() : nullptr;
    if (tensor && is_float_type(tensor->type())) return *tensor;
  }
  fail(node, "no operand");
}

// One number per channel; a single one is repeated.
Numbers per_channel(const Node& node, const Tensor& tensor, size_t channels) {
  Numbers numbers = tensor.to_doubles();
  if (numbers.size() == 1) numbers.assign(channels, numbers.front());
  if (numbers.size() != channels) fail(node, fmt::format("an operand of {} numbers", tensor.size()));
  return numbers;
}

// A convolution's weight [output, input of its group, kernel …].
struct Weight {
  explicit Weight(const Node& conv) : tensor(float_constant(conv, 1)) {
    if (tensor.rank() < 3 || tensor.size() == 0) fail(conv, "the weight");
    outputs = static_cast<size_t>(tensor.shape()[0]);
    group_inputs = static_cast<size_t>(tensor.shape()[1]);
    groups = static_cast<size_t>(std::max<int64_t>(1, conv.attribute("group", int64_t{1})));
    kernel = static_cast<size_t>(tensor.size()) / outputs / group_inputs;
    numbers = tensor.to_doubles();
  }
  size_t inputs() const { return group_inputs * groups; }
  size_t output_of(size_t element) const { return element / kernel / group_inputs; }
  size_t input_of(size_t element) const {
    return output_of(element) / (outputs / groups) * group_inputs + element / kernel % group_inputs;
  }
  const Tensor& tensor;
  size_t outputs = 0, group_inputs = 0, groups = 1, kernel = 1;
  Numbers numbers;
};

Numbers bias_of(const Node& conv, const Weight& weight) {
  if (!conv.has_input(2)) return Numbers(weight.outputs, 0.0);
  return per_channel(conv, float_constant(conv, 2), weight.outputs);
}

Tensor as_bias(const Weight& weight, const Numbers& numbers) {
  return tensor_of(weight.tensor.type(), {static_cast<int64_t>(numbers.size())}, numbers);
}

// Scale and shift of an inference-mode BatchNormalization.
std::pair<Numbers, Numbers> affine_of(const Node& bn) {
  const Numbers gamma = float_constant(bn, 1).to_doubles();
  const size_t channels = gamma.size();
  const Numbers beta = per_channel(bn, float_constant(bn, 2), channels),
                mean = per_channel(bn, float_constant(bn, 3), channels),
                variance = per_channel(bn, float_constant(bn, 4), channels);
  const double epsilon = static_cast<double>(bn.attribute("epsilon", 1e-5F));
  Numbers scale(channels), shift(channels);
  for (size_t i = 0; i < channels; ++i) {
    scale[i] = gamma[i] / std::sqrt(variance[i] + epsilon);
    shift[i] = beta[i] - mean[i] * scale[i];
  }
  return {scale, shift};
}

// [channels, 1, 1, …], to be broadcast along axis 1 of the BatchNormalization's input.
Tensor along_channels(const Node& bn, const Numbers& numbers) {
  if (!bn.input(0).has_rank() || bn.input(0).rank() < 2) fail(bn, "the input, whose rank is not known,");
  Shape shape(static_cast<size_t>(bn.input(0).rank()) - 1, 1);
  shape[0] = static_cast<int64_t>(numbers.size());
  return tensor_of(float_constant(bn, 1).type(), shape, numbers);
}

}  // namespace

std::optional<Tensor> weight_times_inputs(const Nodes& nodes) {
  Weight weight(*nodes[0]);
  const Numbers scale = per_channel(*nodes[1], constant_operand(*nodes[1]), weight.inputs());
  for (size_t i = 0; i < weight.numbers.size(); ++i) weight.numbers[i] *= scale[weight.input_of(i)];
  return tensor_of(weight.tensor.type(), weight.tensor.shape(), weight.numbers);
}

std::optional<Tensor> bias_plus(const Nodes& nodes) {
  const Weight weight(*nodes[0]);
  Numbers bias = bias_of(*nodes[0], weight);
  const Numbers shift = per_channel(*nodes[1], constant_operand(*nodes[1]), weight.outputs);
  for (size_t i = 0; i < bias.size(); ++i) bias[i] += shift[i];
  return as_bias(weight, bias);
}

std::optional<Tensor> bias_plus_inputs(const Nodes& nodes) {
  const Weight weight(*nodes[0]);
  Numbers bias = bias_of(*nodes[0], weight);
  const Numbers shift = per_channel(*nodes[1], constant_operand(*nodes[1]), weight.inputs());
  for (size_t i = 0; i < weight.numbers.size(); ++i)
    bias[weight.output_of(i)] += weight.numbers[i] * shift[weight.input_of(i)];
  return as_bias(weight, bias);
}

std::optional<Tensor> shift_over_scale(const Nodes& nodes) {
  const Tensor& shift = constant_operand(*nodes[0]);
  const Tensor& scale = constant_operand(*nodes[1]);
  const Numbers divisor = per_channel(*nodes[1], scale, static_cast<size_t>(shift.size()));
  Numbers numbers = shift.to_doubles();
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] /= divisor[i];
  return tensor_of(shift.type(), shift.shape(), numbers);
}

std::optional<Tensor> bn_scale(const Nodes& nodes) { return along_channels(*nodes[0], affine_of(*nodes[0]).first); }

std::optional<Tensor> bn_shift(const Nodes& nodes) { return along_channels(*nodes[0], affine_of(*nodes[0]).second); }

}  // namespace quoin
