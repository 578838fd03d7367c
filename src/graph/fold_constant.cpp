#include "graph/fold_constant.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string_view>

namespace quoin {
namespace {

constexpr int64_t kMostElements = 64;

// Numbers of any type as doubles: exact for shapes, and for float32 where each result is rounded to it.
struct Numbers {
  DataType type = DataType::kInt64;
  Shape shape;
  std::vector<double> values;
};
using Result = std::optional<Numbers>;

bool is_integer(DataType type) { return type == DataType::kInt64 || type == DataType::kInt32; }
bool is_handled(DataType type) {
  return is_integer(type) || type == DataType::kFloat || type == DataType::kDouble || type == DataType::kBool;
}

Result constant_input(const Node& node, int index) {
  const Tensor* tensor = node.input(index).constant();
  if (!tensor || !is_handled(tensor->type()) || tensor->size() > kMostElements) return std::nullopt;
  Numbers numbers{tensor->type(), tensor->shape(), tensor->to_doubles()};
  // A double holds every integer up to 2^53 only.
  for (const double value : numbers.values) {
    if (is_integer(numbers.type) && std::abs(value) > 9e15) return std::nullopt;
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
    if (dim < 0) return std::nullopt;
    result.values.push_back(static_cast<double>(dim));
  }
  return result;
}

Result size_of(const Node& node) {
  const auto shape = node.input(0).static_shape();
  if (!shape) return std::nullopt;
  return Numbers{DataType::kInt64, {}, {static_cast<double>(element_count(*shape))}};
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

Result slice(const Node& node) {
  const Result data = constant_input(node, 0);
  const auto starts = integers(node, 1), ends = integers(node, 2);
  if (!data || !starts || !ends || data->shape.size() != 1 || starts->size() != 1 || ends->size() != 1)
    return std::nullopt;
  const auto steps = node.has_input(4) ? integers(node, 4) : std::vector<int64_t>{1};
  if (!steps || steps->size() != 1 || steps->front() != 1) return std::nullopt;
  const int64_t count = data->shape[0];
  const auto clamp = [&](int64_t at) { return std::clamp<int64_t>(at < 0 ? at + count : at, 0, count); };
  const int64_t start = clamp(starts->front()), end = std::max(start, clamp(ends->front()));
  return Numbers{data->type, {end - start}, {data->values.begin() + start, data->values.begin() + end}};
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
  auto shape = integers(node, 1);
  if (!data || !shape) return std::nullopt;
  const auto count = static_cast<int64_t>(data->values.size());
  int64_t known = 1;
  for (const int64_t dim : *shape) {
    if (dim == 0) return std::nullopt;
    if (dim > 0) known *= dim;
  }
  for (int64_t& dim : *shape) {
    if (dim < 0) dim = count / known;
  }
  if (element_count(*shape) != count) return std::nullopt;
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
    // Beyond 2^53 a double no longer holds every integer.
    if (!value || std::abs(*value) > 9e15) return std::nullopt;
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
      {"Shape", shape_of},  {"Size", size_of},        {"Gather", gather},   {"Slice", slice}, {"Concat", concat},
      {"Reshape", reshape}, {"Unsqueeze", unsqueeze}, {"Squeeze", squeeze}, {"Cast", cast},   {"Sqrt", square_root},
      {"Add", add},         {"Sub", subtract},        {"Mul", multiply},    {"Div", divide},  {"Mod", modulo},
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
