// Patterns inside the bodies of If and Loop, and at their boundaries.
#include <gmock/gmock.h>

#include "helpers.h"
#include "nested_model.h"
#include "quoin/body.h"
#include "quoin/plan.h"

namespace quoin::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const TransformOptions kCareful = {.record_lost = true, .verify_each = true};

PatternRef conv_relu() {
  return fusion("ConvRelu", "Relu(Conv(x, w, b?) as conv) as relu",
                {parse_qdq_point("input(conv)"), parse_qdq_point("weight(conv)"), parse_qdq_point("output")});
}

std::vector<std::string> refusals_in(const Graph& graph, const Pattern& pattern) {
  Refusals refusals;
  match_tree(graph, pattern, {.refusals = &refusals});
  std::vector<std::string> texts;
  for (const Refusal& refusal : refusals) texts.push_back(refusal.text());
  return texts;
}

const Graph& body(const Graph& model, std::string_view path) {
  for (const ConstBody& each : bodies(model)) {
    if (each.path == path) return *each.graph;
  }
  ADD_FAILURE() << "no body " << path;
  return model;
}

TEST(Bodies, HavePaths) {
  const Graph graph = nested_model();
  std::vector<std::string> paths;
  for (const ConstBody& each : bodies(graph)) paths.push_back(each.path);
  EXPECT_THAT(paths, ElementsAre("", "loop.body", "loop.body/if.else_branch", "loop.body/if.then_branch"));
  EXPECT_EQ(&main_graph(body(graph, "loop.body/if.then_branch")), &graph);
}

TEST(Bodies, AreFusedEachAsAGraphOfItsOwn) {
  const TransformResult result = transform(nested_model(), list_of({conv_relu()}), kCareful);
  std::vector<std::string> units;
  for (const UnitMatch& unit : result.matches.units)
    units.push_back(unit.unit + " " + unit.body + " " + unit.nodes.front() + " " + unit.nodes.back());
  EXPECT_THAT(units, ElementsAre("FusedConvRelu_1  stem stem_relu", "FusedConvRelu_2 loop.body a b",
                                 "FusedConvRelu_3 loop.body/if.then_branch c d"));
  EXPECT_THAT(result.matches.units[2].origins, ElementsAre("c", "d"));
  EXPECT_THAT(verify_graph(result.graph), IsEmpty());
  // Both branches have nodes of these names: only the one in the then branch ends with a Relu.
  EXPECT_TRUE(body(result.graph, "loop.body/if.then_branch").find_node("c")->unit());
  EXPECT_FALSE(body(result.graph, "loop.body/if.else_branch").find_node("c")->unit());
  const TransformResult again = transform(result.graph, list_of({conv_relu()}), kCareful);
  ASSERT_EQ(again.matches.units.size(), 3U);
  EXPECT_EQ(again.matches.units[2].body, "loop.body/if.then_branch");
}

TEST(Bodies, APatternNeverSpansABoundary) {
  // From the outside in: the Conv is around the body that has the Relu.
  const Graph inward = model(R"(agraph (float[1,2,4,4] x, bool c) => (float[1,2,4,4] y) <float[2,2,1,1] w = {1,2,3,4}> {
    [conv] s = Conv (x, w)
    [if] y = If (c) <then_branch = yes () => (float[1,2,4,4] t) { [relu] t = Relu (s) },
                     else_branch = no () => (float[1,2,4,4] e) { [abs] e = Abs (s) }> })");
  EXPECT_THAT(refusals_in(body(inward, "if.then_branch"), *conv_relu()),
              ElementsAre("ConvRelu at Relu 'relu': wanted op in {Conv} as input 0, but it is 's' of the graph around "
                          "this one"));
  EXPECT_THAT(transform(inward, list_of({conv_relu()}), kCareful).matches.units, IsEmpty());

  // From the inside out: the Conv's result leaves the body.
  const Graph outward =
      model(R"(agraph (float[1,2,4,4] x, bool c) => (float[1,2,4,4] y) <float[2,2,1,1] w = {1,2,3,4}> {
    [if] s = If (c) <then_branch = yes () => (float[1,2,4,4] t) { [conv] t = Conv (x, w) },
                     else_branch = no () => (float[1,2,4,4] e) { [abs] e = Abs (x) }>
    [relu] y = Relu (s) })");
  EXPECT_THAT(refusals_in(outward, *conv_relu()),
              ElementsAre("ConvRelu at Relu 'relu': If 'if': wanted op in {Conv}, but op is If"));
  EXPECT_THAT(transform(outward, list_of({conv_relu()}), kCareful).matches.units, IsEmpty());
}

