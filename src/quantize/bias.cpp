#include "quantize/bias.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "quantize/rounding.h"
#include "quoin/error.h"

namespace quoin {

std::vector<float> bias_values(const Tensor& bias, size_t channels) {
  std::vector<float> values = bias.to_floats();
  if (values.size() == 1) values.resize(channels, values.front());
  QUOIN_CHECK(values.size() == channels, "a bias has one value per channel");
  return values;
}

std::vector<float> least_weight_scales(const std::vector<float>& bias, float input_scale, size_t weight_scales) {
  QUOIN_CHECK(weight_scales > 0 && bias.size() % weight_scales == 0, "one weight scale, or one per channel of a group");
  // The bias's scale, input scale x weight scale, must be a normal number: a runtime compares it with the product.
  constexpr float kSmallest = 2 * std::numeric_limits<float>::min();
  std::vector<float> least(weight_scales, input_scale < 1 ? kSmallest / input_scale : kSmallest);
  for (size_t i = 0; i < bias.size(); ++i) {
    const double wanted = std::abs(static_cast<double>(bias[i])) / (static_cast<double>(input_scale) * kLargestBias);
    float& scale = least[i % weight_scales];
    scale = std::max(scale, static_cast<float>(wanted));
  }
  return least;
}

QuantizedBias quantize_bias(const std::vector<float>& bias, float input_scale,
                            const std::vector<float>& weight_scales) {
  QuantizedBias result;
  for (size_t i = 0; i < (weight_scales.size() == 1 ? 1 : bias.size()); ++i) {
    result.scales.push_back(
        std::max(input_scale * weight_scales[i % weight_scales.size()], std::numeric_limits<float>::min()));
  }
  std::vector<int32_t> values;
  for (size_t i = 0; i < bias.size(); ++i) {
    const double scale = result.scales[result.scales.size() == 1 ? 0 : i];
    const double value = round_half_even(static_cast<double>(bias[i]) / scale);
    constexpr double kMost = std::numeric_limits<int32_t>::max();
    values.push_back(static_cast<int32_t>(std::clamp(value, -kMost, kMost)));
  }
  result.values = Tensor::from(Shape{static_cast<int64_t>(values.size())}, values);
  return result;
}

}  // namespace quoin
