// Bodies of If and Loop through explain, quantization and saved functions.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "nested_model.h"
#include "quantize/emitted.h"
#include "quoin/check_pattern.h"
#include "quoin/explain.h"
#include "quoin/patterns.h"
#include "quoin/pipeline.h"

namespace quoin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

Target onnxruntime_target() { return load_target("onnxruntime-cpu"); }

std::string text_of(const ModelExplanation& model) {
  std::string text;
  for (const UnitExplanation& unit : model.units) {
    text += fmt::format("{}{} by {}: {}\n", unit.unit, unit.body.empty() ? "" : " in " + unit.body, unit.pattern,
                        fmt::join(unit.nodes, ", "));
    for (const PointExplanation& point : unit.points)
      text += fmt::format("  {} {} of '{}': {}\n", point.opened ? "open" : "closed", point.point, point.value,
                          point.reason);
  }
  for (const Unclaimed& node : model.unclaimed)
    text += fmt::format("unclaimed {} '{}' in '{}': {}\n", node.op, node.node, node.body, node.reason);
  return text;
}

TEST(BodiesExplained, AsAWhole) {
  const Target target = onnxruntime_target();
  const PatternList list = {ConvBNReLU()};
  EXPECT_EQ(text_of(explain_model(testing::nested_model(), list, target)),
            R"(FusedConvBNReLU_1 by ConvBNReLU: stem, stem_relu
  open input(stem) of 'x': target onnxruntime-cpu: an integer kernel needs its input quantized
  open weight(stem) of 'w': target onnxruntime-cpu: an integer kernel needs its weight quantized
  open output of 'r': target onnxruntime-cpu: Conv, Add, Concat, pools and elementwise ops run on integers only where their output is quantized too
FusedConvBNReLU_2 in loop.body by ConvBNReLU: a, b
  closed input(a) of 'state': the unit is in the subgraph 'loop.body': ranges are measured in the main graph only
  closed weight(a) of 'w': the unit is in the subgraph 'loop.body': ranges are measured in the main graph only
  closed output of 'b_out': the unit is in the subgraph 'loop.body': ranges are measured in the main graph only
FusedConvBNReLU_3 in loop.body/if.then_branch by ConvBNReLU: c, d
  closed input(c) of 'b_out': the unit is in the subgraph 'loop.body/if.then_branch': ranges are measured in the main graph only
  closed weight(c) of 'w': the unit is in the subgraph 'loop.body/if.then_branch': ranges are measured in the main graph only
  closed output of 'then_out': the unit is in the subgraph 'loop.body/if.then_branch': ranges are measured in the main graph only
unclaimed Conv 'c' in 'loop.body/if.else_branch': no fusion of the list looks at Conv
)");
}

TEST(BodiesExplained, ANodeOfOne) {
  const Target target = onnxruntime_target();
  const PatternList list = {ConvBNReLU()};
  const NodeExplanation first = explain_node(testing::nested_model(), list, target, "a");
  EXPECT_EQ(first.body, "loop.body");
  EXPECT_EQ(first.pattern, "ConvBNReLU");
  ASSERT_THAT(first.points, ::testing::Not(::testing::IsEmpty()));
  EXPECT_FALSE(first.points[0].opened);
  EXPECT_EQ(first.points[0].reason,
            "the unit is in the subgraph 'loop.body': ranges are measured in the main graph only");
  // Both branches have a node "c".
  const NodeExplanation then = explain_node(testing::nested_model(), list, target, "loop.body/if.then_branch/c");
  EXPECT_EQ(then.body, "loop.body/if.then_branch");
  EXPECT_EQ(then.pattern, "ConvBNReLU");
  const NodeExplanation otherwise = explain_node(testing::nested_model(), list, target, "loop.body/if.else_branch/c");
  EXPECT_EQ(otherwise.body, "loop.body/if.else_branch");
  EXPECT_EQ(otherwise.unit, "");
  ASSERT_THAT(otherwise.misses, SizeIs(1));
  const PatternExplanation pattern = explain_pattern(testing::nested_model(), list, "ConvBNReLU");
  EXPECT_THAT(pattern.units, SizeIs(3));
}

TEST(BodiesQuantized, StayFloatAndSaySo) {
  const Target target = onnxruntime_target();
  const PatternList list = {ConvBNReLU()};
  const auto [fused, matches] = transform(testing::nested_model(), list);
  QuantizedModel model = insert_qdq(fused, matches, target);
  EXPECT_EQ(model.quantized_units(), 1);
  size_t closed = 0;
  for (const ClosedPoint& point : model.closed) {
    if (point.unit != "FusedConvBNReLU_3") continue;
    ++closed;
    EXPECT_EQ(point.reason,
              "the unit is in the subgraph 'loop.body/if.then_branch': ranges are measured in the main graph only");
  }
  EXPECT_EQ(closed, matches.units[2].points.size());
  give_ranges(model, -1, 1);
  const Graph emitted = emit(model).graph;
  EXPECT_TRUE(verify_graph(emitted).empty());
  check_model(emitted);
}

TEST(BodiesSaved, AsFunctionsTheyRunTheSame) {
  std::optional<std::unique_ptr<Engine>> engine;
  try {
    engine = open_engine("onnxruntime");
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();
  }
  const Graph model = testing::nested_model();
  const PatternList list = {ConvBNReLU()};
  const auto [fused, matches] = transform(model, list);
  ASSERT_EQ(matches.units.size(), 3U);
  const Graph functions = load_bytes(serialize(fused, {.functions = true}));
  EXPECT_EQ(functions.file_info().functions.size(), 3U);
  for (const Graph* other : {&fused, &functions})
    EXPECT_LT(prove_lossless(model, *other, **engine).max_abs_difference, 1e-5);
}

}  // namespace
}  // namespace quoin