TEST(Bodies, WhatABodyReadsIsReadOutsideTheMatch) {
  const Graph graph = model(R"(agraph (float[1,2,4,4] x, bool c) => (float[1,2,4,4] y) <float[2,2,1,1] w = {1,2,3,4}> {
    [conv] s = Conv (x, w)  [relu] r = Relu (s)
    [if] i = If (c) <then_branch = yes () => (float[1,2,4,4] t) { [exp] t = Exp (s) },
                     else_branch = no () => (float[1,2,4,4] e) { [abs] e = Abs (x) }>
    [add] y = Add (r, i) })");
  EXPECT_THAT(refusals_in(graph, *conv_relu()),
              ElementsAre("ConvRelu at Relu 'relu': Conv 'conv': wanted no use outside the match, but output of Conv "
                          "'conv' is also read in a subgraph of If 'if'"));
  // Even where the match has the node around the body.
  const PatternRef with_if = fusion("WithIf", "Add(Relu(Conv(x)), If(c))");
  EXPECT_THAT(
      refusals_in(graph, *with_if),
      ElementsAre("WithIf at Add 'add': Conv 'conv': wanted no use outside the match, but output of Conv 'conv' "
                  "is also read in a subgraph of If 'if'"));
}

TEST(Bodies, AreConvertedAndTheirCapturesForgotten) {
  const Graph graph = model(R"(agraph (float[4] x, bool c) => (float[4] y) <float one = {1}> {
    [if] y = If (c) <then_branch = yes () => (float[4] t) {
        [outer_if] o = If (c) <then_branch = inner () => (float[4] u) { [mul] m = Mul (x, one)  [n1] p = Neg (m)
                                                                  [n2] q = Neg (p)  [relu] u = Relu (q) },
                               else_branch = other () => (float[4] v) { [n1] v = Neg (x) }>
        [exp] t = Exp (o) },
      else_branch = no () => (float[4] e) { [abs] e = Abs (x) }> })");
  const PatternList list = list_of({conversion("NoDouble", "Neg(Neg(x))", "x"), conversion("NoOne", "Mul(x, 1)", "x")});
  const TransformResult result = transform(graph, list, kCareful);
  EXPECT_EQ(ops(body(result.graph, "if.then_branch/outer_if.then_branch")), "Relu");
  EXPECT_EQ(ops(body(result.graph, "if.then_branch/outer_if.else_branch")), "Neg");
  ASSERT_EQ(result.matches.conversions.size(), 2U);
  for (const ConversionMatch& match : result.matches.conversions)
    EXPECT_EQ(match.body, "if.then_branch/outer_if.then_branch");
  // Nobody reads the constant of the main graph any more.
  EXPECT_FALSE(result.graph.find_value("one"));
  EXPECT_THAT(verify_graph(result.graph), IsEmpty());
  EXPECT_TRUE(graph.find_value("one"));
}

TEST(Bodies, AConversionOutsideFeedsOneInside) {
  const Graph graph = model(R"(agraph (float[2,3] x, bool c) => (float[2,3] y) <int64[2] shape = {2, 3}> {
    [s] s = Identity (shape)
    [if] y = If (c) <then_branch = yes () => (float[2,3] t) { [reshape] t = Reshape (x, s) },
                     else_branch = no () => (float[2,3] e) { [abs] e = Abs (x) }> })");
  const TransformResult result =
      transform(graph, list_of({conversion("Same", "Reshape(x, [2, 3])", "Relu(x)", {"rank(x) == 2"})}), kCareful);
  EXPECT_EQ(ops(body(result.graph, "if.then_branch")), "Relu");
  EXPECT_EQ(ops(result.graph), "If");
}

