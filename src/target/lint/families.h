// The families of lint rules, a file each; registry.cpp lists them.
#pragma once

#include <vector>

#include "quoin/lint.h"

namespace quoin {

std::vector<LintRule> tensorrt_types();
std::vector<LintRule> tensorrt_precision();
std::vector<LintRule> tensorrt_fusion();
std::vector<LintRule> tensorrt_shapes();
std::vector<LintRule> tensorrt_attention();
std::vector<LintRule> onnxruntime_conv();
std::vector<LintRule> onnxruntime_matmul();
std::vector<LintRule> onnxruntime_elementwise();
std::vector<LintRule> onnxruntime_types();
std::vector<LintRule> onnxruntime_layout();
std::vector<LintRule> openvino_types();
std::vector<LintRule> openvino_fusion();
std::vector<LintRule> openvino_results();
std::vector<LintRule> openvino_pools();
std::vector<LintRule> pairs();

}  // namespace quoin
