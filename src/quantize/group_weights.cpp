#include "quantize/group_weights.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "quantize/rounding.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// Scales to try, over the one at which nothing clips.
constexpr double kFirstFactor = 0.7, kLastFactor = 1.2, kFactorStep = 1.0 / 40;

// A tensor seen as [outer, along, inner] around an axis.
struct Layout {
  size_t outer = 1, along = 1, inner = 1;
};

Layout layout_of(const Shape& shape, int axis) {
  Layout layout;
  for (size_t i = 0; i < shape.size(); ++i) {
    const auto place = static_cast<size_t>(axis);
    size_t& part = i < place ? layout.outer : i == place ? layout.along : layout.inner;
    part *= static_cast<size_t>(shape[i]);
  }
  return layout;
}

// Calls visit(group, indices of its values), groups in the order of the scales.
template <typename Visit>
void for_each_group(const Shape& shape, std::optional<int> axis, int64_t block, Visit visit) {
  std::vector<size_t> indices;
  const auto count = static_cast<size_t>(element_count(shape));
  if (!axis) {
    for (size_t i = 0; i < count; ++i) indices.push_back(i);
    visit(size_t{0}, indices);
    return;
  }
  const Layout layout = layout_of(shape, *axis);
  if (block == 0) {
    for (size_t channel = 0; channel < layout.along; ++channel) {
      indices.clear();
      for (size_t outer = 0; outer < layout.outer; ++outer) {
        for (size_t inner = 0; inner < layout.inner; ++inner)
          indices.push_back((outer * layout.along + channel) * layout.inner + inner);
      }
      visit(channel, indices);
    }
    return;
  }
  const auto size = static_cast<size_t>(block);
  size_t group = 0;
  for (size_t outer = 0; outer < layout.outer; ++outer) {
    for (size_t first = 0; first < layout.along; first += size) {
      for (size_t inner = 0; inner < layout.inner; ++inner) {
        indices.clear();
        for (size_t k = first; k < std::min(first + size, layout.along); ++k)
          indices.push_back((outer * layout.along + k) * layout.inner + inner);
        visit(group++, indices);
      }
    }
  }
}

void check_finite(const Tensor& weight) {
  if (weight.type() != DataType::kFloat) {
    throw Error(ErrorCode::kBadInput, fmt::format("a weight is {}, wanted float", to_string(weight.type())));
  }
  for (const float value : weight.as<float>()) {
    if (std::isfinite(value)) continue;
    throw Error(ErrorCode::kBadInput, "a weight holds NaN or infinity", "export the model again from sound weights");
  }
}

}  // namespace

IntegerGrid grid_of(DataType type, bool affine) {
  const int half = 1 << (bit_width(type) - 1);
  const bool is_signed = type == DataType::kInt4 || type == DataType::kInt8;
  QUOIN_CHECK(is_signed || type == DataType::kUint4 || type == DataType::kUint8, "weights have 4 or 8 bits");
  return is_signed ? IntegerGrid{-half, half - 1, 0, affine} : IntegerGrid{0, 2 * half - 1, half, affine};
}