TEST(Bodies, OfManyLevelsAreAllMatched) {
  std::string text = "[conv] z0 = Conv (x, w)  [relu] y0 = Relu (z0)";
  constexpr int kLevels = 12;
  for (int level = 1; level <= kLevels; ++level) {
    const std::string l = std::to_string(level), inner = std::to_string(level - 1);
    text = "[if" + l + "] i" + l + " = If (c) <then_branch = t" + l + " () => (float[1,2,4,4] y" + inner + ") { " +
           text + " }, else_branch = e" + l + " () => (float[1,2,4,4] n" + l + ") { n" + l + " = Neg (x) }>  [conv] z" +
           l + " = Conv (i" + l + ", w)  [relu] y" + l + " = Relu (z" + l + ")";
  }
  const Graph graph = model("agraph (float[1,2,4,4] x, bool c) => (float[1,2,4,4] y" + std::to_string(kLevels) +
                            ") <float[2,2,1,1] w = {1,2,3,4}> { " + text + " }");
  const TransformResult result = transform(graph, list_of({conv_relu()}), kCareful);
  ASSERT_EQ(result.matches.units.size(), static_cast<size_t>(kLevels) + 1);
  EXPECT_EQ(result.matches.units[2].body, "if12.then_branch/if11.then_branch");
  EXPECT_THAT(result.matches.lost, IsEmpty());
}

TEST(Bodies, WhatIsLostAndUnclaimedThereIsTold) {
  const PatternRef conv = fusion("Conv1", "Conv(x)");
  const TransformResult result = transform(nested_model(), list_of({conv_relu(), conv}), kCareful);
  std::vector<std::string> lost;
  for (const LostMatch& match : result.matches.lost) lost.push_back(match.body + " " + match.root + " " + match.winner);
  EXPECT_THAT(lost, ElementsAre(" stem ConvRelu", "loop.body a ConvRelu", "loop.body/if.then_branch c ConvRelu"));
  const TransformResult one = transform(nested_model(), list_of({conv_relu()}), kCareful);
  const std::vector<Unclaimed> unclaimed = unclaimed_compute_nodes(one.graph, list_of({conv_relu()}));
  ASSERT_EQ(unclaimed.size(), 1U);
  EXPECT_EQ(unclaimed[0].body, "loop.body/if.else_branch");
  EXPECT_EQ(unclaimed[0].node, "c");
}

TEST(Bodies, APlanNamesThem) {
  const Graph graph = nested_model();
  TransformResult result = transform(graph, list_of({conv_relu()}), kCareful);
  const Plan plan = make_plan(graph, result.matches);
  const std::string text = to_toml(plan);
  EXPECT_THAT(text,
              HasSubstr("unit      = \"FusedConvRelu_3\"\nbody      = \"loop.body/if.then_branch\"  # a subgraph: "
                        "always float, as ranges are measured in the main graph only\n"));
  const Plan read = parse_plan(text, "plan.toml");
  EXPECT_EQ(read.matches, plan.matches);
  const std::vector<PlanOutcome> outcomes = apply_plan(read, graph, result.matches);
  EXPECT_EQ(outcomes[0].state, PlanOutcome::State::kApplied);
  EXPECT_EQ(outcomes[2].reason, "precision is \"float\"");
  Plan moved = read;
  moved.matches[2].body = "loop.body";
  EXPECT_THAT(
      error_of([&] { apply_plan(moved, graph, result.matches); }).message(),
      HasSubstr("the unit 'FusedConvRelu_3' is in 'loop.body' in the plan, in 'loop.body/if.then_branch' here"));
}

}  // namespace
}  // namespace quoin::testing
