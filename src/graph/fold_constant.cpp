#include "graph/fold_constant.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <string_view>

#include "graph/checked_sizes.h"

namespace quoin {
namespace {

constexpr int64_t kMostElements = 64;
constexpr int64_t kLargest = int64_t{1} << 53;  // a double holds every integer up to it

// Numbers of any type as doubles: exact for shapes, and for float32 where each result is rounded to it.
struct Numbers {
  DataType type = DataType::kInt64;
  Shape shape;
  std::vector<double> values;
};
using Result = std::optional<Numbers>;

bool is_integer(DataType type) { return type == DataType::kInt64 || type == DataType::kInt32; }
// Where an integer type does not hold it, runtimes wrap it, or die (-2^31 / -1).
bool fits(double value, DataType type) {
  const double largest = type == DataType::kInt32 ? 2147483647.0 : static_cast<double>(kLargest);
  return !is_integer(type) || (value <= largest && value >= (type == DataType::kInt32 ? -largest - 1 : -largest));
}
bool is_handled(DataType type) {
  return is_integer(type) || type == DataType::kFloat || type == DataType::kDouble || type == DataType::kBool;
}

Result constant_input(const Node& node, int index) {
  const Tensor* tensor = node.input(index).constant();
  if (!tensor || !is_handled(tensor->type()) || tensor->size() > kMostElements) return std::nullopt;
  Numbers numbers{tensor->type(), tensor->shape(), tensor->to_doubles()};
  for (const double value : numbers.values) {
    if (!fits(value, numbers.type)) return std::nullopt;
  }
  return numbers;
}

std::optional<std::vector<int64_t>> integers(const Node& node, int index) {
  // Not by way of doubles: "to the end" is written as the largest int64.
  const Tensor* tensor = node.input(index).constant();
  if (!tensor || !is_integer(tensor->type()) || tensor->size() > kMostElements) return std::nullopt;
  return tensor->to_int64s();
}

template <typename T>
Tensor tensor_as(const Numbers& numbers) {
  std::vector<T> values;
  for (const double value : numbers.values) values.push_back(static_cast<T>(value));
  return Tensor::from<T>(numbers.shape, values);
}

std::optional<Tensor> to_tensor(const Numbers& numbers) {
  if (static_cast<int64_t>(numbers.values.size()) > kMostElements) return std::nullopt;
  switch (numbers.type) {
    case DataType::kInt64:
      return tensor_as<int64_t>(numbers);
    case DataType::kInt32:
      return tensor_as<int32_t>(numbers);
    case DataType::kFloat:
      return tensor_as<float>(numbers);
    case DataType::kDouble:
      return tensor_as<double>(numbers);
    case DataType::kBool:
      return Tensor(DataType::kBool, numbers.shape, std::string(numbers.values.begin(), numbers.values.end()));
    default:
      return std::nullopt;
  }
}

Result shape_of(const Node& node) {
  const Value& value = node.input(0);
  if (!value.has_rank()) return std::nullopt;
  const int64_t rank = value.rank();
  const auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank); };
  const int64_t start = clamp(node.attribute("start", int64_t{0})), end = clamp(node.attribute("end", rank));
  Numbers result{DataType::kInt64, {std::max<int64_t>(0, end - start)}, {}};
  for (int64_t axis = start; axis < end; ++axis) {
    const int64_t dim = value.dim(static_cast<int>(axis));
    if (dim < 0 || dim > kLargest) return std::nullopt;
    result.values.push_back(static_cast<double>(dim));
  }
  return result;
}

Result size_of(const Node& node) {
  const auto shape = node.input(0).static_shape();
  const auto count = shape ? checked_count(*shape) : std::nullopt;
  if (!count || *count > kLargest) return std::nullopt;
  return Numbers{DataType::kInt64, {}, {static_cast<double>(*count)}};
}

