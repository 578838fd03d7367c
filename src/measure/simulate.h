// The simulated accuracy: what a Q/DQ file says, computed without integer kernels.
#pragma once

#include <memory>
#include <string_view>

#include "quoin/engine.h"
#include "quoin/graph.h"

namespace quoin {

// Whose integer kernels are simulated: they round at different places.
enum class IntegerKernels { kOnnxRuntime, kOpenvino };

// The model with every Conv, Gemm and MatMul between Q/DQ as the integers it is about: the product of zero-point-free
// integers, in float exact below 2^24, times one float factor per channel. Summed in dequantized floats instead, every
// thousandth of a step of rounding error turns a few results to the other side of a tie, and 26 layers later a quarter
// of the values differ by a step: luck, that no kernel is to be judged by. Left as they are: products without a
// constant, per-tensor or per-channel, scale, and what that runtime computes in float.
// ONNX Runtime (MLAS's requantization, 1.32.0): the sum with the int32 bias times (sx * sw) / sy, rounded.
// OpenVINO (2026.4.1, found by experiment, docs/targets.md): the sum times sx * sw, plus the float bias, the
// activation, and a QuantizeLinear as FakeQuantize: x * 255 / (high - low) - low * that, rounded.
Graph exact_products(const Graph& model, IntegerKernels kernels = IntegerKernels::kOnnxRuntime);

// A session that computes Q/DQ in float as the integer kernels of the engine named `kernels_of` round. Run by ONNX
// Runtime, for it and for OpenVINO (which would fold the factors into the weights), by exact_products and with the
// float kernels that a user gets: equal to the integer kernels to the bit where those do not saturate and everything
// else is ONNX Runtime's. A model with float16 in it, which ONNX Runtime's own optimizations get wrong, other kernels
// and other simulators: the model as it is, Q/DQ in float.
std::unique_ptr<Session> open_simulation(const Engine& simulator, std::string_view kernels_of, const Graph& model);

}  // namespace quoin
