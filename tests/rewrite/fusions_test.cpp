#include <gmock/gmock.h>

#include <chrono>

#include "helpers.h"

namespace quoin::testing {
namespace {

using ::testing::ElementsAre;

Graph block() {
  return model(R"(agraph (float[1,2,4,4] x) => (float[1,2,4,4] y) <float[2,2,1,1] w = {1,2,3,4}> {
    [conv] c = Conv (x, w)  [relu] r = Relu (c)  [conv2] d = Conv (r, w)  [last] y = Neg (d) })");
}

PatternRef conv_relu() {
  return fusion("ConvRelu", "Relu(Conv(x, const w) as conv) as act", {input("conv"), weight("conv"), output()});
}
PatternRef conv() { return fusion("ConvOnly", "Conv(x, const w) as conv", {input("conv")}); }

TEST(Fusions, AreAppliedInTheListsOrder) {
  const TransformResult longest = transform(block(), list_of({conv_relu(), conv()}));
  EXPECT_EQ(longest.matches.counts().at("ConvRelu"), 1);
  EXPECT_EQ(longest.matches.counts().at("ConvOnly"), 1);
  const TransformResult shortest = transform(block(), list_of({conv(), conv_relu()}));
  EXPECT_EQ(shortest.matches.counts().at("ConvOnly"), 2);
  EXPECT_EQ(shortest.matches.counts().count("ConvRelu"), 0U);
}

TEST(Fusions, ReportUnitsNodesOriginsAndPoints) {
  const TransformResult result = transform(block(), list_of({conv(), conv_relu()}), {.record_lost = false});
  EXPECT_TRUE(result.matches.lost.empty());
  const TransformResult longest = transform(block(), list_of({conv_relu(), conv()}));
  ASSERT_EQ(longest.matches.units.size(), 2U);
  const UnitMatch& unit = longest.matches.units[0];
  EXPECT_EQ(unit.pattern->name(), "ConvRelu");
  EXPECT_THAT(unit.nodes, ElementsAre("conv", "relu"));
  EXPECT_THAT(unit.origins, ElementsAre("conv", "relu"));
  ASSERT_EQ(unit.points.size(), 3U);
  EXPECT_EQ(unit.points[0], (PointPlace{Role::kInput, "conv", 0, "x", true}));
  EXPECT_EQ(unit.points[1], (PointPlace{Role::kWeight, "conv", 1, "w", true}));
  EXPECT_EQ(unit.points[2], (PointPlace{Role::kOutput, "", unit.points[2].input, "r", true}));
  EXPECT_EQ(longest.matches.unit_of_node("relu"), &unit);
  EXPECT_EQ(longest.matches.find_unit(unit.unit), &unit);
  EXPECT_EQ(longest.matches.unit_of_node("last"), nullptr);
}

TEST(Fusions, RecordWhatLostAndToWhom) {
  const TransformResult result = transform(block(), list_of({conv(), conv_relu()}), {.record_lost = true});
  ASSERT_EQ(result.matches.lost.size(), 1U);
  EXPECT_EQ(result.matches.lost[0].pattern, "ConvRelu");
  EXPECT_EQ(result.matches.lost[0].root, "relu");
  EXPECT_EQ(result.matches.lost[0].winner, "ConvOnly");
  EXPECT_EQ(result.matches.lost[0].unit, result.matches.units[0].unit);
}

TEST(Fusions, AgainChangeNothing) {
  const PatternList list = list_of({conv_relu(), conv()});
  const TransformResult once = transform(block(), list), twice = transform(once.graph, list);
  EXPECT_EQ(to_text(twice.graph), to_text(once.graph));
  ASSERT_EQ(twice.matches.units.size(), once.matches.units.size());
  EXPECT_EQ(twice.matches.units[0].unit, once.matches.units[0].unit);
  EXPECT_EQ(twice.matches.units[0].points, once.matches.units[0].points);
}

// A match() of one's own that claims every Conv, taken or not.
class Greedy : public Pattern {
 public:
  std::string name() const override { return "Greedy"; }
  Tree tree() const override { return node("Conv").as("conv"); }
  Matches match(const Graph& graph) const override {
    Matches matches;
    for (const Node* node : graph.nodes()) {
      if (!node->is("Conv")) continue;
      Match match;
      match.graph = &graph;
      match.pattern = this;
      match.roots = match.nodes = {node};
      match.node_captures["conv"] = node;
      matches.push_back(match);
    }
    return matches;
  }
};

TEST(Fusions, WithAMatchOfTheirOwnLoseWhatIsClaimed) {
  const TransformResult result = transform(block(), list_of({conv_relu(), std::make_shared<const Greedy>()}));
  EXPECT_EQ(result.matches.counts().at("Greedy"), 1);
  ASSERT_EQ(result.matches.lost.size(), 1U);
  EXPECT_EQ(result.matches.lost[0].pattern, "Greedy");
  EXPECT_EQ(result.matches.lost[0].root, "conv");
  EXPECT_EQ(result.matches.lost[0].winner, "ConvRelu");
}

TEST(Fusions, LeaveNoConstantsBehind) {
  const Graph graph = model(R"(agraph (float[1,1,2,2] x) => (float[1,1,2,2] y)
    <float[1,1,1,1] w = {2}, float[1] s = {3}, float[1] b = {1}, float[1] m = {0}, float[1] v = {1}> {
    c = Conv (x, w)  y = BatchNormalization (c, s, b, m, v) })");
  const TransformResult result = transform(
      graph, list_of({fusion("Folded", "BatchNormalization(Conv(x, const w) as conv) as bn", {weight("conv")})}));
  EXPECT_EQ(ops(result.graph), "Conv");
  ASSERT_EQ(result.graph.initializers().size(), 2U);
  EXPECT_EQ(result.graph.initializers()[0]->name(), "w_folded");
  EXPECT_EQ(graph.initializers().size(), 5U);
}

TEST(Fusions, ThatGivePlainNodesAreAnError) {
  const auto broken =
      std::make_shared<const Scripted>("Plain", "Relu(x) as r", PatternKind::kFusion, [](const Match& match) {
        Replacement replacement;
        replacement.kept = {&match["r"]};
        return replacement;
      });
  const Error error = error_of([&] { transform(block(), list_of({broken})); });
  EXPECT_EQ(error.message(), "the fusion 'Plain' gives plain nodes, not a unit");
  EXPECT_EQ(error.where(), "relu");
}

TEST(Fusions, NameNodesThatTheFileLeftUnnamed) {
  const Graph graph = model("agraph (float[4] x) => (float[4] y) { y = Relu (x) }");
  const TransformResult result = transform(graph, list_of({fusion("OneRelu", "Relu(x) as r", {input("r")})}));
  ASSERT_EQ(result.matches.units.size(), 1U);
  EXPECT_EQ(result.matches.units[0].nodes.at(0), graph.nodes()[0]->label());
  EXPECT_NE(result.graph.find_node(result.matches.units[0].points.at(0).node), nullptr);
}

TEST(Unclaimed, NamesTheNearestMiss) {
  const PatternList list = list_of({conv_relu()});
  const TransformResult result = transform(block(), list);
  const std::vector<Unclaimed> unclaimed = unclaimed_compute_nodes(result.graph, list);
  ASSERT_EQ(unclaimed.size(), 1U);
  EXPECT_EQ(unclaimed[0].node, "conv2");
  EXPECT_EQ(unclaimed[0].op, "Conv");
  EXPECT_EQ(unclaimed[0].reason, "no fusion of the list looks at Conv");
  const Graph dynamic =
      model("agraph (float[1,2,4,4] x, float[2,2,1,1] w) => (float[1,2,4,4] y) { [c] y = Conv (x, w) }");
  const std::vector<Unclaimed> refused = unclaimed_compute_nodes(dynamic, list_of({conv()}));
  ASSERT_EQ(refused.size(), 1U);
  EXPECT_THAT(refused[0].reason, ::testing::HasSubstr("constant"));
}

TEST(Fusions, OfTenThousandNodesAreFast) {
  std::string text = "agraph (float[1,1,2,2] x0) => (float[1,1,2,2] x5000) <float[1,1,1,1] w = {1}> {\n";
  for (int i = 0; i < 5000; ++i) {
    const std::string n = std::to_string(i), next = std::to_string(i + 1);
    text += "c" + n + " = Conv (x" + n + ", w)\nx" + next + " = Relu (c" + n + ")\n";
  }
  const Graph graph = model(text + "}");
  const auto start = std::chrono::steady_clock::now();
  const TransformResult result = transform(graph, list_of({conv_relu(), conv()}), {.record_lost = true});
  EXPECT_EQ(result.matches.units.size(), 5000U);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace quoin::testing
