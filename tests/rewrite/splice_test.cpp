#include <gmock/gmock.h>

#include "helpers.h"

namespace quoin::testing {
namespace {

using ::testing::HasSubstr;

Graph two_relus() { return model("agraph (float[4] x) => (float[4] y) { [a] m = Relu (x)  [b] y = Relu (m) }"); }

// The error of applying `replace` at the Relu that gives `y`.
Error refusal(Scripted::Replace replace, Graph graph = two_relus()) {
  const Scripted pattern("Broken", "Relu(Relu(x) as inside) as outside", PatternKind::kConversion, std::move(replace));
  const Matches matches = match_tree(graph, pattern);
  EXPECT_EQ(matches.size(), 1U);
  const std::string before = to_text(graph);
  Error error = error_of([&] { apply_replacement(graph, matches.at(0), pattern.replace(matches.at(0))); });
  EXPECT_EQ(to_text(graph), before) << "changed in spite of the error";
  EXPECT_TRUE(verify_graph(graph).empty());
  return error;
}

FragmentNode fragment_node(std::string op, std::vector<Operand> inputs) {
  FragmentNode node;
  node.op = std::move(op);
  node.inputs = std::move(inputs);
  return node;
}

TEST(Splice, RefusesAValueThatLosesItsProducer) {
  const Error error = refusal([](const Match&) { return Replacement(); });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.message(), "the replacement of pattern 'Broken' removes 'b' while 'y' is read outside");
  EXPECT_EQ(error.where(), "b");
}

TEST(Splice, RefusesNodesInACircle) {
  const Error error = refusal([](const Match& match) {
    Replacement replacement;
    replacement.nodes = {fragment_node("Relu", {FragmentOutput{1, 0}}), fragment_node("Relu", {FragmentOutput{0, 0}})};
    replacement.outputs = {{&match["outside"].output(0), FragmentOutput{1, 0}}};
    return replacement;
  });
  EXPECT_THAT(error.message(), HasSubstr("read one another in a circle"));
}

TEST(Splice, RefusesAnOutputThatNoNodeMakes) {
  const Error error = refusal([](const Match& match) {
    Replacement replacement;
    replacement.outputs = {{&match["outside"].output(0), FragmentOutput{3, 0}}};
    return replacement;
  });
  EXPECT_THAT(error.message(), HasSubstr("reads the output of a node that it does not make"));
}

TEST(Splice, RefusesANewShapeOfAGraphOutput) {
  Graph graph = model("agraph (float[2,3] x) => (float[2,3] y) { m = Relu (x)  y = Relu (m) }");
  const Error error = refusal(
      [](const Match& match) {
        Replacement replacement;
        replacement.nodes = {fragment_node("Transpose", {match.find_value("x")})};
        replacement.outputs = {{&match["outside"].output(0), FragmentOutput{0, 0}}};
        return replacement;
      },
      std::move(graph));
  EXPECT_EQ(error.message(),
            "pattern 'Broken' cannot be applied: dimension 0 of the graph output 'y' would be 3, not 2");
}

TEST(Splice, RefusesAGraphInputAsGraphOutput) {
  const Error error = refusal([](const Match& match) {
    Replacement replacement;
    replacement.outputs = {{&match["outside"].output(0), match.find_value("x")}};
    return replacement;
  });
  EXPECT_EQ(error.message(),
            "pattern 'Broken' cannot be applied: the graph output 'y' cannot take the place of 'x', a graph input");
}

TEST(Splice, MakesAUnitOfKeptAndNewNodes) {
  Graph graph = two_relus();
  const Scripted pattern("Mixed", "Relu(Relu(x) as inside) as outside", PatternKind::kFusion, [](const Match& match) {
    Replacement replacement;
    replacement.unit = "FusedMixed";
    replacement.kept = {&match["inside"]};
    FragmentNode abs = fragment_node("Abs", {&match["inside"].output(0)});
    abs.origins = {&match["outside"]};
    replacement.nodes = {abs};
    replacement.outputs = {{&match["outside"].output(0), FragmentOutput{0, 0}}};
    replacement.captures = {{"outside", 0}};
    return replacement;
  });
  const Matches matches = match_tree(graph, pattern);
  ASSERT_EQ(matches.size(), 1U);
  const Unit* unit = apply_replacement(graph, matches[0], pattern.replace(matches[0]));
  ASSERT_NE(unit, nullptr);
  EXPECT_EQ(unit->kind, "FusedMixed");
  EXPECT_EQ(unit->pattern, "Mixed");
  EXPECT_EQ(unit->nodes.size(), 2U);
  EXPECT_EQ(unit->captures.at("outside")->op(), "Abs");
  EXPECT_EQ(unit->captures.at("outside")->name(), "b");
  EXPECT_EQ(unit->captures.at("inside")->name(), "a");
  EXPECT_TRUE(verify_graph(graph).empty());
}

TEST(Splice, KeepsAConstantForAReplacedValue) {
  Graph graph = model("agraph (float[4] x) => (float[4] y) { s = Shape (x)  c = Cast <to = 1> (s)  y = Add (x, c) }");
  const Scripted pattern("FoldShape", "Cast(Shape(x)) as cast", PatternKind::kConversion, [](const Match& match) {
    Replacement replacement;
    replacement.outputs = {{&match["cast"].output(0), Tensor::from<float>({1}, std::vector<float>{4})}};
    return replacement;
  });
  const TransformResult result = transform(graph, list_of({std::make_shared<const Scripted>(pattern)}));
  EXPECT_EQ(ops(result.graph), "Add");
  EXPECT_EQ(result.graph.nodes()[0]->input(1).constant()->to_floats(), std::vector<float>{4});
}

}  // namespace
}  // namespace quoin::testing
