// Parts of trees that several families share, as text of the tree language.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quoin/pattern.h"

namespace quoin {

// A convolution with what exporters leave around it: a Pad of its own before, a BatchNormalization behind.
inline constexpr std::string_view kConvBN =
    "BatchNormalization?(Conv(Pad?(x) as pad, const w, const b?) as conv, const, const, const, const) as bn";

// `y` behind an activation: single nodes, and the functions that exporters spell out (SiLU; HardSwish as y *
// HardSigmoid(y), as y * (Clip(y + 3) / 6) and as y * Clip(y + 3) / 6).
std::string activation(std::string_view y);

// `y` plus the operand `r` of another branch.
std::string residual_add(std::string_view y);

// A fully connected layer: Gemm and a BatchNormalization behind it, or MatMul with a constant weight and the Add of its
// bias.
inline constexpr std::string_view kLinear =
    "(BatchNormalization?(Gemm(x, const w, const b?) as fc, const, const, const, const) as bn"
    " | Add?(MatMul(x, const w) as fc, const b) as bias_add)";
// alpha, beta and transA have no place in an integer kernel; what is added behind a MatMul is a bias (quoin/bias.h).
Predicates linear_conditions();

// GELU of `y` as exporters spell it out: with the error function, with the hyperbolic tangent, with the logistic
// function (the quick form). `y` is the whole tree, at one place; `again` names it at the others.
std::string erf_gelu(std::string_view y, std::string_view again);
std::string tanh_gelu(std::string_view y, std::string_view again);
std::string quick_gelu(std::string_view y, std::string_view again);
// Those, and the operators that stand for the whole.
std::string gelu(std::string_view y, std::string_view again);

// LayerNormalization of `x` spelled out, with captures mean, var, stabilized (the Add of epsilon), scaled, shifted.
std::string spelled_layer_norm();
Predicates spelled_layer_norm_conditions();
// The same for the root mean square, which subtracts no mean.
std::string spelled_rms_norm();
Predicates spelled_rms_norm_conditions();

// A factor that a weight can take in: beyond it the activations that are left, or the weights, get out of the range
// that float16 and 8-bit scales have digits for.
inline constexpr std::string_view kSaneFactor = "abs_max(s) >= 0.00001 && abs_max(s) <= 100000";

// A Pad joins only what it can be folded into; inference-mode BatchNormalization only.
Predicates conv_conditions();
// And the residual Add adds two tensors of one shape.
Predicates residual_conditions();

// For single ops: shape arithmetic and labels are no business of a quantizer.
Predicates float_condition();

Predicates operator+(Predicates left, const Predicates& right);

// A pattern of kind fusion; its unit is named Fused<name>.
PatternDef fusion(std::string name, std::string why, std::string_view tree, Predicates where, QdqPoints points);
PatternDef conversion(std::string name, std::string why, std::string_view tree, Predicates where, std::string replace);

}  // namespace quoin
