// What a few words of a pattern could ask of time or of the stack, and do not get.
#include <fmt/format.h>

#include "graphs.h"
#include "pattern/search_budget.h"
#include "quoin/pattern_toml.h"

namespace quoin {
namespace {

std::string repeated(std::string_view text, int count, std::string_view between = "") {
  std::string made(text);
  for (int i = 1; i < count; ++i) made += std::string(between) + std::string(text);
  return made;
}

template <typename Work>
std::string message_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    return error.message();
  }
  return "";
}

// `count` of Relu, one behind the other.
Graph chain(int count) {
  std::string nodes;
  for (int i = 0; i < count; ++i)
    nodes += fmt::format("{} = Relu({})\n", i == count - 1 ? "y" : fmt::format("v{}", i),
                         i == 0 ? "x" : fmt::format("v{}", i - 1));
  return graph_of(nodes);
}

TEST(PatternLimits, OperatorsOfACondition) {
  for (const char* sign : {"&&", "||", "+", "*"}) {
    const std::string text = repeated("1", 20000, sign) + " == 1";
    EXPECT_EQ(message_of([&] { Predicate{std::string_view(text)}; }), "the condition has more than 1000 operators")
        << sign;
  }
  Predicate{std::string_view(repeated("true", 1000, " && "))};
}

TEST(PatternLimits, PartsOfATree) {
  EXPECT_EQ(message_of([] { parse_tree("Relu(" + repeated("x", 70000, ",") + ")"); }),
            "the tree has more than 2000 parts");
  EXPECT_EQ(message_of([] { parse_tree("Relu(x); " + repeated("Relu(x)", 70000, ";")); }),
            "the tree has more than 20 roots");
}

TEST(PatternLimits, NodesOfAMatch) {
  const Graph graph = chain(1200);
  const std::string deep = repeated("Relu{1000,1000}(", 10) + "x" + std::string(10, ')');
  EXPECT_EQ(message_of([&] { match_tree(graph, pattern_of(deep)); }),
            "the tree can stand for 10012 nodes and values, 2500 are the most");
#ifndef __SANITIZE_ADDRESS__  // whose frames are several times as large
  // Nearly the most that is taken fits on the stack.
  EXPECT_EQ(match_tree(graph, pattern_of("Relu{1000,1000}(Relu{200,200}(x))")).size(), 1U);
#endif
}

TEST(PatternLimits, StepsOfASearch) {
  const Graph graph = chain(300);
  EXPECT_THAT(
      message_of([&] { match_tree(graph, pattern_of(repeated("Relu{1,20}(", 5) + "Neg(x)" + std::string(5, ')'))); }),
      testing::StartsWith("the search was given up: the pattern 'P' took 5"));
}

TEST(PatternLimits, RootsAtAValueWithManyReaders) {
  std::string nodes = "y = Relu(x)\n";
  for (int i = 0; i < 999; ++i) nodes += fmt::format("a{} = Relu(x)\n", i);
  const Graph graph = graph_of(nodes);
  EXPECT_THAT(message_of([&] { match_tree(graph, pattern_of("Relu(x) as a; Relu(x) as b; Neg(x)")); }),
              testing::StartsWith("the search was given up: the pattern 'P' took "));
}

TEST(PatternLimits, ABudgetIsOfAllMatchesInIt) {
  const Graph graph = chain(30);
  const DefinedPattern pattern = pattern_of("Relu(Relu(x))");
  const SearchBudget budget(30);
  EXPECT_EQ(match_tree(graph, pattern).size(), 15U);
  const int64_t once = budget.whole() - budget.left();
  EXPECT_GT(once, 30);
  match_tree(graph, pattern);
  EXPECT_EQ(budget.whole() - budget.left(), 2 * once);
}

TEST(PatternLimits, LongTexts) {
  const std::string tree = "[[pattern]]\nname = \"P\"\ntree = \"Relu(" + std::string(70000, 'x') + ")\"\n";
  EXPECT_EQ(message_of([&] { parse_pattern_file(tree, "p.toml"); }), "'tree' has 70006 bytes, 65536 are the most");
}

TEST(PatternLimits, DeepToml) {
  const std::string key = repeated("a", 150000, ".") + " = 1";
  EXPECT_EQ(message_of([&] { parse_pattern_file(key, "p.toml"); }), "tables are nested more than 100 deep");
}

}  // namespace
}  // namespace quoin
