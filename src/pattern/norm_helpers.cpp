#include <fmt/format.h>

#include "pattern/constant_numbers.h"
#include "pattern/constant_operand.h"
#include "pattern/describe.h"
#include "pattern/reduced_axes.h"
#include "pattern/rewrite_helpers.h"
#include "quoin/error.h"

namespace quoin {
namespace {

int64_t last_axes(const Node& reduction) {
  if (const auto count = count_of_last_axes(reduction)) return *count;
  throw Error(ErrorCode::kBadInput, fmt::format("{} does not reduce the last axes", describe(reduction)),
              "let the pattern ask for it: last_axes(mean) >= 1", reduction.label());
}

}  // namespace

HelperResult first_axis(const HelperNodes& reduction) {
  return Tensor::scalar<int64_t>(-last_axes(*reduction.front()));
}

HelperResult epsilon(const HelperNodes& add) {
  const Node& node = *add.front();
  const Tensor* constant = constant_operand(node);
  if (!constant || constant->size() != 1 || !is_float_type(constant->type())) {
    throw Error(ErrorCode::kBadInput, fmt::format("{} adds no constant number", describe(node)),
                "let the pattern ask for it: const eps, size(eps) == 1", node.label());
  }
  return Tensor::scalar(static_cast<float>(constant->to_doubles().front()));
}

// The constant operand in the shape of the axes that are reduced.
HelperResult parameter(const HelperNodes& op_and_reduction) {
  const Tensor* constant = constant_operand(*op_and_reduction[0]);
  const int64_t axes = last_axes(*op_and_reduction[1]);
  if (!constant || constant->rank() < axes) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("{} has no constant of {} dimensions", describe(*op_and_reduction[0]), axes),
                "let the pattern ask for it: spans(gamma, mean)", op_and_reduction[0]->label());
  }
  const Shape shape(constant->shape().end() - axes, constant->shape().end());
  return tensor_of(constant->type(), shape, constant->to_doubles());
}

HelperResult ones(const HelperNodes& reduction) {
  const Node& node = *reduction.front();
  const Value& x = node.input(0);
  const int64_t axes = last_axes(node);
  Shape shape;
  for (int64_t axis = x.rank() - axes; axis < x.rank(); ++axis) shape.push_back(x.dim(static_cast<int>(axis)));
  const int64_t count = element_count(shape);
  if (count < 1 || count > 1'000'000) {
    throw Error(ErrorCode::kBadInput, fmt::format("the size of what {} reduces is not known", describe(node)),
                "let the pattern ask for it: dim(x, -1) > 0", node.label());
  }
  return tensor_of(x.type(), shape, std::vector<double>(static_cast<size_t>(count), 1.0));
}

}  // namespace quoin
