#include "quoin/predicate.h"

#include "graphs.h"

namespace quoin {
namespace {

// One match with most kinds of captures: conv (pads left out), bn, act, values x, w, c; b is absent, n has no known
// shape.
class Predicates_ : public testing::Test {
 protected:
  Predicates_()
      : graph_(graph_of(
            "[c1] a = Conv <group = 2> (x, w)  [bn] d = BatchNormalization(a, s, o, m, v)  [clip] y = Clip(d, lo, hi)\n"
            "[r] z = Reshape(n, sh)  [t] q = Relu(n)",
            "float[1,4,8,N] x, float[A,B] n", "float[1,4,8,N] y, float[2,2] z, float[A,B] q",
            "float[4,2,1,1] w = {1,-2,3,4,5,6,7,8}, " + bn_weights() +
                ", float lo = {0}, float hi = {6}, int64[2] sh = {2,2}")),
        pattern_(pattern_of("Clip(BatchNormalization(Conv(x, w, b?) as conv, s) as bn, lo, const hi) as clip")) {
    Matches matches = match_tree(graph_, pattern_);
    EXPECT_EQ(matches.size(), 1U);
    match_ = matches.front();
    match_.value_captures["n"] = graph_.find_value("n");
    match_.value_captures["u"] = graph_.find_value("y");
  }
  // "" where the condition holds, else the reason.
  std::string check(const std::string& text) const {
    const Verdict verdict = Predicate(std::string_view(text)).evaluate(match_);
    return verdict.holds ? "" : verdict.reason;
  }

  Graph graph_;
  DefinedPattern pattern_;
  Match match_;
};

TEST_F(Predicates_, Hold) {
  for (const std::string text : {"conv.group == 2",
                                 "conv.group > 1 && conv.group < 3",
                                 "rank(x) == 4",
                                 "dim(x, 1) % 4 == 0",
                                 "dim(x, -2) == 8",
                                 "channels(x) == 4",
                                 "size(w) == 8",
                                 "dtype(x) == \"float\"",
                                 "dtype(x) in ['float', 'double']",
                                 "is_constant(w)",
                                 "!is_constant(x)",
                                 "is_initializer(w)",
                                 "is_graph_input(x)",
                                 "is_graph_output(clip)",
                                 "not is_graph_output(x)",
                                 "value(hi) == 6",
                                 "value(lo) == 0",
                                 "min_value(w) == -2",
                                 "max_value(w) == 8",
                                 "abs_max(w) == 8",
                                 "all_equal(hi)",
                                 "not all_equal(w)",
                                 "uses(conv) == 1",
                                 "uses(x) == 1",
                                 "uses(clip) == 1",
                                 "exists(bn)",
                                 "!exists(b)",
                                 "!exists(b) || rank(b) == 1",
                                 "exists(conv.group)",
                                 "!exists(conv.pads)",
                                 "opset() >= 13",
                                 "opset(\"com.microsoft\") == 0",
                                 "same_shape(conv, bn) || true",
                                 "same_shape(w, w)",
                                 "conv.pads == [0, 0, 0, 0]",
                                 "conv.strides == [1, 1]",
                                 "conv.kernel_shape == [1, 1]",
                                 "conv.auto_pad in [\"NOTSET\", \"VALID\"]",
                                 "conv.auto_pad not in ['SAME_UPPER']",
                                 "bn.epsilon == 1e-5",
                                 "bn.training_mode == 0",
                                 "!bn.training_mode",
                                 "!is_depthwise(conv)",
                                 "weight_axis(conv) == 0",
                                 "shape(w) == [4, 2, 1, 1]",
                                 "op(clip) == \"Clip\"",
                                 "has_input(conv, 1) and not has_input(conv, 2)",
                                 "values(s) == [1, 2, 3, 4]",
                                 "2 + 3 * 4 == 14",
                                 "(2 + 3) * 4 == 20",
                                 "-2 * 3 == -6",
                                 "7 / 2 == 3.5",
                                 "7 % 4 == 3",
                                 "10 - 2 - 3 == 5",
                                 "conv.group in [1, 2]",
                                 "true || dim(x, 3) == 1",
                                 "dim(x, 3) == 1 || true",
                                 "!(false && dim(x, 3) == 1)",
                                 "rank(clip) == 4",
                                 "1 < 2 or 2 < 1",
                                 "conv.group != 3",
                                 "!broadcasts(x, x)",
                                 "broadcasts(x, s)",
                                 "conv.dilations == [1, 1] && conv.group <= 2 && conv.group >= 2"}) {
    EXPECT_EQ(check(text), "") << text;
  }
}

TEST_F(Predicates_, SayWhyNot) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"conv.group == 1", "conv.group is 2"},
      {"conv.group > 1 && conv.group == channels(x)", "conv.group is 2, channels(x) is 4"},
      {"conv.group > 2 && conv.group == channels(x)", "conv.group is 2"},
      {"dim(x, 3) == 8", "dimension 3 of 'x' is unknown"},
      {"dim(x, 7) == 8", "'x' has 4 dimensions, none numbered 7"},
      {"size(x) > 1", "dimension 3 of 'x' is unknown"},
      {"rank(b) == 1", "'b' is absent"},
      {"false && true", "it never does"},
      {"value(w) == 1", "'w' has 8 elements, not one"},
      {"value(x) == 1", "'x' is not a constant"},
      {"abs_max(x) == 1", "'x' is not a constant"},
      {"conv.auto_pad", "conv.auto_pad is \"NOTSET\", not a condition"},
      {"conv.auto_pad > 1", "conv.auto_pad is a text, not a number"},
      {"conv.auto_pad == 1", "conv.auto_pad is a text, 1 is a number"},
      {"conv.pads == 0", "conv.pads is a list, 0 is a number"},
      {"conv.group in conv.auto_pad", "conv.auto_pad is a text, not a list"},
      {"conv.group / 0 == 1", "0 is 0: no division by it"},
      {"conv.nothing == 1", "conv.nothing is left out, and has no default"},
      {"conv.pads == [0, 0, 1, 1]", "conv.pads is [0, 0, 0, 0]"},
      {"!exists(bn)", "exists(bn) is true"},
      {"is_depthwise(conv)", "is_depthwise(conv) is false"},
      {"weight_axis(clip) == 0", "'clip' has no weight"},
      {"op(clip) in ['Relu', 'HardSwish']", "op(clip) is \"Clip\""},
      {"dim(n, 0) == 1 || conv.group == 1", "dimension 0 of 'n' is unknown"},
  };
  for (const auto& [text, reason] : cases) EXPECT_EQ(check(text), reason) << text;
}

