// Conditions about axes: which a reduction takes, which a constant varies along, where a Transpose takes one, and what
// a Reshape makes of the last one.
#include "graphs.h"
#include "pattern/split_axis.h"

namespace quoin {
namespace {

// "" where the condition holds for the first match, else the reason.
std::string check(const Graph& graph, const std::string& tree, const std::string& condition) {
  const Matches matches = match_tree(graph, pattern_of(tree));
  if (matches.empty()) return "no match";
  const Verdict verdict = Predicate(std::string_view(condition)).evaluate(matches.front());
  return verdict.holds ? "" : verdict.reason;
}

TEST(Axes, OfAReduction) {
  const auto mean = [](const std::string& axes, const std::string& input = "float[N,3,4] x") {
    return graph_of("y = ReduceMean <axes = [" + axes + "]> (x)", input, "float[A,B,C] y");
  };
  const std::string tree = "ReduceMean(x) as mean";
  EXPECT_EQ(check(mean("-1"), tree, "last_axes(mean) == 1"), "");
  EXPECT_EQ(check(mean("2, 1"), tree, "last_axes(mean) == 2"), "");
  EXPECT_EQ(check(mean("1"), tree, "last_axes(mean) == 0"), "");
  EXPECT_EQ(check(mean("0, 2"), tree, "last_axes(mean) >= 1"), "last_axes(mean) is 0");
}

TEST(Axes, OfAParameter) {
  const auto graph = [](const std::string& shape, const std::string& count) {
    return graph_of("m = ReduceMean <axes = [-1]> (x)  d = Sub (x, m)  y = Mul (d, g)", "float[2,3,4] x",
                    "float[2,3,4] y", "float[" + shape + "] g = {" + count + "}");
  };
  const std::string tree = "Mul(Sub(x, ReduceMean(x) as mean), const g)";
  EXPECT_EQ(check(graph("4", "1,2,3,4"), tree, "spans(g, mean)"), "");
  EXPECT_EQ(check(graph("1,1,4", "1,2,3,4"), tree, "spans(g, mean)"), "");
  EXPECT_EQ(check(graph("3,1", "1,2,3"), tree, "spans(g, mean)"), "spans(g, mean) is false");
  EXPECT_EQ(check(graph("4", "1,2,3,4"), tree, "varies_along(g) == -1"), "");
  EXPECT_EQ(check(graph("3,1", "1,2,3"), tree, "varies_along(g) == -2"), "");
  EXPECT_EQ(check(graph("1", "1"), tree, "varies_along(g) == 0"), "");
  EXPECT_EQ(check(graph("3,4", "1,2,3,4,5,6,7,8,9,10,11,12"), tree, "varies_along(g) == -1"),
            "'g' varies along several axes");
}

TEST(Axes, MovedByATranspose) {
  const Graph graph = graph_of("y = Transpose <perm = [0, 3, 1, 2]> (x)", "float[1,2,3,4] x", "float[1,4,2,3] y");
  EXPECT_EQ(check(graph, "Transpose(x) as turn", "moved(turn, -1) == -3"), "");
  EXPECT_EQ(check(graph, "Transpose(x) as turn", "moved(turn, 1) == -2"), "");
  EXPECT_EQ(check(graph, "Transpose(x) as turn", "moved(turn, 7) == -2"), "'turn' has no axis 7 that is known");
}

std::string parts(const std::string& nodes, const std::string& input, const std::string& initializers) {
  const Graph graph = graph_of(nodes, input, "float[A,B,C,D,E] y", initializers);
  for (const Node* node : graph.nodes()) {
    if (!node->is("Reshape")) continue;
    const auto found = split_of_last_axis(*node);
    return found ? testing::PrintToString(*found) : "not certain";
  }
  return "no Reshape";
}
std::string parts_to(const std::string& target, const std::string& input = "float[N,T,24] x") {
  return parts("y = Reshape (x, s)", input, "int64[5] s = {" + target + "}");
}

TEST(SplitOfTheLastAxis, ByNumbers) {
  EXPECT_EQ(parts_to("2, 5, 3, 2, 4", "float[2,5,24] x"), "{ 3, 2, 4 }");
  EXPECT_EQ(parts_to("0, 0, 3, 2, 4"), "{ 3, 2, 4 }");
  EXPECT_EQ(parts_to("0, 0, 3, 2, -1"), "{ 3, 2, 4 }");
  EXPECT_EQ(parts_to("-1, 5, 3, 2, 4", "float[N,5,24] x"), "{ 3, 2, 4 }");
  EXPECT_EQ(parts_to("0, -1, 3, 2, 4"), "{ 3, 2, 4 }");
}

TEST(SplitOfTheLastAxis, NotWhereAnotherAxisMayChange) {
  EXPECT_EQ(parts_to("-1, 5, 3, 2, 4"), "not certain") << "two axes are open";
  EXPECT_EQ(parts_to("2, 10, 3, 2, 4", "float[4,5,24] x"), "not certain");
  EXPECT_EQ(parts_to("0, 0, 3, 2, 5"), "not certain") << "30 numbers of 24";
  EXPECT_EQ(parts("y = Reshape <allowzero = 1> (x, s)", "float[N,T,24] x", "int64[5] s = {0, 0, 3, 2, 4}"),
            "not certain");
  EXPECT_EQ(parts("y = Reshape (x, s)", "float[N,T,24] x, int64[5] s", "int64[1] u = {0}"), "not certain");
}

// The target reads axes off a shape: of the input itself, or of what it is a product of.
TEST(SplitOfTheLastAxis, ByShapesThatAreRead) {
  const std::string read = R"(h = Shape (x)  a = Gather (h, zero)  b = Gather (h, one)
    a1 = Unsqueeze (a, axis)  b1 = Unsqueeze (b, axis)  s = Concat <axis = 0> (a1, b1, rest)  )";
  const std::string numbers =
      "int64 zero = {0}, int64 one = {1}, int64[1] axis = {0}, int64[3] rest = {3, 1, 4}, "
      "float[2,12] w = {1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}, "
      "float[12] c = {1,1,1,1,1,1,1,1,1,1,1,1}";
  const std::string linear = "l = MatMul (x, w)  m = Add (c, l)  y = Reshape (m, s)";
  EXPECT_EQ(parts(read + linear, "float[N,T,2] x", numbers), "{ 3, 1, 4 }");
  EXPECT_EQ(parts("h = Shape (x)  a = Slice (h, from, to)  s = Concat <axis = 0> (a, rest)  " + linear,
                  "float[N,T,2] x", numbers + ", int64[1] from = {0}, int64[1] to = {2}"),
            "{ 3, 1, 4 }");
  std::string swapped = read;
  swapped.replace(swapped.find("(a1, b1"), 7, "(b1, a1");
  EXPECT_EQ(parts(swapped + linear, "float[N,T,2] x", numbers), "not certain") << "axes change places";
}

TEST(SplitOfTheLastAxis, InAConditionSaysWhy) {
  const Graph graph =
      graph_of("y = Reshape (x, s)", "float[N,T,24] x", "float[A,B,C,D] y", "int64[4] s = {0, 0, 6, 4}");
  EXPECT_EQ(check(graph, "Reshape(x) as pack", "part(pack, 0) == 6 && part(pack, 1) == 4"), "");
  EXPECT_EQ(check(graph, "Reshape(x) as pack", "part(pack, 2) == 1"), "'pack' makes 2 axes of the last one");
  const Graph open =
      graph_of("y = Reshape (x, s)", "float[N,T,24] x", "float[A,B,C,D] y", "int64[4] s = {-1, 5, 6, 4}");
  EXPECT_EQ(check(open, "Reshape(x) as pack", "part(pack, 0) == 6"),
            "it is not certain that 'pack' only takes the last axis of its input apart");
}

}  // namespace
}  // namespace quoin
