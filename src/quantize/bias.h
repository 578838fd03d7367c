// int32 biases: b / (input scale x weight scale).
#pragma once

#include <vector>

#include "quoin/tensor.h"

namespace quoin {

// Half of an int32 accumulator: the other half is for the sum of products.
inline constexpr double kLargestBias = 1 << 30;

struct QuantizedBias {
  Tensor values;              // int32, shape [channels]
  std::vector<float> scales;  // one, or one per channel
};

// One number per channel, whatever shape the file gives it (a scalar or [1, N] for Gemm).
std::vector<float> bias_values(const Tensor& bias, size_t channels);

// The weight scales below which a bias would leave [-kLargestBias, kLargestBias]: |b| / (input scale x kLargestBias),
// one per weight scale (`weight_scales` of them: one, one per channel, or one per channel of a group, which all groups
// of a ConvTranspose share).
std::vector<float> least_weight_scales(const std::vector<float>& bias, float input_scale, size_t weight_scales);

// round_half_even(b / s) with s = input scale x weight scale as a float product, as ONNX Runtime demands. Weight scales
// as above.
QuantizedBias quantize_bias(const std::vector<float>& bias, float input_scale, const std::vector<float>& weight_scales);

}  // namespace quoin
