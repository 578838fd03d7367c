// Patterns that lie, and what the driver says.
#include <gmock/gmock.h>

#include <memory>

#include "helpers.h"
#include "rewrite/digest.h"

namespace quoin::testing {
namespace {

using ::testing::HasSubstr;

const TransformOptions kCareful = {.verify_each = true};

Graph& writable(const Match& match) { return const_cast<Graph&>(*match.graph); }

// A fusion that keeps its nodes.
Replacement unit_of(const Match& match) { return {"FusedBad", match.nodes, {}, {}, {}}; }

Graph chain() {
  return model(R"(agraph (float[4] x) => (float[4] y) {
    [first] a = Relu (x)  [second] b = Neg (a)  [third] c = Exp (b)  [last] y = Tanh (c) })");
}

Error error_with(const PatternRef& pattern, const TransformOptions& options = kCareful) {
  return error_of([&] { transform(chain(), list_of({pattern}), options); });
}

PatternRef scripted(std::string name, std::string_view tree, PatternKind kind, Scripted::Replace replace) {
  return std::make_shared<const Scripted>(std::move(name), tree, kind, std::move(replace));
}

// Whose match() does something to the graph before it looks.
class Meddling : public Pattern {
 public:
  Meddling(std::string_view tree, std::function<void(Graph&)> meddle)
      : tree_(parse_tree(tree)), meddle_(std::move(meddle)) {}
  std::string name() const override { return "Meddling"; }
  Tree tree() const override { return tree_; }
  Matches match(const Graph& graph) const override {
    meddle_(const_cast<Graph&>(graph));
    return match_tree(graph, *this);
  }

 private:
  Tree tree_;
  std::function<void(Graph&)> meddle_;
};

TEST(Distrust, AGraphThatAPatternBrokeIsThatPatternsFault) {
  const PatternRef broken = scripted("Breaks", "Neg(x)", PatternKind::kFusion, [](const Match& match) {
    // The unit forgets a node behind the driver's back once it is made: here by a capture that is none of its nodes.
    for (const auto& unit : writable(match).units()) unit->captures["stray"] = writable(match).find_node("last");
    return unit_of(match);
  });
  const PatternRef good = fusion("Good", "Relu(x)");
  for (const bool each : {true, false}) {
    const Error error = error_of([&] { transform(chain(), list_of({good, broken}), {.verify_each = each}); });
    EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
    EXPECT_EQ(error.message(),
              "pattern 'Breaks' left the graph broken: the capture 'stray' of the unit 'FusedGood_1' is not one of its "
              "nodes");
    EXPECT_EQ(error.remedy(), "correct the pattern's replacement, or leave the pattern out");
  }
}

TEST(Distrust, AConversionThatBuildsWhatWasThereDidNotChangeAnything) {
  const Error error = error_with(conversion("Same", "Neg(Relu(x))", "Neg(Relu(x))"));
  EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
  EXPECT_EQ(error.message(),
            "pattern 'Same' says that it changed what is at 'second', but what it built is what was there");
  EXPECT_EQ(error.remedy(), "make the pattern not match what its own replacement builds");
  EXPECT_EQ(error.where(), "second");
}

TEST(Distrust, AnotherAttributeOrConstantIsAChange) {
  const Graph graph = model(R"(agraph (float[2,3] x) => (float[2,3] y) <float two = {2}> {
    a = Mul (x, two)  y = LeakyRelu <alpha = 0.1> (a) })");
  const TransformResult result =
      transform(graph,
                list_of({conversion("Three", "Mul(x, 2)", "Mul(x, 3)"),
                         conversion("Steeper", "LeakyRelu(x) as l", "LeakyRelu[alpha=0.5](x)", {"l.alpha < 0.4"})}),
                kCareful);
  EXPECT_EQ(result.matches.conversions.size(), 2U);
}

TEST(Distrust, MatchMayOnlyLook) {
  const auto meddling = std::make_shared<const Meddling>(
      "Conv(x)", [](Graph& graph) { Edit(graph).set_attribute(*graph.find_node("third"), "secret", int64_t{1}); });
  const Error error = error_with(meddling);
  EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
  EXPECT_EQ(error.message(), "pattern 'Meddling' changed the graph in match(), which only looks");
  EXPECT_EQ(error.remedy(),
            "let match() find matches, and replace() build what they become; transform() does the rest");
}

// replace() is refused, as the graph output cannot be a constant, but has changed the graph before.
TEST(Distrust, WhatSaysUnchangedMustNotChange) {
  const PatternRef pattern = scripted("Secret", "Tanh(x)", PatternKind::kConversion, [](const Match& match) {
    Edit(writable(match)).set_attribute(*writable(match).find_node("first"), "secret", int64_t{1});
    Replacement replacement;
    replacement.outputs.emplace_back(&match.root().output(0), Tensor::scalar(1.0F));
    return replacement;
  });
  const Error error = error_with(pattern);
  EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
  EXPECT_EQ(error.message(), "pattern 'Secret' says that it changed nothing, but the graph is not as it was");
  EXPECT_TRUE(transform(chain(), list_of({pattern}), {.verify_each = false}).matches.conversions.empty());
}

