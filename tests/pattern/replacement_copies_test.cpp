// Replacements that copy captured nodes, choose the first of several terms, and leave out what depends on an absent
// part.
#include "graphs.h"

namespace quoin {
namespace {

std::string ops_of(const Graph& graph, const DefinedPattern& pattern) {
  const Matches matches = match_tree(graph, pattern);
  if (matches.empty()) return "no match";
  std::string text;
  for (const FragmentNode& node : pattern.replace(matches.front()).nodes)
    text += (text.empty() ? "" : " ") + node.op + std::to_string(node.inputs.size());
  return text;
}
std::string error_of_replacement(const std::string& tree, const std::string& replace) {
  try {
    conversion_of(tree, replace);
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

TEST(ReplacementCopies, HaveOperatorAndAttributesOfTheNode) {
  const DefinedPattern pattern = conversion_of("Relu(Transpose|LeakyRelu(x) as first)", "first(Abs(x))");
  const Graph graph = graph_of("p = LeakyRelu <alpha = 0.5> (x)  y = Relu (p)");
  const Replacement replacement = pattern.replace(match_tree(graph, pattern).front());
  ASSERT_EQ(replacement.nodes.size(), 2U);
  EXPECT_EQ(replacement.nodes[1].op, "LeakyRelu");
  EXPECT_EQ(std::get<float>(replacement.nodes[1].attributes.at("alpha")), 0.5F);
}

TEST(ReplacementCopies, AreLeftOutWhereTheNodeIsAbsent) {
  const DefinedPattern pattern = conversion_of("Relu(Neg?(Abs(x) as inner) as middle)", "middle?(inner(x))");
  EXPECT_EQ(ops_of(graph_of("p = Abs (x)  q = Neg (p)  y = Relu (q)"), pattern), "Abs1 Neg1");
  EXPECT_EQ(ops_of(graph_of("p = Abs (x)  y = Relu (p)"), pattern), "Abs1");
  const DefinedPattern wanted = conversion_of("Relu(Neg?(Abs(x) as inner) as middle)", "middle(inner(x))");
  const Graph graph = graph_of("p = Abs (x)  [r] y = Relu (p)");
  try {
    wanted.replace(match_tree(graph, wanted).front());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "the replacement of Relu 'r' wants a node like 'middle', which is not there");
    EXPECT_EQ(error.remedy(), "write middle?(...) where it may be absent");
  }
}

TEST(ReplacementCopies, OperatorsAreLeftOutWhereAFurtherInputIsAbsent) {
  const DefinedPattern pattern = conversion_of("Relu(Add?(Abs(x), b) as sum)", "Sub?(Neg(x), b)");
  EXPECT_EQ(ops_of(graph_of("p = Abs (x)  q = Add (p, x)  y = Relu (q)"), pattern), "Neg1 Sub2");
  EXPECT_EQ(ops_of(graph_of("p = Abs (x)  y = Relu (p)"), pattern), "Neg1");
}

TEST(ReplacementCopies, OperatorsAreLeftOutWhereTheirConditionDoesNotHold) {
  const DefinedPattern pattern = conversion_of("Relu(Neg?(x) as inner)", "Abs?{exists(inner)}(Exp(x))");
  EXPECT_EQ(ops_of(graph_of("p = Neg (x)  y = Relu (p)"), pattern), "Exp1 Abs1");
  EXPECT_EQ(ops_of(graph_of("y = Relu (x)"), pattern), "Exp1");
}

TEST(ReplacementCopies, AConditionThatIsNotKnownIsAnError) {
  const DefinedPattern pattern = conversion_of("Relu(x)", "Abs?{dim(x, 0) == 1}(Exp(x))");
  const Graph graph = graph_of("[r] y = Relu (x)", "float[N,2] x", "float[N,2] y");
  try {
    pattern.replace(match_tree(graph, pattern).front());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "whether Abs? stands in the replacement of Relu 'r' is not known: dimension 0 of 'x' is unknown");
    EXPECT_EQ(error.remedy(), "let the pattern ask for it in 'where'");
  }
}

TEST(ReplacementCopies, TheFirstTermThatIsThereStands) {
  const DefinedPattern pattern = conversion_of("Relu(Add?(Abs(x), b))", "Mul(x, (b | 2))");
  const auto second = [&](const std::string& nodes) {
    const Graph graph = graph_of(nodes);
    return pattern.replace(match_tree(graph, pattern).front()).nodes.front().inputs.at(1).index();
  };
  EXPECT_EQ(second("p = Abs (x)  q = Add (p, x)  y = Relu (q)"), 1U) << "the value";
  EXPECT_EQ(second("p = Abs (x)  y = Relu (p)"), 3U) << "the constant";
}

TEST(ReplacementCopies, ErrorsSayWhere) {
  EXPECT_EQ(error_of_replacement("Relu(Abs(x) as inner)", "innr(x)"), "unknown helper 'innr'");
  EXPECT_EQ(error_of_replacement("Relu(Abs(x) as inner)", "(x | 2"),
            "expected ')' after the alternatives, found the end of the replacement");
  EXPECT_EQ(error_of_replacement("Relu(Abs(x) as inner)", "Neg?(x)"), "Neg? depends on nothing");
}

}  // namespace
}  // namespace quoin