TEST_F(Predicates_, NativeOnesTellWhatTheyRead) {
  const Predicate wide("is_wide", [](const Match& match) { return match["conv"].attribute("group", 1) > 4; });
  EXPECT_EQ(wide.text(), "native:is_wide");
  EXPECT_TRUE(wide.is_native());
  EXPECT_EQ(wide.evaluate(match_).reason, "group is 2");
  EXPECT_EQ(Predicate("never", [](const Match&) { return false; }).evaluate(match_).reason,
            "it read nothing of the graph");
}

TEST(PredicateAttributes, DefaultsFollowTheOpset) {
  for (const auto& [opset, axis] : {std::pair(11, 1), std::pair(13, -1)}) {
    const Graph graph = graph_of("[s] y = Softmax(x)", "float[1,4] x", "float[1,4] y", "", opset);
    EXPECT_EQ(matched(graph, "Softmax(x) as s", {Predicate(std::string_view("s.axis == " + std::to_string(axis)))}),
              "s");
  }
}

TEST(PredicateAttributes, FloatsAreAsWritten) {
  const Graph graph = graph_of("[l] y = LeakyRelu <alpha = 0.1> (x)");
  EXPECT_EQ(matched(graph, "LeakyRelu(x) as l", {"l.alpha == 0.1"}), "l");
  EXPECT_EQ(matched(graph, "LeakyRelu(x) as l", {"l.alpha == 0.2"}), "");
}

TEST(PredicateAxes, AttributeAndInputAreOne) {
  const Graph old = graph_of("[r] y = ReduceMean <axes = [-1, 2]> (x)");
  EXPECT_EQ(matched(old, "ReduceMean(x) as r", {"axes(r) == [2, 3]", "r.keepdims == 1"}), "r");
  const Graph now =
      graph_of("[r] y = ReduceMean(x, axes)", "float[1,4,8,8] x", "float[1,4,8,8] y", "int64[2] axes = {3, -2}", 18);
  EXPECT_EQ(matched(now, "ReduceMean(x) as r", {"axes(r) == [2, 3]"}), "r");
  EXPECT_EQ(refused(now, "ReduceMean(x) as r", {"axes(r) == [1]"}),
            "P at ReduceMean 'r': axes(r) == [1] does not hold: axes(r) is [2, 3]");
}

TEST(PredicatePads, FoldsIntoSaysWhetherThePadCanGo) {
  for (const auto& [pads, found] : {std::pair("0,0,1,1,0,0,1,1", "p c"), std::pair("0,1,1,1,0,0,1,1", "")}) {
    const Graph graph = graph_of("[p] t = Pad(x, q)  [c] y = Conv(t, w)", "float[1,C,8,8] x", "float[1,4,H,W] y",
                                 conv_weights() + ", int64[8] q = {" + pads + "}");
    EXPECT_EQ(matched(graph, "Conv(Pad(x) as pad) as conv", {"folds_into(pad, conv)"}), found);
  }
}