TEST(Distrust, ARewriteChangesNoMoreThanItSays) {
  const Error error = error_with(scripted("Greedy", "Neg(x)", PatternKind::kFusion, [](const Match& match) {
    Edit(writable(match)).set_attribute(*writable(match).find_node("last"), "secret", int64_t{1});
    return unit_of(match);
  }));
  EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
  EXPECT_EQ(error.message(), "pattern 'Greedy' changed more than its replacements say");
  EXPECT_EQ(error.remedy(), "let replace() build a Replacement and leave the graph alone");
}

TEST(Distrust, AUnitHasNodes) {
  const Error error = error_with(scripted("Empty", "Neg(x) as n", PatternKind::kFusion, [](const Match& match) {
    Replacement replacement;
    replacement.unit = "FusedNothing";
    replacement.outputs.emplace_back(&match.root().output(0), &match.root().input(0));
    return replacement;
  }));
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.message(), "the replacement of pattern 'Empty' makes a unit without nodes");
}

TEST(Distrust, RewritesOfAllKindsKeepTheirWord) {
  // Values that stand for others, graph outputs that move, constants, several readers, a reader in a subgraph.
  const Graph graph = model(R"(agraph (float[4] x, bool c) => (float[4] y, float[4] z, float[4] w) {
    r = Relu (x)  a = Neg (r)  y = Neg (a)
    p = Neg (x)  q = Neg (p)  z = Add (q, q)
    i = If (c) <then_branch = g () => (float[4] t) { t = Exp (q) }, else_branch = h () => (float[4] e) { e = Abs (q) }>
    s = Sub (x, x)  w = Add (i, s) })");
  const PatternList list = list_of({conversion("NoDouble", "Neg(Neg(x))", "x"),
                                    conversion("Zero", "Sub(x, x)", "Mul(x, 0.0)"), fusion("Sum", "Add(a, b)")});
  const TransformResult result = transform(graph, list, kCareful);
  EXPECT_EQ(result.matches.counts().at("NoDouble"), 2);
  EXPECT_EQ(result.matches.counts().at("Zero"), 1);
  EXPECT_EQ(result.matches.counts().at("Sum"), 2);
  EXPECT_TRUE(verify_graph(result.graph).empty());
}

TEST(Distrust, WhatIsUndoneAtOnePlaceEndsSoon) {
  const PatternList list =
      list_of({conversion("ToAbs", "Relu(x)", "Abs(x)"), conversion("ToRelu", "Abs(x)", "Relu(x)")});
  const Error error = error_of([&] { transform(chain(), list, kCareful); });
  EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
  EXPECT_EQ(error.message(),
            "conversions do not come to an end after 200 applications to what came of 'first'; still applied: "
            "'ToAbs', 'ToRelu'");
  EXPECT_EQ(error.remedy(), "leave one of them out: they undo one another");
}

TEST(Distrust, ACapThatIsHitByOnePatternNamesOnlyThatOne) {
  const Error error = error_of([&] {
    transform(chain(), list_of({conversion("Once", "Neg(x)", "Abs(x)"), conversion("Grows", "Exp(x)", "Exp(Tanh(x))")}),
              {.most_at_one_place = 20});
  });
  EXPECT_EQ(error.message(),
            "conversions do not come to an end after 20 applications to what came of 'third'; still applied: 'Grows'");
  EXPECT_EQ(error.remedy(), "make the pattern not match what its own replacement builds");
}

TEST(Distrust, TheSameIsTheSameWhateverItIsCalled) {
  const auto hash = [](const char* text) {
    const Graph graph = model(text);
    return region_hash(graph.nodes());
  };
  const Hash here = hash("agraph (float[4] x) => (float[4] y) { [n] a = Relu (x)  y = Neg (a) }");
  EXPECT_EQ(here, hash("agraph (float[4] x) => (float[4] y) { b = Relu (x)  [other] y = Neg (b) }"));
  EXPECT_NE(here, hash("agraph (float[4] x) => (float[4] z) { a = Relu (x)  z = Neg (a) }"));
  EXPECT_NE(here, hash("agraph (float[4] x) => (float[4] y) { a = Abs (x)  y = Neg (a) }"));
  EXPECT_NE(here, hash("agraph (float[4] w) => (float[4] y) { a = Relu (w)  y = Neg (a) }"));
}

}  // namespace
}  // namespace quoin::testing
