#include <gmock/gmock.h>

#include <chrono>

#include "helpers.h"

namespace quoin::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const auto kRemoveNeg = [] { return conversion("RemoveDoubleNeg", "Neg(Neg(x))", "x"); };
const auto kDropAbs = [] { return conversion("DropAbs", "Abs(Relu(x) as relu)", "Relu(x)"); };

TEST(Conversions, RunToAFixpointAndLeaveTheInputAlone) {
  const Graph graph = model(R"(agraph (float[4] x) => (float[4] y) {
    a = Neg (x)  b = Neg (a)  c = Neg (b)  d = Neg (c)  y = Relu (d) })");
  const TransformResult result = transform(graph, list_of({kRemoveNeg()}));
  EXPECT_EQ(ops(result.graph), "Relu");
  EXPECT_EQ(ops(graph), "Neg Neg Neg Neg Relu");
  EXPECT_EQ(result.matches.counts().at("RemoveDoubleNeg"), 2);
  EXPECT_EQ(result.graph.nodes()[0]->input(0).name(), "x");
}

TEST(Conversions, FeedOneAnother) {
  const Graph graph =
      model(R"(agraph (float[4] x) => (float[4] y) { a = Relu (x)  b = Neg (a)  c = Neg (b)  y = Abs (c) })");
  const TransformResult result = transform(graph, list_of({kDropAbs(), kRemoveNeg()}));
  EXPECT_EQ(ops(result.graph), "Relu");
  ASSERT_EQ(result.matches.conversions.size(), 2U);
  EXPECT_EQ(result.matches.conversions[0].pattern, "RemoveDoubleNeg");
  EXPECT_EQ(result.matches.conversions[1].pattern, "DropAbs");
}

TEST(Conversions, KeepOriginsNamesAndShapes) {
  const Graph graph = model(R"(agraph (float[4] x) => (float[4] y) {
    [first] a = Relu (x)  [second] b = Abs (a)  [third] y = Neg (b) })");
  const TransformResult result = transform(graph, list_of({kDropAbs()}));
  const Node* relu = result.graph.nodes()[0];
  EXPECT_EQ(relu->op(), "Relu");
  EXPECT_EQ(relu->output(0).name(), "b");
  EXPECT_EQ(relu->output(0).dim(0), 4);
  EXPECT_THAT(relu->origins(), ::testing::UnorderedElementsAre("first", "second"));
  EXPECT_THAT(result.matches.conversions[0].origins, ElementsAre("first", "second"));
}

TEST(Conversions, GiveShapesToNewValues) {
  const Graph graph = model("agraph (float[2,3] x) => (float[2,3] y) { a = Exp (x)  y = Neg (a) }");
  const TransformResult result =
      transform(graph, list_of({conversion("Spread", "Exp(x)", "Transpose[perm=[1, 0]](Exp(Transpose[perm=[1, 0]](x)))",
                                           {"dim(x, 0) == 2"})}));
  EXPECT_EQ(ops(result.graph), "Transpose Exp Transpose Neg");
  EXPECT_EQ(result.graph.nodes()[1]->input(0).dim(0), 3);
}

TEST(Conversions, ThatUndoOneAnotherAreAnErrorNamingThem) {
  const Graph graph = model("agraph (float[4] x) => (float[4] y) { a = Relu (x)  y = Neg (a) }");
  const PatternList list =
      list_of({conversion("ToAbs", "Relu(x)", "Abs(x)"), conversion("ToRelu", "Abs(x)", "Relu(x)")});
  const Error error = error_of([&] { transform(graph, list, {.most_conversions = 50}); });
  EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
  EXPECT_EQ(error.message(),
            "conversions do not come to an end after 50 applications; still applied: 'ToAbs', 'ToRelu'");
  EXPECT_EQ(error.remedy(), "leave one of them out: they undo one another");
}

TEST(Conversions, ThatMatchTheirOwnResultAreAnError) {
  const Graph graph = model("agraph (float[4] x) => (float[4] y) { y = Relu (x) }");
  const Error error = error_of(
      [&] { transform(graph, list_of({conversion("Again", "Relu(x)", "Relu(x)")}), {.most_conversions = 9}); });
  EXPECT_THAT(error.message(), HasSubstr("'Again'"));
  EXPECT_THAT(error.remedy(), HasSubstr("its own replacement"));
}

TEST(Conversions, StayAwayWhereAGraphOutputCouldNotKeepItsName) {
  for (const char* text :
       {"agraph (float[4] x) => (float[4] y) { a = Neg (x)  y = Neg (a) }",
        "agraph (float[4] x) => (float[4] z, float[4] y) { z = Relu (x)  a = Neg (z)  y = Neg (a) }"}) {
    const Graph graph = model(text);
    const TransformResult result = transform(graph, list_of({kRemoveNeg()}));
    EXPECT_EQ(ops(result.graph), ops(graph));
    EXPECT_TRUE(result.matches.conversions.empty());
  }
}

TEST(Conversions, LetTheProducerGiveTheGraphOutput) {
  const Graph graph = model("agraph (float[4] x) => (float[4] y) { r = Relu (x)  a = Neg (r)  y = Neg (a) }");
  const TransformResult result = transform(graph, list_of({kRemoveNeg()}));
  EXPECT_EQ(ops(result.graph), "Relu");
  EXPECT_EQ(result.graph.outputs()[0]->name(), "y");
  EXPECT_EQ(result.graph.outputs()[0]->producer()->op(), "Relu");
}

TEST(Conversions, LeaveOutNodesThatDependOnAHelper) {
  const std::string replace = "Flatten?[axis=flatten_axis(mean)](GlobalAveragePool(x))";
  const PatternRef pattern = conversion("Pool", "ReduceMean(x) as mean", replace);
  const auto after = [&](const std::string& keepdims, const std::string& shape) {
    return ops(transform(model("agraph (float[1,2,4,4] x) => (float" + shape +
                               " y) { y = ReduceMean <axes = [2, 3], keepdims = " + keepdims + "> (x) }"),
                         list_of({pattern}))
                   .graph);
  };
  EXPECT_EQ(after("1", "[1,2,1,1]"), "GlobalAveragePool");
  EXPECT_EQ(after("0", "[1,2]"), "GlobalAveragePool Flatten");
  const Error error = error_of([] { conversion("Pool", "ReduceMean(x) as mean", "Flatten?(x)"); });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_THAT(error.message(), HasSubstr("Flatten? depends on nothing"));
}

TEST(Conversions, SeeConstantsThroughIdentity) {
  const Graph graph = model(
      R"(agraph (float[4] x) => (float[4] y) <float one = {1}> { o = Identity (one)  a = Mul (x, o)  y = Relu (a) })");
  const TransformResult result = transform(graph, list_of({conversion("DropOne", "Mul(x, 1)", "x")}));
  EXPECT_EQ(ops(result.graph), "Relu");
}

TEST(Conversions, OfTenThousandNodesAreFast) {
  std::string text = "agraph (float[4] x0) => (float[4] y) {\n";
  for (int i = 0; i < 10000; ++i) text += "x" + std::to_string(i + 1) + " = Neg (x" + std::to_string(i) + ")\n";
  const Graph graph = model(text + "y = Relu (x10000) }");
  const auto start = std::chrono::steady_clock::now();
  const TransformResult result = transform(graph, list_of({kRemoveNeg()}));
  EXPECT_EQ(ops(result.graph), "Relu");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace quoin::testing
