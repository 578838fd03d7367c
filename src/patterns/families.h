// The families of built-in patterns, a file each; registry.cpp lists them. Their order here is only that of listings:
// which pattern wins is decided by the order of a user's or target's list.
#pragma once

#include <vector>

#include "quoin/pattern.h"

namespace quoin {

std::vector<PatternDef> pool_conversions();
std::vector<PatternDef> linear_conversions();
std::vector<PatternDef> shape_conversions();
std::vector<PatternDef> attention_conversions();
std::vector<PatternDef> attention_operator_conversions();
std::vector<PatternDef> norm_conversions();
std::vector<PatternDef> activation_conversions();
std::vector<PatternDef> scale_conversions();
std::vector<PatternDef> layout_conversions();
std::vector<PatternDef> identity_conversions();
std::vector<PatternDef> hard_activation_conversions();
std::vector<PatternDef> affine_conversions();
std::vector<PatternDef> conv_fusions();
std::vector<PatternDef> gate_fusions();
std::vector<PatternDef> head_fusions();
std::vector<PatternDef> depthwise_fusions();
std::vector<PatternDef> linear_fusions();
std::vector<PatternDef> pool_fusions();
std::vector<PatternDef> elementwise_fusions();
std::vector<PatternDef> product_fusions();
std::vector<PatternDef> shape_fusions();
std::vector<PatternDef> norm_fusions();
std::vector<PatternDef> attention_fusions();
std::vector<PatternDef> patch_fusions();

}  // namespace quoin
