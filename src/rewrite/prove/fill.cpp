// Numbers for constants and feeds.
#include "rewrite/prove/fill.h"

#include <algorithm>
#include <cmath>

#include "pattern/constant_numbers.h"

namespace quoin::prove {
namespace {

template <typename T>
Tensor cast(const Shape& shape, const std::vector<double>& values) {
  std::vector<T> typed;
  for (const double value : values) typed.push_back(static_cast<T>(value));
  return Tensor::from<T>(shape, typed);
}

double one_of(Fill fill, double scale, RandomNumbers& numbers) {
  switch (fill) {
    case Fill::kPositive:
      return 0.5 + numbers.uniform();
    case Fill::kSmallInt:
      return static_cast<double>(1 + numbers.below(3));
    case Fill::kWeight:
      return numbers.normal() * scale;
    case Fill::kNormal:
      return numbers.normal();
  }
  return 0;
}

}  // namespace

bool is_real(DataType type) { return is_float_type(type); }

Tensor with_values(DataType type, const Shape& shape, const std::vector<double>& values) {
  if (is_real(type)) return tensor_of(type, shape, values);
  switch (type) {
    case DataType::kInt64:
      return cast<int64_t>(shape, values);
    case DataType::kInt32:
      return cast<int32_t>(shape, values);
    case DataType::kInt8:
      return cast<int8_t>(shape, values);
    case DataType::kUint8:
      return cast<uint8_t>(shape, values);
    case DataType::kInt16:
      return cast<int16_t>(shape, values);
    case DataType::kUint16:
      return cast<uint16_t>(shape, values);
    case DataType::kUint32:
      return cast<uint32_t>(shape, values);
    case DataType::kUint64:
      return cast<uint64_t>(shape, values);
    case DataType::kBool: {
      std::string bytes;
      for (const double value : values) bytes += value != 0 ? '\1' : '\0';
      return Tensor(type, shape, std::move(bytes));
    }
    default:
      throw Infeasible{"no constants of type " + std::string(to_string(type)) + " are made"};
  }
}

Tensor filled(DataType type, const Shape& shape, Fill fill, uint64_t seed, bool simple) {
  RandomNumbers numbers(seed);
  const auto count = static_cast<size_t>(element_count(shape));
  if (count > 200'000) throw Infeasible{"a tensor would be too large"};
  std::vector<double> values(count, 1);
  if (!simple) {
    double fan_in = 1;
    for (size_t axis = 1; axis < shape.size(); ++axis) fan_in *= static_cast<double>(shape[axis]);
    if (shape.size() == 2) fan_in = static_cast<double>(std::max(shape[0], shape[1]));
    const double scale = 1 / std::sqrt(std::max(1.0, fan_in));
    for (double& value : values) {
      value = is_real(type) ? one_of(fill, scale, numbers) : static_cast<double>(numbers.below(3));
    }
  }
  return with_values(type, shape, values);
}

NamedTensors feeds_of(const Graph& graph, uint64_t seed, int64_t open) {
  NamedTensors feeds;
  for (const Value* input : graph.required_inputs()) {
    Shape shape;
    for (const Dim& dim : input->dims()) shape.push_back(dim.known() ? dim.value : open);
    feeds.emplace_back(input->name(),
                       filled(input->type(), shape, Fill::kNormal, mixed(seed, hash_of(input->name())), false));
  }
  return feeds;
}

}  // namespace quoin::prove
