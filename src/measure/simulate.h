// The simulated accuracy: what a Q/DQ file says, computed without integer kernels.
#pragma once

#include <memory>

#include "quoin/engine.h"
#include "quoin/graph.h"

namespace quoin {

// The model with every Conv, Gemm and MatMul between Q/DQ as the integers it is about: the product of zero-point-free
// integers, in float exact below 2^24, times one float factor, sx * sw (/ sy where a QuantizeLinear follows). Summed in
// dequantized floats instead, every thousandth of a step of rounding error turns a few results to the other side of a
// tie, and 26 layers later a quarter of the values differ by a step: luck, that no kernel is to be judged by.
// Left as they are: products without a constant, per-tensor or per-channel, scale, and convolutions whose result stays
// float, which no kernel computes in integer.
Graph exact_products(const Graph& model);

// A session that computes Q/DQ in float. On ONNX Runtime by exact_products, with the factor that its kernels multiply
// by, (sx * sw) / sy in float32 (MLAS's requantization, onnxruntime 1.32.0), and with the float kernels that a user
// gets: equal to the integer kernels to the bit where those do not saturate. A model with float16 in it, which ONNX
// Runtime's own fusions do not know, and other engines: the model as it is.
std::unique_ptr<Session> open_simulation(const Engine& engine, const Graph& model);

}  // namespace quoin
