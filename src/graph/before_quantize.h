// What stands between a product and the QuantizeLinear behind it.
#pragma once

#include "quoin/graph.h"

namespace quoin {

struct BeforeQuantize {
  bool quantized = false;  // some QuantizeLinear takes what becomes of the value
  // In front of one of them: a BatchNormalization, or an elementwise op (Mul, Add, Max, Neg, …; no activation) of the
  // value alone or with constants of one number, or one per place of the last axis: a compiler can take those into that
  // QuantizeLinear.
  bool numbers = false;
};

// Looks behind elementwise ops, activations, Concat and ops that only move values.
BeforeQuantize before_quantize(const Value& value);

// Whether a QuantizeLinear reads the value, itself or behind Relu, Clip, ops that only move values, and
// sums and products with constants.
bool is_quantized_next(const Value& value);

}  // namespace quoin
