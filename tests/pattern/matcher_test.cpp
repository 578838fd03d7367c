#include <chrono>

#include "graphs.h"

namespace quoin {
namespace {

const char* const kConvRelu = "[c1] c = Conv(x, w, b)  [r1] y = Relu(c)";

TEST(Matcher, FindsNodesCapturesAndValues) {
  const Graph graph = graph_of(kConvRelu, "float[1,4,8,8] x", "float[1,4,8,8] y", conv_weights());
  const DefinedPattern pattern = pattern_of("Relu(Conv(x, const w, b?) as conv) as relu");
  const Matches matches = pattern.match(graph);
  ASSERT_EQ(matches.size(), 1U);
  const Match& match = matches.front();
  EXPECT_EQ(match["conv"].name(), "c1");
  EXPECT_EQ(match.find("relu"), &match.root());
  EXPECT_EQ(match.node(0).name(), "c1");
  EXPECT_EQ(match.node(1).name(), "r1");
  EXPECT_EQ(match.find_value("x")->name(), "x");
  EXPECT_EQ(match.find_value("b")->name(), "b");
  EXPECT_EQ(match.find("nothing"), nullptr);
  EXPECT_EQ(match.pattern, &pattern);
}

TEST(Matcher, OptionalInputsMayBeMissing) {
  const Graph graph = graph_of("[c1] y = Conv(x, w)", "float[1,4,8,8] x", "float[1,4,8,8] y", conv_weights());
  EXPECT_EQ(matched(graph, "Conv(x, w, b?)"), "c1");
  EXPECT_EQ(matched(graph, "Conv(x, w, const b?)"), "c1");
  EXPECT_EQ(matched(graph, "Conv(x, w, _)"), "c1");
  EXPECT_EQ(refused(graph, "Conv(x, w, b)"), "P at Conv 'c1': wanted a value as input 2, but it is missing");
}

TEST(Matcher, WildcardsAreGreedyAndMayBeAbsent) {
  const std::string weights = conv_weights() + ", " + bn_weights();
  const Graph with = graph_of("[c1] c = Conv(x, w, b)  [n1] y = BatchNormalization(c, s, o, m, v)", "float[1,4,8,8] x",
                              "float[1,4,8,8] y", weights);
  const Graph without = graph_of("[c1] y = Conv(x, w, b)", "float[1,4,8,8] x", "float[1,4,8,8] y", weights);
  const Graph relu =
      graph_of("[c1] c = Conv(x, w, b)  [r1] y = Relu(c)", "float[1,4,8,8] x", "float[1,4,8,8] y", weights);
  for (const char* tree : {"BatchNormalization?(Conv(x)) as bn", "Relu?(BatchNormalization?(Conv(x)))"}) {
    EXPECT_EQ(matched(with, tree), "c1 n1");
    EXPECT_EQ(matched(without, tree), "c1");
  }
  EXPECT_EQ(matched(relu, "Relu(BatchNormalization?(Conv(x)) as bn)"), "c1 r1");
  EXPECT_EQ(match_tree(relu, pattern_of("Relu(BatchNormalization?(Conv(x)) as bn)")).front().find("bn"), nullptr);
  EXPECT_EQ(refused(graph_of("[a] t = Abs(x)  [r1] y = Relu(t)"), "Relu(BatchNormalization?(Conv(x)))"),
            "P at Relu 'r1': Abs 'a': wanted op in {BatchNormalization, Conv}, but op is Abs");
}

TEST(Matcher, WildcardThatLeadsAstrayIsDropped) {
  // The conversion holds only with the inner Relu left out of the wildcard.
  const Graph graph = graph_of("[a] t = Relu(x)  [b] y = Relu(t)");
  EXPECT_EQ(matched(graph, "Relu(Relu?(Relu(x)))"), "a b");
}

TEST(Matcher, AScalarThatAddsDimensionsIsNone) {
  const auto graph = [](const char* shape) {
    return graph_of("[m] y = Mul(x, c)", "float[2,3] x", "", std::string("float") + shape + " c = {0.5}");
  };
  EXPECT_EQ(matched(graph(""), "Mul(x, 0.5)"), "m");
  EXPECT_EQ(matched(graph("[1]"), "Mul(x, 0.5)"), "m");
  EXPECT_EQ(matched(graph("[1,1]"), "Mul(x, 0.5)"), "m");
  EXPECT_EQ(refused(graph("[1,1,1]"), "Mul(x, 0.5)"),
            "P at Mul 'm': wanted a constant as input 1, but 'c' has 3 dimensions, more than what it is combined with");
}

TEST(Matcher, OneOfInOrder) {
  const Graph graph = graph_of("[c] t = Clip(x)  [s] u = Sigmoid(t)  [r] v = Relu(u)  [z] y = Sigmoid(v)");
  EXPECT_EQ(matched(graph, "Sigmoid((Relu(a) | Clip(a)))"), "c s; r z");
  EXPECT_EQ(matched(graph, "(Clip(a) | Relu(a))"), "c; r");
  EXPECT_EQ(matched(graph, "Relu|Clip(a)"), "c; r");
  EXPECT_EQ(match_tree(graph, pattern_of("Sigmoid((Relu(a) | Clip(a)) as t)")).front().find_value("t")->name(), "t");
  EXPECT_EQ(refused(graph_of("[a] t = Abs(x)  [s] y = Sigmoid(t)"), "Sigmoid((Relu(a) | Clip(a)))"),
            "P at Sigmoid 's': Abs 'a': wanted op in {Relu, Clip}, but op is Abs");
}

TEST(Matcher, RepeatIsGreedyAndBounded) {
  const Graph five = graph_of("[a] p = Relu(x)  [b] q = Relu(p)  [c] r = Relu(q)  [d] s = Relu(r)  [e] y = Relu(s)");
  EXPECT_EQ(matched(five, "Relu{1,3}(x)"), "a b c; d e");
  EXPECT_EQ(matched(five, "Relu{2}(x)"), "a b; c d");
  EXPECT_EQ(matched(five, "Relu{6,9}(x)"), "");
  const Graph inner = graph_of("[a] p = Relu(x)  [b] q = Relu(p)  [s] y = Sigmoid(q)");
  EXPECT_EQ(matched(inner, "Sigmoid(Relu{1,3}(x) as last)"), "a b s");
  EXPECT_EQ(match_tree(inner, pattern_of("Sigmoid(Relu{1,3}(x) as last)")).front()["last"].name(), "b");
  EXPECT_EQ(matched(inner, "Sigmoid(Relu{0,1}(x))"), "b s");
  EXPECT_EQ(matched(inner, "Sigmoid(Relu{3,4}(x))"), "");
  EXPECT_EQ(matched(inner, "Sigmoid(Relu{1,5}(Relu(x)))"), "a b s");
}

TEST(Matcher, ConstantsAndLiterals) {
  const Graph graph = graph_of("[a] y = Add(x, h)", "float[1,4,8,8] x", "float[1,4,8,8] y", "float h = {0.5}");
  EXPECT_EQ(matched(graph, "Add(x, const h)"), "a");
  EXPECT_EQ(matched(graph, "Add(x, 0.5)"), "a");
  EXPECT_EQ(matched(graph, "Add(0.5, x)"), "a");
  EXPECT_EQ(matched(graph, "Add(x, 0.25)"), "");
  const Graph perm =
      graph_of("[t] y = Reshape(x, sh)", "float[1,4,8,8] x", "float[2,2,64] y", "int64[3] sh = {2,2,64}");
  EXPECT_EQ(matched(perm, "Reshape(x, [2, 2, 64])"), "t");
  EXPECT_EQ(refused(perm, "Reshape(x, [2, 2, 32])"),
            "P at Reshape 't': wanted a constant as input 1, but 'sh' is 2, 2, 64");
  EXPECT_EQ(refused(graph_of("[m] y = Sub(x, z)", "float[1] x, float[1] z", "float[1] y"), "Sub(x, const c)"),
            "P at Sub 'm': wanted a constant as input 1, but 'z' is not constant");
  const Graph node = graph_of("k = Constant <value_float = 3.0> ()  [p] y = Pow(x, k)");
  EXPECT_EQ(matched(node, "Pow(x, 3)"), "p");
}

TEST(Matcher, SqrtOfTwoToOnePartInAMillion) {
  const Graph graph = graph_of("[d] y = Div(x, k)", "float[1] x", "float[1] y", "float k = {1.4142135}");
  EXPECT_EQ(matched(graph, "Div(x, 1.4142135623730951)"), "d");
  EXPECT_EQ(matched(graph, "Div(x, 1.4143)"), "");
}

TEST(Matcher, CommutedOperands) {
  for (const char* add : {"Add(c, r)", "Add(r, c)"}) {
    const Graph graph = graph_of("[c1] c = Conv(x, w, b)  [a1] y = " + std::string(add),
                                 "float[1,4,8,8] x, float[1,4,8,8] r", "float[1,4,8,8] y", conv_weights());
    EXPECT_EQ(matched(graph, "Add(Conv(x), r)"), "c1 a1");
    EXPECT_EQ(matched(graph, "Add(r, Conv(x))"), "c1 a1");
    EXPECT_EQ(matched(graph, "Add(Conv(x))"), "c1 a1");
    EXPECT_EQ(match_tree(graph, pattern_of("Add(Conv(a), r)")).front().find_value("r")->name(), "r");
  }
  EXPECT_EQ(matched(graph_of("[a] t = Abs(x)  [s] y = Sub(x, t)"), "Sub(Abs(x), x)"), "");
}

TEST(Matcher, LongerPathIsTheMainOne) {
  const std::string weights = conv_weights();
  for (const char* add : {"Add(p, q)", "Add(q, p)"}) {
    const Graph graph =
        graph_of("[short] p = Conv(x, w, b)  [t1] t = Relu(x)  [long] q = Conv(t, w, b)  [a] y = " + std::string(add),
                 "float[1,4,8,8] x", "float[1,4,8,8] y", weights);
    EXPECT_EQ(match_tree(graph, pattern_of("Add(Conv(x) as main, other)")).front()["main"].name(), "long");
    EXPECT_EQ(match_tree(graph, pattern_of("Add(other, Conv(x) as main)")).front()["main"].name(), "long");
    EXPECT_EQ(match_tree(graph, pattern_of("Add(first, second)")).front().find_value("first")->name(), "q");
  }
}

TEST(Matcher, OtherOrderIsTriedWhenAConditionFails) {
  const Graph graph =
      graph_of("[short] p = Conv <group = 1> (x, w, b)  [t1] t = Relu(x)  [long] q = Conv(t, w, b)  [a] y = Add(p, q)",
               "float[1,4,8,8] x", "float[1,4,8,8] y", conv_weights());
  EXPECT_EQ(match_tree(graph, pattern_of("Add(Conv(x) as main, other)", {"exists(main.group)"})).front()["main"].name(),
            "short");
}

TEST(Matcher, LeaksRefuse) {
  const Graph read = graph_of("[c1] c = Conv(x, w, b)  [r1] y = Relu(c)  [a2] z = Add(c, x)", "float[1,4,8,8] x",
                              "float[1,4,8,8] y, float[1,4,8,8] z", conv_weights());
  EXPECT_EQ(matched(read, "Relu(Conv(x))"), "");
  EXPECT_EQ(
      refused(read, "Relu(Conv(x))"),
      "P at Relu 'r1': Conv 'c1': wanted no use outside the match, but output of Conv 'c1' is also read by Add 'a2'");
  const Graph given = graph_of("[c1] c = Conv(x, w, b)  [r1] y = Relu(c)", "float[1,4,8,8] x",
                               "float[1,4,8,8] y, float[1,4,8,8] c", conv_weights());
  EXPECT_EQ(refused(given, "Relu(Conv(x))"),
            "P at Relu 'r1': Conv 'c1': wanted no use outside the match, but output of Conv 'c1' is a graph output");
  EXPECT_EQ(matched(given, "Relu(Conv(x)!)"), "c1 r1");
  EXPECT_EQ(match_tree(given, pattern_of("Relu(Conv(x)!)")).front().leaks.front()->name(), "c");
  EXPECT_EQ(matched(read, "Relu(Conv(x)!)"), "c1 r1");
}

TEST(Matcher, LeakTriesTheOtherOperand) {
  const Graph graph =
      graph_of("[p1] p = Conv(x, w, b)  [t1] t = Relu(x)  [q1] q = Conv(t, w, b)  [a] y = Add(p, q)  [s] z = Abs(q)",
               "float[1,4,8,8] x", "float[1,4,8,8] y, float[1,4,8,8] z", conv_weights());
  EXPECT_EQ(matched(graph, "Add(Conv(x), other)"), "p1 a");
}

TEST(Matcher, NodesOfUnitsAreClaimed) {
  Graph graph = graph_of(kConvRelu, "float[1,4,8,8] x", "float[1,4,8,8] y", conv_weights());
  const Unit& unit = Edit(graph).add_unit("FusedConv", "ConvOnly", {graph.find_node("c1")}, {});
  EXPECT_EQ(matched(graph, "Relu(Conv(x))"), "");
  EXPECT_EQ(refused(graph, "Relu(Conv(x))"),
            "P at Relu 'r1': Conv 'c1': wanted an unclaimed node, but it is claimed by " + unit.name + " (ConvOnly)");
  EXPECT_EQ(refused(graph, "Conv(x)"),
            "P at Conv 'c1': wanted an unclaimed node, but it is claimed by " + unit.name + " (ConvOnly)");
}

TEST(Matcher, MatchesOfOnePatternShareNoNode) {
  const Graph graph = graph_of("[a] p = Relu(x)  [b] q = Relu(p)  [c] y = Relu(q)");
  EXPECT_EQ(matched(graph, "Relu(Relu(x))"), "a b");
  EXPECT_EQ(refused(graph, "Relu(Relu(x))"),
            "P at Relu 'c': Relu 'b': wanted an unclaimed node, but it is claimed by an earlier match of P");
}

TEST(Matcher, SameNameIsSameValueOrNode) {
  const Graph silu = graph_of("[s] t = Sigmoid(x)  [m] y = Mul(t, x)");
  EXPECT_EQ(matched(silu, "Mul(x, Sigmoid(x))"), "s m");
  const Graph other = graph_of("[s] t = Sigmoid(x)  [m] y = Mul(t, z)", "float[1] x, float[1] z", "float[1] y");
  EXPECT_EQ(matched(other, "Mul(x, Sigmoid(x))"), "");
  EXPECT_EQ(refused(other, "Mul(Sigmoid(x), x)"),
            "P at Mul 'm': wanted 'x' the same in both places, but input 1 is 'z', elsewhere it is 'x'");
  const Graph twice = graph_of("[c] t = Abs(x)  [s] u = Sigmoid(t)  [m] y = Mul(u, t)");
  EXPECT_EQ(matched(twice, "Mul(Sigmoid(Abs(x) as c), Abs(x) as c)"), "c s m");
  EXPECT_EQ(matched(twice, "Mul(Sigmoid(Abs(x) as c), c)"), "c s m");
  EXPECT_EQ(matched(twice, "Mul(c, Sigmoid(Abs(x) as c))"), "c s m");
  EXPECT_EQ(matched(twice, "Mul(Sigmoid(t), t)"), "s m");
  const Graph same = graph_of("[r] t = Relu(x)  [a] y = Add(t, t)");
  EXPECT_EQ(matched(same, "Add(Relu(x), Relu(x))"), "");
  EXPECT_EQ(refused(same, "Add(Relu(x), Relu(x))"),
            "P at Add 'a': Relu 'r': wanted a node of its own, but another part of the tree has it");
  EXPECT_EQ(matched(same, "Add(Relu(x) as r, Relu(x) as r)"), "r a");
}

TEST(Matcher, SeveralRoots) {
  const Graph graph =
      graph_of("[s] t = Sigmoid(x)  [r] u = Relu(x)  [a] p = Abs(u)", "float[1] x", "float[1] t, float[1] p");
  EXPECT_EQ(matched(graph, "Sigmoid(x); Abs(Relu(x))"), "s r a");
  EXPECT_EQ(matched(graph, "Abs(Relu(x) as r); Sigmoid(x)"), "s r a");
  const Matches matches = match_tree(graph, pattern_of("Abs(Relu(x)) as one; Sigmoid(x) as two"));
  ASSERT_EQ(matches.size(), 1U);
  EXPECT_EQ(matches[0].roots.size(), 2U);
  EXPECT_EQ(matches[0].roots[1]->name(), "s");
  EXPECT_EQ(refused(graph, "Sigmoid(x); Tanh(x)"),
            "P at Sigmoid 's': wanted a further root, op in {Tanh}, but no node reads what is shared and fits");
  const Graph fan = graph_of("[c] t = Conv(x, w)  [s] u = Sigmoid(t)  [r] v = Relu(t)", "float[1,4,8,8] x",
                             "float[1,4,8,8] u, float[1,4,8,8] v", conv_weights());
  EXPECT_EQ(matched(fan, "Sigmoid(Conv(x) as c); Relu(c)"), "c s r");
  EXPECT_EQ(matched(fan, "Sigmoid(Conv(x) as c); Relu(Conv(x) as c)"), "c s r");
  EXPECT_EQ(matched(fan, "Sigmoid(Conv(x) as c)"), "");
}

TEST(Matcher, OutputsOfANode) {
  const Graph graph = graph_of("[s] p, q = Split <axis = 1> (x)  [a] u = Abs(p)  [r] v = Relu(q)", "float[1,4] x",
                               "float[1,2] u, float[1,2] v", "", 13);
  EXPECT_EQ(matched(graph, "Relu(Split.1(x) as s); Abs(Split.0(x) as s)"), "s a r");
  EXPECT_EQ(matched(graph, "Relu(Split.1(x)!)"), "s r");
  EXPECT_EQ(matched(graph, "Relu(Split.1(x))"), "");
  EXPECT_EQ(refused(graph, "Relu(Split(x))"), "P at Relu 'r': Split 's': wanted output 0, but output 1 is read");
}

TEST(Matcher, NativePredicates) {
  const Graph graph =
      graph_of("[d] c = Conv <group = 4> (x, w)  [n] y = Conv(c, w2)", "float[1,4,8,8] x", "float[1,4,8,8] y",
               "float[4,1,1,1] w = {1,2,3,4}, float[4,4,1,1] w2 = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16}");
  const auto is_depthwise_conv = [](const Node& node) { return node.is("Conv") && node.attribute("group", 1) > 1; };
  const TreePattern pattern(
      chain(node(is_depthwise_conv, "is_depthwise_conv").as("conv"), wildcard("BatchNormalization").as("bn")));
  EXPECT_EQ(matched(graph, pattern), "d");
  EXPECT_EQ(pattern.name(), "TreePattern");
  EXPECT_EQ(refused(graph, pattern),
            "TreePattern at Conv 'n': wanted is_depthwise_conv, but op of 'n' is Conv, group is 1 (default)");
}

TEST(Matcher, ConditionsNameTheNodeThatTheySpeakOf) {
  const Graph graph = graph_of("[c1] c = Conv <group = 2> (x, w)  [r1] y = Relu(c)", "float[1,4,8,8] x",
                               "float[1,4,8,8] y", "float[4,2,1,1] w = {1,2,3,4,5,6,7,8}");
  EXPECT_EQ(refused(graph, "Relu(Conv(x) as conv)", {"conv.group == 1"}),
            "P at Relu 'r1': Conv 'c1': conv.group == 1 does not hold: conv.group is 2");
  Refusals refusals;
  match_tree(graph, pattern_of("Relu(Conv(x) as conv)", {"conv.group == 1"}), {.refusals = &refusals});
  ASSERT_EQ(refusals.size(), 1U);
  EXPECT_EQ(refusals[0].root, "r1");
  EXPECT_EQ(refusals[0].node, "c1");
  EXPECT_EQ(refusals[0].depth, 2);
  EXPECT_TRUE(refusals[0].is_where);
}

TEST(Matcher, ProducerlessInputsAreNamed) {
  EXPECT_EQ(refused(graph_of("[r1] y = Relu(x)"), "Relu(Conv(x))"),
            "P at Relu 'r1': wanted op in {Conv} as input 0, but it is graph input 'x'");
}

TEST(Matcher, UnnamedNodesAreNamedByTheirOutput) {
  EXPECT_EQ(refused(graph_of("t = Abs(x)  y = Relu(t)"), "Relu(Conv(x))"),
            "P at Relu@y: Abs@t: wanted op in {Conv}, but op is Abs");
}

TEST(Matcher, OtherDomains) {
  const Graph graph = parse_text(
      "<ir_version: 8, opset_import: [\"\" : 17, \"com.microsoft\" : 1]> g (float[1] x) => (float[1] y) { [g] y = "
      "com.microsoft.Gelu(x) }");
  EXPECT_EQ(matched(graph, "com.microsoft::Gelu(x)"), "g");
  EXPECT_EQ(matched(graph, "Gelu(x)"), "");
}

TEST(Matcher, ConstantNodesAreNotClaimed) {
  const Graph graph = graph_of("k = Constant <value_float = 3.0> ()  [p] y = Mul(x, k)");
  const TreePattern pattern(node("Mul")(value("x"), node([](const Node&) { return true; }, "anything")));
  EXPECT_EQ(matched(graph, pattern), "");
}

TEST(Matcher, RootsThatShareNothingAreAnErrorOfTheCaller) {
  Tree tree = node("Relu")(value("x"));
  tree.more_roots.push_back(node("Abs")(value("z")));
  EXPECT_EQ(error_of([&] { match_tree(graph_of("y = Relu(x)"), TreePattern(tree)); }),
            "the root 'Abs(z)' shares no name with the roots before it; give both the same value or node by name");
}

TEST(Matcher, SearchHasAnEnd) {
  // Every order of 2^25 is wrong.
  std::string tree = "Abs(x)", nodes = "t0 = Relu(x)\n";
  for (int i = 0; i < 25; ++i) {
    tree = "Add(" + tree + ", v" + std::to_string(i) + ")";
    nodes += "t" + std::to_string(i + 1) + " = Add(t" + std::to_string(i) + ", t" + std::to_string(i) + "b)\n t" +
             std::to_string(i) + "b = Neg(x)\n";
  }
  nodes += "y = Neg(t25)";
  const Graph graph = graph_of(nodes);
  EXPECT_EQ(matched(graph, tree), "");
}

TEST(Matcher, TenThousandNodesAtOnce) {
  std::string nodes;
  std::string before = "x";
  for (int i = 0; i < 2500; ++i) {
    const std::string n = std::to_string(i);
    nodes += "c" + n + " = Conv(" + before + ", w, b)\n n" + n + " = BatchNormalization(c" + n + ", s, o, m, v)\n a" +
             n + " = Add(n" + n + ", " + before + ")\n r" + n + " = Relu(a" + n + ")\n";
    before = "r" + n;
  }
  const Graph graph = graph_of(nodes, "float[1,4,8,8] x", "float[1,4,8,8] r2499", conv_weights() + ", " + bn_weights());
  ASSERT_EQ(graph.node_count(), 10000U);
  const DefinedPattern pattern =
      pattern_of("Relu(Add(BatchNormalization?(Conv(x, const w, b?) as conv) as bn, r) as add)", {"conv.group == 1"});
  const auto start = std::chrono::steady_clock::now();
  const size_t found = match_tree(graph, pattern).size();
  const auto elapsed = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(found, 2500U);
  RecordProperty("milliseconds",
                 static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count()));
}

}  // namespace
}  // namespace quoin
