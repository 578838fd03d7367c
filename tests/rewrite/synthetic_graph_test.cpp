// The made-up models that transform is measured on: what is in them, and what the built-ins find.
#include "../../benchmarks/synthetic_graph.h"

#include <gmock/gmock.h>

#include "helpers.h"
#include "quoin/patterns.h"
#include "quoin/plan.h"

namespace quoin::testing {
namespace {

PatternList every_builtin() {
  PatternList list;
  for (const PatternRef& pattern : builtin_patterns()) {
    // Undoes DecomposeMicrosoftMultiHeadAttention: no list can hold both.
    if (pattern->name() != "ComposeMultiHeadAttention") list.add(pattern);
  }
  return list;
}

TEST(SyntheticGraph, IsAWholeModelOfThatManyNodes) {
  const Graph graph = benchmarks::synthetic_graph(1000);
  EXPECT_GE(graph.node_count(), 1000U);
  EXPECT_LT(graph.node_count(), 1250U);
  EXPECT_TRUE(verify_graph(graph).empty());
  check_model(graph);
  for (const Node* node : graph.nodes()) EXPECT_TRUE(node->output(0).static_shape()) << node->label();
  EXPECT_EQ(fingerprint(graph), fingerprint(benchmarks::synthetic_graph(1000)));
}

TEST(SyntheticGraph, HasWhatThePatternsLookFor) {
  const TransformResult result = transform(benchmarks::synthetic_graph(1000), every_builtin(), {.verify_each = true});
  const std::map<std::string, int> counts = result.matches.counts();
  for (const char* pattern :
       {"FoldShapeArithmetic", "ConvBNAddReLU", "ConvBNReLU", "LayerNorm", "Linear", "ScaledDotProductAttention"})
    EXPECT_GT(counts.contains(pattern) ? counts.at(pattern) : 0, 0) << pattern;
}

TEST(SyntheticGraph, GrowsByMatchesOfTheSameKinds) {
  const auto per_node = [](size_t nodes) {
    const Graph graph = benchmarks::synthetic_graph(nodes);
    const TransformResult result = transform(graph, every_builtin(), {.verify_each = false});
    return static_cast<double>(result.matches.units.size()) / static_cast<double>(graph.node_count());
  };
  EXPECT_NEAR(per_node(500), per_node(3000), 0.02);
}

}  // namespace
}  // namespace quoin::testing