Result gather(const Node& node) {
  const Result data = constant_input(node, 0);
  const auto indices = integers(node, 1);
  if (!data || !indices || data->shape.size() != 1) return std::nullopt;
  Numbers result{data->type, node.input(1).constant()->shape(), {}};
  const auto count = static_cast<int64_t>(data->values.size());
  for (int64_t index : *indices) {
    if (index < 0) index += count;
    if (index < 0 || index >= count) return std::nullopt;
    result.values.push_back(data->values[static_cast<size_t>(index)]);
  }
  return result;
}

// Elements that lie `inner` apart along an axis, for each position of the axes before and behind it.
struct AxisView {
  size_t outer = 1, count = 1, inner = 1;
};
AxisView view_of(const Shape& shape, size_t axis) {
  AxisView view;
  for (size_t i = 0; i < axis; ++i) view.outer *= static_cast<size_t>(shape[i]);
  view.count = static_cast<size_t>(shape[axis]);
  for (size_t i = axis + 1; i < shape.size(); ++i) view.inner *= static_cast<size_t>(shape[i]);
  return view;
}

// The positions along one axis that are asked for.
Numbers taken_along(const Numbers& data, size_t axis, const std::vector<int64_t>& positions) {
  const AxisView view = view_of(data.shape, axis);
  Numbers result{data.type, data.shape, {}};
  result.shape[axis] = static_cast<int64_t>(positions.size());
  for (size_t outer = 0; outer < view.outer; ++outer) {
    for (const int64_t position : positions) {
      const size_t from = (outer * view.count + static_cast<size_t>(position)) * view.inner;
      for (size_t i = 0; i < view.inner; ++i) result.values.push_back(data.values[from + i]);
    }
  }
  return result;
}

std::vector<int64_t> slice_positions(int64_t count, int64_t start, int64_t end, int64_t step) {
  std::vector<int64_t> positions;
  const auto from_end = [&](int64_t at) { return at < 0 && at >= -count ? at + count : at; };
  if (step > 0) {
    const int64_t first = std::clamp<int64_t>(from_end(start), 0, count),
                  last = std::clamp<int64_t>(from_end(end), 0, count);
    for (int64_t at = first; at < last; at += std::min(step, count)) positions.push_back(at);
  } else {
    const int64_t first = std::clamp<int64_t>(from_end(start), -1, count - 1);
    const int64_t last = std::clamp<int64_t>(from_end(end), -1, count - 1);
    for (int64_t at = first; at > last; at -= std::min(-std::max(step, -count), count)) positions.push_back(at);
  }
  return positions;
}

Result slice(const Node& node) {
  Result data = constant_input(node, 0);
  const auto starts = integers(node, 1), ends = integers(node, 2);
  if (!data || !starts || !ends || data->shape.empty() || data->values.empty() || starts->size() != ends->size())
    return std::nullopt;
  const auto rank = static_cast<int64_t>(data->shape.size());
  std::vector<int64_t> axes(starts->size()), steps(starts->size(), 1);
  std::iota(axes.begin(), axes.end(), 0);
  for (const int input : {3, 4}) {
    if (!node.has_input(input)) continue;
    const auto given = integers(node, input);
    if (!given || given->size() != starts->size()) return std::nullopt;
    (input == 3 ? axes : steps) = *given;
  }
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t axis = axes[i] < 0 ? axes[i] + rank : axes[i];
    if (axis < 0 || axis >= rank || steps[i] == 0 || data->values.empty()) return std::nullopt;
    const int64_t count = data->shape[static_cast<size_t>(axis)];
    *data = taken_along(*data, static_cast<size_t>(axis), slice_positions(count, (*starts)[i], (*ends)[i], steps[i]));
  }
  return data;
}