TEST(PredicateShapes, BroadcastsAndSameShape) {
  const auto check = [](const std::string& inputs, const char* condition) {
    return matched(graph_of("[a] y = Add(p, q)", inputs, "float[A,B] y"), "Add(p, q)", {condition});
  };
  EXPECT_EQ(check("float[2,3] p, float[2,3] q", "same_shape(p, q)"), "a");
  EXPECT_EQ(check("float[2,3] p, float[1,3] q", "same_shape(p, q)"), "");
  EXPECT_EQ(check("float[N,3] p, float[N,3] q", "!broadcasts(p, q)"), "a");
  EXPECT_EQ(check("float[N,3] p, float[N,3] q", "same_dim(p, 0, q, 0)"), "a") << "open dimensions of one name";
  EXPECT_EQ(check("float[N,3] p, float[M,3] q", "same_dim(p, 0, q, 0)"), "");
  EXPECT_EQ(check("float[N,3] p, float[M,3] q", "same_dim(p, 1, q, -1)"), "a");
  EXPECT_EQ(check("float[3,1] p, float[3] q", "same_dim(p, 1, q, 0)"), "");
  EXPECT_EQ(check("float[N,3] p, float[1,3] q", "broadcasts(p, q)"), "a");
  EXPECT_EQ(check("float[2,3] p, float[3] q", "broadcasts(p, q)"), "a");
}

struct Wrong {
  std::string text, error;
};
class PredicateErrors : public testing::TestWithParam<Wrong> {};
TEST_P(PredicateErrors, SayWhereAndWhat) {
  EXPECT_EQ(error_of([] { Predicate(std::string_view(GetParam().text), {"p.toml", 2, 5}); }), GetParam().error);
}
INSTANTIATE_TEST_SUITE_P(
    All, PredicateErrors,
    testing::Values(
        Wrong{"", "p.toml:2:5: the condition is empty"},
        Wrong{"chanels(x) == 1", "p.toml:2:5: unknown function 'chanels', did you mean 'channels'?"},
        Wrong{"conv.group == chanels(x)", "p.toml:2:19: unknown function 'chanels', did you mean 'channels'?"},
        Wrong{"dim(x) == 1",
              "p.toml:2:5: dim wants 2 arguments; dim(x, axis): one dimension of a value; negative axes count from the "
              "end"},
        Wrong{"rank(x, 1) == 1", "p.toml:2:5: rank wants 1 argument; rank(x): the number of dimensions of a value"},
        Wrong{
            "opset(\"a\", 1) == 1",
            "p.toml:2:5: opset wants 0 to 1 arguments; opset(), opset(\"com.microsoft\"): the version of a domain that "
            "the model imports"},
        Wrong{"rank(3) == 1", "p.toml:2:10: rank wants a name of the tree here, found '3'"},
        Wrong{"rank(conv.pads) == 1", "p.toml:2:10: rank wants a name of the tree here, conv.pads is an attribute"},
        Wrong{"dim(x, \"a\") == 1", "p.toml:2:12: dim wants a number here, \"a\" is a text"},
        Wrong{"x == 1",
              "p.toml:2:5: 'x' alone says nothing; ask for something of it: x.attribute, rank(x), value(x), exists(x)"},
        Wrong{"rank(x) = 4", "p.toml:2:13: '=' has no meaning in a condition; compare with =="},
        Wrong{"1 < rank(x) < 4", "p.toml:2:17: comparisons cannot be chained; join two with &&"},
        Wrong{"rank(x) == \"4\"", "p.toml:2:13: '==' compares rank(x) (a number) with \"4\" (a text)"},
        Wrong{"dtype(x) + 1 == 2", "p.toml:2:14: '+' wants numbers, dtype(x) is a text"},
        Wrong{"dtype(x) && true", "p.toml:2:5: expected a condition, dtype(x) is a text"},
        Wrong{"dtype(x)", "p.toml:2:5: expected a condition, dtype(x) is a text"},
        Wrong{"rank(x) in 4", "p.toml:2:13: 'in' needs a list on its right, 4 is a number"},
        Wrong{"rank(x) == 4)", "p.toml:2:17: expected the end of the condition, found ')'"},
        Wrong{"(rank(x) == 4", "p.toml:2:18: expected ')', found the end of the condition"},
        Wrong{"rank(x) ==",
              "p.toml:2:15: expected a number, a function or an attribute, found the end of the condition"},
        Wrong{"conv.auto_pad == \"SAME", "p.toml:2:22: the quoted text has no end; close it with \""},
        Wrong{"conv.group in [1, \"a\"]", "p.toml:2:23: a list holds either numbers or texts, not both"},
        Wrong{"rank(x) == 4 & true", "p.toml:2:18: '&' has no meaning in a condition"},
        Wrong{"conv. == 1", "p.toml:2:11: expected the name of an attribute, found '=='"}));

TEST(PredicateErrors, NestingHasAnEnd) {
  EXPECT_EQ(error_of([] { Predicate(std::string(500, '(') + "true"); }),
            "1:101: the condition is nested deeper than 100 levels");
}

}  // namespace
}  // namespace quoin
