// Weights as int8 with one scale, or one per channel.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "quantize/rounding.h"
#include "quoin/error.h"
#include "quoin/quantize.h"

namespace quoin {
namespace {

// A tensor seen as [outer, channels, inner] around the channel axis.
struct Layout {
  size_t outer = 1, channels = 1, inner = 1;
};

Layout layout_of(const Shape& shape, std::optional<int> axis) {
  Layout layout;
  if (!axis) {
    layout.inner = static_cast<size_t>(element_count(shape));
    return layout;
  }
  QUOIN_CHECK(*axis >= 0 && static_cast<size_t>(*axis) < shape.size(),
              "the channel axis of a weight is not one of its axes");
  const auto place = static_cast<size_t>(*axis);
  for (size_t i = 0; i < shape.size(); ++i) {
    size_t& part = i < place ? layout.outer : i == place ? layout.channels : layout.inner;
    part *= static_cast<size_t>(shape[i]);
  }
  return layout;
}

// Calls visit(channel, first index, count) for every run of values of one channel.
template <typename Visit>
void for_each_run(const Layout& layout, Visit visit) {
  for (size_t outer = 0; outer < layout.outer; ++outer) {
    for (size_t channel = 0; channel < layout.channels; ++channel) {
      visit(channel, (outer * layout.channels + channel) * layout.inner, layout.inner);
    }
  }
}

}  // namespace

QuantizedWeight quantize_weight(const Tensor& weight, std::optional<int> axis, int bits,
                                const std::vector<float>& least_scales, DataType scale_type) {
  if (weight.type() != DataType::kFloat) {
    throw Error(ErrorCode::kBadInput, fmt::format("a weight is {}, wanted float", to_string(weight.type())));
  }
  QUOIN_CHECK(bits >= 2 && bits <= 8, "weights have 2 to 8 bits");
  const Layout layout = layout_of(weight.shape(), axis);
  QUOIN_CHECK(least_scales.empty() || least_scales.size() == layout.channels, "one least scale per channel");
  const std::span<const float> values = weight.as<float>();
  std::vector<float> largest(layout.channels, 0.0F);
  for_each_run(layout, [&](size_t channel, size_t first, size_t count) {
    for (const float value : values.subspan(first, count)) {
      if (!std::isfinite(value)) {
        throw Error(ErrorCode::kBadInput, "a weight holds NaN or infinity",
                    "export the model again from sound weights");
      }
      largest[channel] = std::max(largest[channel], std::abs(value));
    }
  });
  const int most = (1 << (bits - 1)) - 1;
  QuantizedWeight result;
  result.axis = axis;
  for (size_t channel = 0; channel < layout.channels; ++channel) {
    float scale = 1;
    if (largest[channel] > 0) {
      scale =
          std::max(static_cast<float>(static_cast<double>(largest[channel]) / most), std::numeric_limits<float>::min());
    }
    if (!least_scales.empty()) scale = std::max(scale, least_scales[channel]);
    result.scales.push_back(scale_in(scale_type, scale));
  }
  std::vector<int8_t> quantized(values.size());
  for_each_run(layout, [&](size_t channel, size_t first, size_t count) {
    const double scale = result.scales[channel];
    for (size_t i = first; i < first + count; ++i) {
      quantized[i] = static_cast<int8_t>(std::clamp<double>(round_half_even(values[i] / scale), -most, most));
    }
  });
  result.values = Tensor::from(weight.shape(), quantized);
  return result;
}

}  // namespace quoin