Result transpose(const Node& node) {
  const Result data = constant_input(node, 0);
  if (!data) return std::nullopt;
  const size_t rank = data->shape.size();
  std::vector<int64_t> perm = node.attribute("perm", std::vector<int64_t>{});
  if (perm.empty()) {
    for (size_t axis = rank; axis > 0; --axis) perm.push_back(static_cast<int64_t>(axis - 1));
  }
  if (perm.size() != rank) return std::nullopt;
  Numbers result{data->type, {}, {}};
  std::vector<size_t> strides(rank, 1), at(rank, 0);
  for (size_t axis = 0; axis < rank; ++axis) {
    if (perm[axis] < 0 || perm[axis] >= static_cast<int64_t>(rank)) return std::nullopt;
    const auto from = static_cast<size_t>(perm[axis]);
    result.shape.push_back(data->shape[from]);
    strides[axis] = view_of(data->shape, from).inner;
  }
  for (size_t done = 0; done < data->values.size(); ++done) {
    size_t from = 0;
    for (size_t axis = 0; axis < rank; ++axis) from += at[axis] * strides[axis];
    result.values.push_back(data->values[from]);
    for (size_t axis = rank; axis > 0; --axis) {
      if (++at[axis - 1] < static_cast<size_t>(result.shape[axis - 1])) break;
      at[axis - 1] = 0;
    }
  }
  return result;
}

Result constant_of_shape(const Node& node) {
  const auto shape = integers(node, 0);
  if (!shape) return std::nullopt;
  int64_t count = 1;
  for (const int64_t dim : *shape) {
    if (dim < 0 || dim > kMostElements || (count *= dim) > kMostElements) return std::nullopt;
  }
  Numbers result{DataType::kFloat, *shape, {0}};
  const auto found = node.attributes().find("value");
  if (found != node.attributes().end()) {
    const Tensor* value = std::get_if<Tensor>(&found->second);
    if (!value || !is_handled(value->type()) || value->size() != 1) return std::nullopt;
    result.type = value->type();
    result.values = value->to_doubles();
  }
  result.values.assign(static_cast<size_t>(count), result.values.front());
  return result;
}

Result concat(const Node& node) {
  Numbers result;
  for (int i = 0; i < node.input_count(); ++i) {
    const Result part = constant_input(node, i);
    if (!part || part->shape.size() != 1) return std::nullopt;
    result.type = part->type;
    result.values.insert(result.values.end(), part->values.begin(), part->values.end());
  }
  result.shape = {static_cast<int64_t>(result.values.size())};
  return result;
}

// The same numbers under another shape; the target of Reshape, or axes put in or taken out.
Result reshape(const Node& node) {
  Result data = constant_input(node, 0);
  const auto target = integers(node, 1);
  if (!data || !target || std::find(target->begin(), target->end(), 0) != target->end()) return std::nullopt;
  const auto shape = with_open_dim(*target, static_cast<int64_t>(data->values.size()));
  if (!shape) return std::nullopt;
  data->shape = *shape;
  return data;
}

std::optional<std::vector<int64_t>> axes_of(const Node& node) {
  if (node.has_input(1)) return integers(node, 1);
  return node.attribute("axes", std::vector<int64_t>{});
}

Result unsqueeze(const Node& node) {
  Result data = constant_input(node, 0);
  const auto axes = axes_of(node);
  if (!data || !axes || !data->shape.empty() || axes->size() != 1) return std::nullopt;
  data->shape = {1};
  return data;
}

Result squeeze(const Node& node) {
  Result data = constant_input(node, 0);
  if (!data || data->values.size() != 1 || data->shape.size() != 1) return std::nullopt;
  data->shape = {};
  return data;
}

Result cast(const Node& node) {
  Result data = constant_input(node, 0);
  const auto to = static_cast<DataType>(node.attribute("to", int64_t{0}));
  if (!data || !is_handled(to)) return std::nullopt;
  for (double& value : data->values) {
    if (!std::isfinite(value)) return std::nullopt;
    if (is_integer(to)) value = std::trunc(value);
    if (!fits(value, to)) return std::nullopt;
    if (to == DataType::kBool) value = value != 0 ? 1 : 0;
    if (to == DataType::kFloat) value = static_cast<double>(static_cast<float>(value));
  }
  data->type = to;
  return data;
}

