// Where a value comes from and where it goes, past the ops that a compiler moves Q/DQ across or fuses.
#pragma once

#include <string_view>

#include "quoin/graph.h"

namespace quoin {

// The node of this op that makes the value: its producer, or one before it, past activations and other elementwise ops
// with constants beside one computed operand, past Concat, and past ops that only move values. Null where there is
// none. A quantized value is another one: the search ends at QuantizeLinear and DequantizeLinear.
const Node* made_by(const Value& value, std::string_view op);

// Whether a node of this op reads the value, itself or behind Concat, Resize and ops that only move values.
bool moves_to(const Value& value, std::string_view op);

// The Concat of parts of unequal size, along another axis than the last, that makes the value: itself, or before Relu,
// Identity, ops that only reshape, and Add, Sub, Mul, Div of one number per last axis, which OpenVINO takes into the Q
// behind. Null where there is none.
const Node* unequal_concat(const Value& value);

// The ReduceMean or ReduceSum without keepdims that makes the value of what a MatMul or Gemm gives; before and behind
// it may stand ops that move values and arithmetic with a constant. Null where there is none.
const Node* summed_product(const Value& value);

// The Mul or Div by constants of one number per place of axis 1, some negative, that makes the value: itself, or before
// Relu, Clip, Identity, sums with zeros and factors of one number, and not right behind a Conv, a MatMul or an
// elementwise op whose kernel takes it along; also a LayerNormalization of a matrix with such a scale and no shift.
// Null where there is none, and for other matrices of fixed size.
const Node* negated_channels(const Value& value);

}  // namespace quoin
