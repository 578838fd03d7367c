#include "graph/fixed_values.h"

#include <string_view>

namespace quoin {
namespace {

bool draws(const Node& node) {
  static const std::unordered_set<std::string_view> ops = {
      "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike", "Bernoulli", "Multinomial", "Dropout"};
  return ops.contains(node.op());
}

}  // namespace

std::unordered_set<const Value*> fixed_values(const Graph& graph) {
  std::unordered_set<const Value*> fixed;
  for (const Node* node : graph.nodes()) {
    if (draws(*node) || !node->subgraphs().empty()) continue;
    bool all = true;
    for (int i = 0; i < node->input_count() && all; ++i) {
      const Value& input = node->input(i);
      all = !node->has_input(i) || input.constant() || fixed.contains(&input);
    }
    for (int i = 0; i < node->output_count() && all; ++i) fixed.insert(&node->output(i));
  }
  return fixed;
}

}  // namespace quoin