Result square_root(const Node& node) {
  Result data = constant_input(node, 0);
  if (!data || is_integer(data->type)) return std::nullopt;
  for (double& value : data->values) {
    value =
        data->type == DataType::kFloat ? static_cast<double>(std::sqrt(static_cast<float>(value))) : std::sqrt(value);
  }
  return data;
}

using Arithmetic = std::optional<double> (*)(double a, double b, bool whole);

Result elementwise(const Node& node, Arithmetic compute) {
  const Result a = constant_input(node, 0), b = constant_input(node, 1);
  if (!a || !b || a->type != b->type || a->values.empty() || b->values.empty()) return std::nullopt;
  const bool a_single = a->values.size() == 1, b_single = b->values.size() == 1;
  if (!a_single && !b_single && a->shape != b->shape) return std::nullopt;
  Numbers result{a->type, {}, {}};
  if (a_single && b_single)
    result.shape = a->shape.size() >= b->shape.size() ? a->shape : b->shape;
  else
    result.shape = a_single ? b->shape : a->shape;
  const size_t count = std::max(a->values.size(), b->values.size());
  for (size_t i = 0; i < count; ++i) {
    const auto value = compute(a->values[a_single ? 0 : i], b->values[b_single ? 0 : i], is_integer(a->type));
    // Nor a float result beyond what float32 holds as it is: 9e15 is far above any scale.
    if (!value || std::abs(*value) > 9e15 || !fits(*value, a->type)) return std::nullopt;
    result.values.push_back(a->type == DataType::kFloat ? static_cast<double>(static_cast<float>(*value)) : *value);
  }
  return result;
}

Result add(const Node& node) {
  return elementwise(node, [](double a, double b, bool) -> std::optional<double> { return a + b; });
}
Result subtract(const Node& node) {
  return elementwise(node, [](double a, double b, bool) -> std::optional<double> { return a - b; });
}
Result multiply(const Node& node) {
  return elementwise(node, [](double a, double b, bool) -> std::optional<double> { return a * b; });
}
Result divide(const Node& node) {
  return elementwise(node, [](double a, double b, bool whole) -> std::optional<double> {
    if (b == 0) return std::nullopt;
    return whole ? std::trunc(a / b) : a / b;
  });
}
Result power(const Node& node) {
  return elementwise(node, [](double a, double b, bool whole) -> std::optional<double> {
    const double result = std::pow(a, b);
    if (!std::isfinite(result) || (whole && (b < 0 || result != std::floor(result)))) return std::nullopt;
    return result;
  });
}
Result modulo(const Node& node) {
  if (node.attribute("fmod", 0) != 0) return std::nullopt;
  return elementwise(node, [](double a, double b, bool whole) -> std::optional<double> {
    if (b == 0 || !whole) return std::nullopt;
    return a - b * std::floor(a / b);  // the sign of the divisor, as ONNX says for fmod = 0
  });
}

using Fold = Result (*)(const Node&);
const std::map<std::string_view, Fold>& folds() {
  static const std::map<std::string_view, Fold> table = {
      {"Shape", shape_of},
      {"Size", size_of},
      {"Gather", gather},
      {"Slice", slice},
      {"Concat", concat},
      {"Reshape", reshape},
      {"Unsqueeze", unsqueeze},
      {"Squeeze", squeeze},
      {"Cast", cast},
      {"Sqrt", square_root},
      {"Add", add},
      {"Sub", subtract},
      {"Mul", multiply},
      {"Div", divide},
      {"Mod", modulo},
      {"Pow", power},
      {"Transpose", transpose},
      {"ConstantOfShape", constant_of_shape},
  };
  return table;
}

}  // namespace

std::optional<Tensor> fold_constant(const Node& node) {
  if (!node.domain().empty() || node.output_count() != 1) return std::nullopt;
  const auto found = folds().find(node.op());
  if (found == folds().end()) return std::nullopt;
  const Result result = found->second(node);
  return result ? to_tensor(*result) : std::nullopt;
}

}  // namespace quoin