QuantizedGroup quantize_group(std::span<const float> group, const IntegerGrid& grid, bool search, float least_scale) {
  float low = 0, high = 0;
  for (const float w : group) {
    low = std::min(low, w);
    high = std::max(high, w);
  }
  QuantizedGroup best;
  best.zero_point = grid.affine ? grid.low : grid.zero;
  best.values.assign(group.size(), best.zero_point);
  best.scale = std::max(1.0F, least_scale);
  if (low == high) return best;
  const double whole = grid.affine ? (static_cast<double>(high) - low) / (grid.high - grid.low)
                                   : static_cast<double>(std::max(-low, high)) / (grid.high - grid.zero);
  best.squared_error = std::numeric_limits<double>::infinity();
  std::vector<int> values(group.size());
  const double first = search ? kFirstFactor : 1, last = search ? kLastFactor : 1;
  for (double factor = first; factor < last + kFactorStep / 2; factor += kFactorStep) {
    const float scale = std::max({static_cast<float>(whole * factor), least_scale, std::numeric_limits<float>::min()});
    int zero = grid.zero;
    if (grid.affine) {
      const double exact = round_half_even(grid.low - low * factor / static_cast<double>(scale));
      zero = static_cast<int>(std::clamp<double>(exact, grid.low, grid.high));
    }
    double error = 0;
    for (size_t i = 0; i < group.size(); ++i) {
      const double exact = static_cast<double>(group[i]) / static_cast<double>(scale);
      values[i] = static_cast<int>(std::clamp<double>(round_half_even(exact) + zero, grid.low, grid.high));
      const double difference = static_cast<double>(group[i]) - static_cast<double>(scale) * (values[i] - zero);
      error += difference * difference;
    }
    if (error >= best.squared_error) continue;
    best.squared_error = error;
    best.scale = scale;
    best.zero_point = zero;
    best.values = values;
  }
  return best;
}

QuantizedWeight quantize_groups(const Tensor& weight, std::optional<int> axis, int64_t block, DataType type,
                                bool affine, bool search, const std::vector<float>& least_scales) {
  check_finite(weight);
  const std::span<const float> exact = weight.as<float>();
  const IntegerGrid grid = grid_of(type, affine);
  QuantizedWeight result;
  result.axis = axis;
  result.block = block;
  std::vector<int> integers(exact.size());
  std::vector<float> group;
  for_each_group(weight.shape(), axis, block, [&](size_t number, const std::vector<size_t>& indices) {
    group.clear();
    for (const size_t at : indices) group.push_back(exact[at]);
    const QuantizedGroup quantized =
        quantize_group(group, grid, search, least_scales.empty() ? 0 : least_scales.at(number));
    result.scales.push_back(quantized.scale);
    result.zero_points.push_back(quantized.zero_point);
    for (size_t i = 0; i < indices.size(); ++i) integers[indices[i]] = quantized.values[i];
  });
  if (!affine && grid.zero == 0) result.zero_points.clear();
  result.values = integer_tensor(type, weight.shape(), integers);
  return result;
}

std::vector<double> QuantizedWeight::dequantized() const {
  const std::vector<int64_t> integers = values.to_int64s();
  std::vector<double> result(integers.size());
  const bool alone = scales.size() == 1;
  for_each_group(values.shape(), alone ? std::nullopt : axis, block,
                 [&](size_t group, const std::vector<size_t>& indices) {
                   const int64_t zero = zero_points.empty() ? 0 : zero_points.at(group);
                   for (const size_t at : indices)
                     result[at] = static_cast<double>(scales.at(group)) * static_cast<double>(integers[at] - zero);
                 });
  return result;
}

Tensor integer_tensor(DataType type, const Shape& shape, std::span<const int> values) {
  std::string bytes;
  if (bit_width(type) == 8) {
    for (const int value : values) bytes += static_cast<char>(value);
  } else {
    QUOIN_CHECK(bit_width(type) == 4, "weights have 4 or 8 bits");
    bytes.assign((values.size() + 1) / 2, '\0');
    for (size_t i = 0; i < values.size(); ++i) {
      const unsigned half = static_cast<unsigned>(values[i]) & 0xFU;
      bytes[i / 2] = static_cast<char>(static_cast<unsigned char>(bytes[i / 2]) | (i % 2 == 0 ? half : half << 4U));
    }
  }
  return Tensor(type, shape, std::move(bytes));
}

Tensor transposed_integers(const Tensor& matrix) {
  const std::vector<int64_t> values = matrix.to_int64s();
  const auto rows = static_cast<size_t>(matrix.shape().at(0)), columns = static_cast<size_t>(matrix.shape().at(1));
  std::vector<int> turned(values.size());
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < columns; ++c) turned[c * rows + r] = static_cast<int>(values[r * columns + c]);
  }
  return integer_tensor(matrix.type(), {matrix.shape()[1], matrix.shape()[0]}, turned);
}

}  // namespace quoin
