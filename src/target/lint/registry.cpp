// Every lint rule by id.
#include <algorithm>

#include "quoin/error.h"
#include "target/lint/families.h"

namespace quoin {
namespace {

std::vector<LintRule> all_families() {
  std::vector<LintRule> all;
  for (const auto& family :
       {tensorrt_types(), tensorrt_precision(), tensorrt_fusion(), tensorrt_shapes(), tensorrt_attention(),
        onnxruntime_conv(), onnxruntime_matmul(), onnxruntime_elementwise(), onnxruntime_types(), onnxruntime_layout(),
        openvino_types(), openvino_fusion(), openvino_results(), openvino_pools(), pairs()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  std::stable_sort(all.begin(), all.end(), [](const LintRule& a, const LintRule& b) { return a.id < b.id; });
  for (const LintRule& rule : all)
    QUOIN_CHECK(rule.check && rule.lowest <= rule.severity, "a lint rule without a check");
  return all;
}

}  // namespace

const std::vector<LintRule>& lint_rules() {
  static const std::vector<LintRule> rules = all_families();
  return rules;
}

const LintRule* find_lint_rule(std::string_view id) {
  for (const LintRule& rule : lint_rules()) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

std::vector<std::string> lint_rule_names() {
  std::vector<std::string> names;
  for (const LintRule& rule : lint_rules()) {
    names.emplace_back(rule.id);
    if (std::find(names.begin(), names.end(), rule.family) == names.end()) names.emplace_back(rule.family);
  }
  return names;
}

}  // namespace quoin
