#include <fmt/format.h>

#include <numeric>

#include "pattern/constant_numbers.h"
#include "pattern/constant_operand.h"
#include "pattern/describe.h"
#include "pattern/rewrite_helpers.h"
#include "quoin/error.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

std::vector<double> checked_factors(const Node& scale, size_t channels) {
  const auto factors = factors_of(scale);
  if (factors && (factors->size() == 1 || factors->size() == channels)) return *factors;
  throw Error(ErrorCode::kBadInput,
              fmt::format("{} does not multiply each of {} channels with a constant", describe(scale), channels),
              "let the pattern ask for it: size(s) == 1 || size(s) == dim(w, weight_axis(fc))", scale.label());
}

const Tensor& float_constant(const Node& node, const Tensor* tensor) {
  if (tensor && is_float_type(tensor->type())) return *tensor;
  throw Error(ErrorCode::kBadInput, fmt::format("{} has no float constant that the rewrite can use", describe(node)),
              "let the pattern ask for it: const w", node.label());
}

// Each slice along `axis` times its factor.
Tensor scaled(const Tensor& tensor, size_t axis, const std::vector<double>& factors) {
  std::vector<double> numbers = tensor.to_doubles();
  const auto channels = static_cast<size_t>(tensor.shape()[axis]);
  size_t inner = 1;
  for (size_t i = axis + 1; i < tensor.shape().size(); ++i) inner *= static_cast<size_t>(tensor.shape()[i]);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] *= factors[factors.size() == 1 ? 0 : i / inner % channels];
  return tensor_of(tensor.type(), tensor.shape(), numbers);
}

Tensor scaled_row(const Node& node, const Tensor& row, const Node& scale) {
  const std::vector<double> factors = checked_factors(scale, static_cast<size_t>(row.size()));
  std::vector<double> numbers = row.to_doubles();
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] *= factors[factors.size() == 1 ? 0 : i];
  QUOIN_CHECK(!numbers.empty(), "an empty bias of " + node.label());
  return tensor_of(row.type(), row.shape(), numbers);
}

}  // namespace

HelperResult scaled_weight(const HelperNodes& fc_and_scale) {
  const Node &fc = *fc_and_scale[0], &scale = *fc_and_scale[1];
  const auto axis = weight_channel_axis(fc);
  const int input = op_facts(fc).weight_input;
  const Tensor& weight = float_constant(fc, axis ? fc.input(input).constant() : nullptr);
  const auto at = static_cast<size_t>(*axis < 0 ? *axis + weight.rank() : *axis);
  return scaled(weight, at, checked_factors(scale, static_cast<size_t>(weight.shape()[at])));
}

HelperResult scaled_bias(const HelperNodes& fc_and_scale) {
  const Node& fc = *fc_and_scale[0];
  const int input = op_facts(fc).bias_input;
  if (input < 0 || !fc.has_input(input)) return std::nullopt;
  return scaled_row(fc, float_constant(fc, fc.input(input).constant()), *fc_and_scale[1]);
}

HelperResult scaled_operand(const HelperNodes& add_and_scale) {
  const Node& add = *add_and_scale[0];
  return scaled_row(add, float_constant(add, constant_operand(add)), *add_and_scale[1]);
}

HelperResult factor(const HelperNodes& scale) {
  const Node& node = *scale.front();
  const auto factors = factors_of(node);
  const Tensor& constant = float_constant(node, factors ? constant_operand(node) : nullptr);
  return tensor_of(constant.type(), constant.shape(), *factors);
}

// Two Transposes as one: nothing where the second undoes the first.
HelperResult composed_perm(const HelperNodes& first_and_second) {
  const auto first = permutation_of(*first_and_second[0]), second = permutation_of(*first_and_second[1]);
  if (!first || !second || first->size() != second->size()) {
    throw Error(ErrorCode::kBadInput, fmt::format("the axes of {} are not known", describe(*first_and_second[0])),
                "let the pattern ask for them: exists(first.perm)", first_and_second[0]->label());
  }
  std::vector<int64_t> perm, same(first->size());
  std::iota(same.begin(), same.end(), 0);
  for (const int64_t axis : *second) perm.push_back(first->at(static_cast<size_t>(axis)));
  if (perm == same) return std::nullopt;
  return Tensor::from<int64_t>({static_cast<int64_t>(perm.size())}, perm);
}

}  // namespace quoin
