#include "graph/fold_weight.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/float16.h"
#include "graph/checked_sizes.h"

namespace quoin {
namespace {

using Fold = std::optional<WeightFold>;
using Integers = std::optional<std::vector<int64_t>>;

bool is_float(DataType type) {
  return type == DataType::kFloat || type == DataType::kDouble || type == DataType::kFloat16 ||
         type == DataType::kBfloat16;
}

size_t width(const Tensor& tensor) { return static_cast<size_t>(bit_width(tensor.type()) / 8); }

const Tensor* float_constant(const Node& node, int input) {
  const Tensor* tensor = node.input(input).constant();
  return tensor && is_float(tensor->type()) ? tensor : nullptr;
}

// A list that was an attribute once and is an input now. Nothing where it is computed; empty where there is none.
Integers list_of(const Node& node, int input, const char* attribute) {
  if (!node.has_input(input)) return node.attribute(attribute, std::vector<int64_t>{});
  const Tensor* tensor = node.input(input).constant();
  if (!tensor || (tensor->type() != DataType::kInt64 && tensor->type() != DataType::kInt32) || tensor->rank() > 1)
    return std::nullopt;
  return tensor->to_int64s();
}

std::optional<size_t> place_of(int64_t axis, int64_t rank) {
  if (axis < -rank || axis >= rank) return std::nullopt;
  return static_cast<size_t>(axis < 0 ? axis + rank : axis);
}

std::optional<Shape> reshape_shape(const Node& node, const Tensor& data) {
  Integers shape = list_of(node, 1, "shape");
  if (!shape) return std::nullopt;
  const bool zero_is_zero = node.attribute("allowzero", 0) != 0;
  for (size_t i = 0; i < shape->size(); ++i) {
    if ((*shape)[i] != 0 || zero_is_zero) continue;
    if (i >= data.shape().size()) return std::nullopt;
    (*shape)[i] = data.shape()[i];
  }
  return with_open_dim(*shape, data.size());
}

std::optional<Shape> flatten_shape(const Node& node, const Tensor& data) {
  const int64_t axis = node.attribute("axis", 1), from_front = axis < 0 ? axis + data.rank() : axis;
  if (from_front < 0 || from_front > data.rank()) return std::nullopt;
  Shape shape = {1, 1};
  for (int64_t i = 0; i < data.rank(); ++i) shape[i < from_front ? 0 : 1] *= data.shape()[static_cast<size_t>(i)];
  return shape;
}

std::optional<Shape> squeeze_shape(const Node& node, const Tensor& data) {
  const Integers axes = list_of(node, 1, "axes");
  if (!axes) return std::nullopt;
  std::vector<bool> gone(data.shape().size());
  for (const int64_t axis : *axes) {
    const auto place = place_of(axis, data.rank());
    if (!place || data.shape()[*place] != 1) return std::nullopt;
    gone[*place] = true;
  }
  Shape shape;
  for (size_t i = 0; i < gone.size(); ++i) {
    if (axes->empty() ? data.shape()[i] != 1 : !gone[i]) shape.push_back(data.shape()[i]);
  }
  return shape;
}

std::optional<Shape> unsqueeze_shape(const Node& node, const Tensor& data) {
  const Integers axes = list_of(node, 1, "axes");
  if (!axes || axes->empty() || axes->size() > 16) return std::nullopt;
  const size_t rank = data.shape().size() + axes->size();
  std::vector<bool> added(rank);
  for (const int64_t axis : *axes) {
    const auto place = place_of(axis, static_cast<int64_t>(rank));
    if (!place || added[*place]) return std::nullopt;
    added[*place] = true;
  }
  Shape shape;
  size_t next = 0;
  for (size_t i = 0; i < rank; ++i) shape.push_back(added[i] ? 1 : data.shape()[next++]);
  return shape;
}

template <auto shape_of>
Fold same_numbers(const Node& node) {
  const Tensor* data = float_constant(node, 0);
  const auto shape = data ? shape_of(node, *data) : std::nullopt;
  if (!shape || checked_count(*shape) != data->size()) return std::nullopt;
  return WeightFold{data->bytes().size(), false, [data, shape] { return std::vector{data->reshaped(*shape)}; }};
}

std::vector<Tensor> turned(const Tensor& data, const std::vector<size_t>& from) {
  const size_t rank = from.size(), size = width(data);
  Shape shape(rank);
  std::vector<size_t> strides(rank), at(rank, 0);
  for (size_t axis = 0; axis < rank; ++axis) {
    shape[axis] = data.shape()[from[axis]];
    strides[axis] = size;
    for (size_t i = from[axis] + 1; i < rank; ++i) strides[axis] *= static_cast<size_t>(data.shape()[i]);
  }
  std::string bytes(data.bytes().size(), '\0');
  const char* source = reinterpret_cast<const char*>(data.bytes().data());
  size_t place = 0;
  for (size_t done = 0; done < bytes.size(); done += size) {
    std::copy_n(source + place, size, bytes.data() + done);
    for (size_t axis = rank; axis > 0; --axis) {
      place += strides[axis - 1];
      if (++at[axis - 1] < static_cast<size_t>(shape[axis - 1])) break;
      place -= strides[axis - 1] * at[axis - 1];
      at[axis - 1] = 0;
    }
  }
  return {Tensor(data.type(), std::move(shape), std::move(bytes))};
}

Fold transpose(const Node& node) {
  const Tensor* data = float_constant(node, 0);
  if (!data) return std::nullopt;
  std::vector<int64_t> perm = node.attribute("perm", std::vector<int64_t>{});
  if (perm.empty()) {
    for (int64_t axis = data->rank(); axis > 0; --axis) perm.push_back(axis - 1);
  }
  std::vector<size_t> from;
  std::vector<bool> seen(data->shape().size());
  for (const int64_t axis : perm) {
    const auto place = place_of(axis, data->rank());
    if (!place || seen[*place]) return std::nullopt;
    seen[*place] = true;
    from.push_back(*place);
  }
  if (from.size() != seen.size()) return std::nullopt;
  return WeightFold{data->bytes().size(), false, [data, from] { return turned(*data, from); }};
}

Fold cast(const Node& node) {
  const Tensor* data = float_constant(node, 0);
  const auto to = static_cast<DataType>(node.attribute("to", int64_t{0}));
  if (!data || !is_float(to)) return std::nullopt;
  // Not from double to 16 bits: by way of float it would be rounded twice.
  const bool narrow = bit_width(to) == 16;
  if (narrow && data->type() == DataType::kDouble) return std::nullopt;
  const auto count = static_cast<uint64_t>(data->size()), bytes = count * static_cast<uint64_t>(bit_width(to) / 8);
  return WeightFold{bytes, bytes > data->bytes().size(), [data, to, narrow] {
                      if (data->type() == to) return std::vector{*data};
                      if (to == DataType::kFloat) return std::vector{Tensor::from(data->shape(), data->to_floats())};
                      if (!narrow) return std::vector{Tensor::from(data->shape(), data->to_doubles())};
                      std::string halves;
                      for (const float value : data->to_floats()) {
                        const uint16_t bits =
                            to == DataType::kFloat16 ? float_to_float16(value) : float_to_bfloat16(value);
                        halves.append(reinterpret_cast<const char*>(&bits), sizeof(bits));
                      }
                      return std::vector{Tensor(to, data->shape(), std::move(halves))};
                    }};
}

// Bytes of one position of the axis, and how often the axis is gone through.
struct Rows {
  size_t outer = 1, row = 1;
};
Rows rows_of(const Tensor& data, size_t axis) {
  Rows rows{1, width(data)};
  for (size_t i = 0; i < axis; ++i) rows.outer *= static_cast<size_t>(data.shape()[i]);
  for (size_t i = axis + 1; i < data.shape().size(); ++i) rows.row *= static_cast<size_t>(data.shape()[i]);
  return rows;
}

// `count` positions of the axis from `start` on.
Tensor part_of(const Tensor& data, size_t axis, int64_t start, int64_t count) {
  const Rows rows = rows_of(data, axis);
  const size_t all = static_cast<size_t>(data.shape()[axis]) * rows.row, part = static_cast<size_t>(count) * rows.row;
  const char* source = reinterpret_cast<const char*>(data.bytes().data()) + static_cast<size_t>(start) * rows.row;
  std::string bytes;
  bytes.reserve(rows.outer * part);
  for (size_t i = 0; i < rows.outer; ++i) bytes.append(source + i * all, part);
  Shape shape = data.shape();
  shape[axis] = count;
  return {data.type(), std::move(shape), std::move(bytes)};
}

Fold slice(const Node& node) {
  const Tensor* data = float_constant(node, 0);
  const Integers starts = list_of(node, 1, "starts"), ends = list_of(node, 2, "ends");
  Integers axes = list_of(node, 3, "axes");
  const Integers steps = list_of(node, 4, "steps");
  if (!data || !starts || !ends || !axes || !steps || starts->size() != ends->size()) return std::nullopt;
  if (std::any_of(steps->begin(), steps->end(), [](int64_t step) { return step != 1; })) return std::nullopt;
  if (axes->empty()) {
    axes->resize(starts->size());
    std::iota(axes->begin(), axes->end(), 0);
  }
  if (axes->size() != starts->size()) return std::nullopt;
  struct Part {
    size_t axis;
    int64_t start, count;
  };
  std::vector<Part> parts;
  Shape shape = data->shape();
  for (size_t i = 0; i < axes->size(); ++i) {
    const auto axis = place_of((*axes)[i], data->rank());
    if (!axis) return std::nullopt;
    const int64_t count = shape[*axis];
    const auto inside = [&](int64_t at) {
      return std::clamp<int64_t>(at < 0 && at >= -count ? at + count : at, 0, count);
    };
    const int64_t start = inside((*starts)[i]), end = inside((*ends)[i]);
    if (end <= start) return std::nullopt;
    parts.push_back({*axis, start, end - start});
    shape[*axis] = end - start;
  }
  const auto bytes = static_cast<uint64_t>(checked_count(shape).value_or(0)) * width(*data);
  return WeightFold{bytes, false, [data, parts] {
                      Tensor result = *data;
                      for (const Part& part : parts) result = part_of(result, part.axis, part.start, part.count);
                      return std::vector{result};
                    }};
}

Fold split(const Node& node) {
  const Tensor* data = float_constant(node, 0);
  const Integers given = list_of(node, 1, "split");
  if (!data || !given) return std::nullopt;
  const auto axis = place_of(node.attribute("axis", 0), data->rank());
  const auto outputs = static_cast<int64_t>(node.output_count());
  if (!axis || outputs < 1) return std::nullopt;
  const int64_t whole = data->shape()[*axis];
  std::vector<int64_t> sizes = *given;
  if (sizes.empty()) {
    const int64_t each = whole / outputs + (whole % outputs ? 1 : 0);  // the last may be smaller (opset 18)
    for (int64_t i = 0; i < outputs; ++i) sizes.push_back(std::min(each, std::max<int64_t>(0, whole - i * each)));
  }
  int64_t left = whole;
  for (const int64_t size : sizes) {
    if (size < 0 || size > left) return std::nullopt;
    left -= size;
  }
  if (left != 0 || static_cast<int64_t>(sizes.size()) != outputs) return std::nullopt;
  return WeightFold{data->bytes().size(), false, [data, axis, sizes] {
                      std::vector<Tensor> parts;
                      int64_t start = 0;
                      for (const int64_t size : sizes) {
                        parts.push_back(part_of(*data, *axis, start, size));
                        start += size;
                      }
                      return parts;
                    }};
}

Fold concat(const Node& node) {
  std::vector<const Tensor*> parts;
  uint64_t bytes = 0;
  for (int i = 0; i < node.input_count(); ++i) {
    const Tensor* part = float_constant(node, i);
    if (!part) return std::nullopt;
    parts.push_back(part);
    if (part->type() != parts.front()->type() || part->rank() != parts.front()->rank()) return std::nullopt;
    bytes += part->bytes().size();
  }
  const auto axis = parts.empty() ? std::nullopt : place_of(node.attribute("axis", 0), parts.front()->rank());
  if (!axis) return std::nullopt;
  Shape shape = parts.front()->shape();
  shape[*axis] = 0;
  for (const Tensor* part : parts) {
    Shape rest = part->shape();
    shape[*axis] += rest[*axis];
    rest[*axis] = shape[*axis];
    if (rest != shape) return std::nullopt;
  }
  return WeightFold{bytes, false, [parts, axis, shape] {
                      std::string joined;
                      const size_t outer = rows_of(*parts.front(), *axis).outer;
                      for (size_t i = 0; i < outer; ++i) {
                        for (const Tensor* part : parts) {
                          const size_t each = part->bytes().size() / outer;
                          joined.append(reinterpret_cast<const char*>(part->bytes().data()) + i * each, each);
                        }
                      }
                      return std::vector{Tensor(parts.front()->type(), shape, std::move(joined))};
                    }};
}

// Steps of `shape`, as broadcast to `whole`, through its numbers: 0 along an axis that it repeats.
std::optional<std::vector<size_t>> broadcast_steps(const Shape& shape, const Shape& whole) {
  if (shape.size() > whole.size()) return std::nullopt;
  std::vector<size_t> steps(whole.size(), 0);
  size_t step = 1;
  for (size_t i = shape.size(); i > 0; --i) {
    const size_t axis = whole.size() - shape.size() + i - 1;
    if (shape[i - 1] != 1 && shape[i - 1] != whole[axis]) return std::nullopt;
    if (shape[i - 1] != 1) steps[axis] = step;
    step *= static_cast<size_t>(shape[i - 1]);
  }
  return steps;
}

template <auto compute>
Fold elementwise(const Node& node) {
  const Tensor *a = float_constant(node, 0), *b = float_constant(node, 1);
  if (!a || !b || a->type() != DataType::kFloat || b->type() != DataType::kFloat) return std::nullopt;
  // The result has one operand's shape: it grows nothing.
  const bool as_a = broadcast_steps(b->shape(), a->shape()).has_value();
  const Shape shape = as_a ? a->shape() : b->shape();
  const auto a_steps = broadcast_steps(a->shape(), shape), b_steps = broadcast_steps(b->shape(), shape);
  if (!a_steps || !b_steps) return std::nullopt;
  return WeightFold{(as_a ? a : b)->bytes().size(), false, [a, b, shape, a_steps, b_steps] {
                      const auto x = a->as<float>(), y = b->as<float>();
                      std::vector<float> result(static_cast<size_t>(element_count(shape)));
                      std::vector<size_t> at(shape.size(), 0);
                      size_t i = 0, j = 0;
                      for (float& number : result) {
                        number = compute(x[i], y[j]);
                        for (size_t axis = shape.size(); axis > 0; --axis) {
                          i += (*a_steps)[axis - 1];
                          j += (*b_steps)[axis - 1];
                          if (++at[axis - 1] < static_cast<size_t>(shape[axis - 1])) break;
                          i -= (*a_steps)[axis - 1] * at[axis - 1];
                          j -= (*b_steps)[axis - 1] * at[axis - 1];
                          at[axis - 1] = 0;
                        }
                      }
                      return std::vector{Tensor::from(shape, result)};
                    }};
}

float sum(float a, float b) { return a + b; }
float difference(float a, float b) { return a - b; }
float product(float a, float b) { return a * b; }
float quotient(float a, float b) { return a / b; }

template <auto compute>
Fold of_each(const Node& node) {
  const Tensor* data = float_constant(node, 0);
  if (!data || data->type() != DataType::kFloat) return std::nullopt;
  return WeightFold{data->bytes().size(), false, [data] {
                      std::vector<float> result;
                      for (const float number : data->as<float>()) result.push_back(compute(number));
                      return std::vector{Tensor::from(data->shape(), result)};
                    }};
}

float negative(float a) { return -a; }
float magnitude(float a) { return std::abs(a); }
float root(float a) { return std::sqrt(a); }
float reciprocal(float a) { return 1 / a; }

// Expand that makes nothing larger.
std::optional<Shape> expand_shape(const Node& node, const Tensor& data) {
  const Integers wanted = list_of(node, 1, "");
  if (!wanted) return std::nullopt;
  const size_t given = data.shape().size(), rank = std::max(given, wanted->size());
  Shape shape(rank, 1);
  for (size_t i = 0; i < rank; ++i) {
    const int64_t own = i < rank - given ? 1 : data.shape()[i - (rank - given)];
    const int64_t asked = i < rank - wanted->size() ? 1 : (*wanted)[i - (rank - wanted->size())];
    if (asked != 1 && asked != own) return std::nullopt;
    shape[i] = own;
  }
  return shape;
}

const std::map<std::string_view, Fold (*)(const Node&)>& folds() {
  static const std::map<std::string_view, Fold (*)(const Node&)> table = {
      {"Transpose", transpose},
      {"Reshape", same_numbers<reshape_shape>},
      {"Flatten", same_numbers<flatten_shape>},
      {"Squeeze", same_numbers<squeeze_shape>},
      {"Unsqueeze", same_numbers<unsqueeze_shape>},
      {"Slice", slice},
      {"Split", split},
      {"Concat", concat},
      {"Cast", cast},
      {"Add", elementwise<sum>},
      {"Sub", elementwise<difference>},
      {"Mul", elementwise<product>},
      {"Div", elementwise<quotient>},
      {"Neg", of_each<negative>},
      {"Abs", of_each<magnitude>},
      {"Sqrt", of_each<root>},
      {"Reciprocal", of_each<reciprocal>},
      {"Expand", same_numbers<expand_shape>},
  };
  return table;
}

}  // namespace

std::optional<WeightFold> weight_fold(const Node& node) {
  if (!node.domain().empty() || node.input_count() == 0 || !node.input(0).constant()) return std::nullopt;
  const auto found = folds().find(node.op());
  return found == folds().end() ? std::nullopt : found->second(node);
}

}  // namespace quoin
