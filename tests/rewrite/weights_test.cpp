// Weights behind operators that only rearrange or convert them are constants to every pattern.
#include <gmock/gmock.h>

#include "helpers.h"

namespace quoin::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

PatternList linear() {
  PatternList list;
  list.name = "linear";
  list.add(fusion("Linear", "MatMul|Conv|Gemm(x, const w)"));
  return list;
}

// After transform, with a list that folds nothing of its own.
Graph transformed(const Graph& model) {
  Graph result = transform(model, linear()).graph;
  EXPECT_THAT(verify_graph(result), IsEmpty());
  return result;
}

std::vector<std::string> ops(const Graph& graph) {
  std::vector<std::string> names;
  for (const Node* node : graph.nodes()) names.push_back(node->op());
  return names;
}

const Tensor& weight_of(const Graph& graph) {
  const Node* last = nullptr;
  for (const Node* node : graph.nodes()) last = node;
  const Tensor* weight = last->input(1).constant();
  if (!weight) throw Error(ErrorCode::kCheckFailed, "the weight is no constant");
  return *weight;
}

Tensor floats(Shape shape, std::vector<float> values) { return Tensor::from(std::move(shape), values); }

TEST(Weights, BehindOperatorsThatRearrange) {
  const std::string data = "float[2,3] w = {1, 2, 3, 4, 5, 6}";
  const auto folded = [&](const std::string& initializers, const std::string& node,
                          const std::string& x = "float[1,n] x") {
    const Graph graph = transformed(
        model("m (" + x + ") => (float y) <" + data + initializers + "> { v = " + node + " y = MatMul(x, v) }"));
    EXPECT_THAT(ops(graph), ElementsAre("MatMul")) << node;
    EXPECT_THAT(graph.initializers().size(), 1u) << "the old one is gone: " << node;
    return weight_of(graph);
  };
  EXPECT_EQ(folded("", "Transpose(w)"), floats({3, 2}, {1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(folded(", int64[2] s = {-1, 2}", "Reshape(w, s)"), floats({3, 2}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(folded(", int64[1] a = {-3}", "Unsqueeze(w, a)"), floats({1, 2, 3}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(folded("", "Flatten<axis = 2>(w)"), floats({6, 1}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(folded(", int64[1] f = {1}, int64[1] t = {9}, int64[1] a = {-1}", "Slice(w, f, t, a)"),
            floats({2, 2}, {2, 3, 5, 6}));
  EXPECT_EQ(folded(", float[2,1] k = {2, -1}", "Mul(w, k)"), floats({2, 3}, {2, 4, 6, -4, -5, -6}));
  EXPECT_EQ(folded(", float[1] k = {1}", "Sub(k, w)"), floats({2, 3}, {0, -1, -2, -3, -4, -5}));
  EXPECT_EQ(folded("", "Neg(w)"), floats({2, 3}, {-1, -2, -3, -4, -5, -6}));
  EXPECT_EQ(folded("", "Abs(w)"), floats({2, 3}, {1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(folded(", int64[3] s = {1, 1, 3}", "Expand(w, s)"), floats({1, 2, 3}, {1, 2, 3, 4, 5, 6}));
  const Tensor root = folded("", "Sqrt(w)"), inverse = folded("", "Reciprocal(w)");
  EXPECT_EQ(root.as<float>()[3], 2.0F);
  EXPECT_EQ(inverse.as<float>()[3], 0.25F);
}

TEST(Weights, BehindAConversion) {
  const Graph graph =
      transformed(model(R"(m (float[1,2] x) => (float[1,2] y) <float16[2,2] w = {15360, 16384, 0, 48128}>
    { v = Cast<to = 1>(w)  y = MatMul(x, v) })"));
  EXPECT_EQ(weight_of(graph), floats({2, 2}, {1, 2, 0, -1}));
}

TEST(Weights, BehindSeveral) {
  const Graph graph =
      transformed(model(R"(m (float[1,2] x) => (float[1,2] y) <float[4,1] w = {1, 2, 3, 4}, int64[2] s = {2, 2}>
    { a = Identity(w)  b = Reshape(a, s)  c = Transpose<perm = [1, 0]>(b)  y = MatMul(x, c) })"));
  EXPECT_THAT(ops(graph), ElementsAre("MatMul"));
  EXPECT_EQ(weight_of(graph), floats({2, 2}, {1, 3, 2, 4}));
}

TEST(Weights, PartsOfAPackedOne) {
  const Graph graph = transformed(
      model(R"(m (float[1,2] x) => (float[1,2] y, float[1,1] z) <float[2,3] w = {1, 2, 3, 4, 5, 6}, int64[2] s = {2, 1}>
    { a, b = Split<axis = 1>(w, s)  y = MatMul(x, a)  z = MatMul(x, b) })"));
  EXPECT_THAT(ops(graph), ElementsAre("MatMul", "MatMul"));
  EXPECT_EQ(weight_of(graph), floats({2, 1}, {3, 6}));
}

TEST(Weights, SharedOnesAreFoldedOnce) {
  const Graph graph = transformed(model(R"(m (float[1,2] x) => (float[1,2] z) <float[2,2] w = {1, 2, 3, 4}>
    { a = Transpose(w)  b = Transpose(w)  y = MatMul(x, a)  z = MatMul(y, b) })"));
  EXPECT_THAT(ops(graph), ElementsAre("MatMul", "MatMul"));
  EXPECT_EQ(graph.initializers().size(), 1u);
}

TEST(Weights, OneThatATableIsToo) {
  const Graph graph = transformed(
      model(R"(m (int64[3] i, float[1,2] x) => (float[3,2] e, float[1,4] y) <float[4,2] w = {1, 2, 3, 4, 5, 6, 7, 8}>
    { e = Gather(w, i)  v = Transpose(w)  y = MatMul(x, v) })"));
  EXPECT_THAT(ops(graph), ElementsAre("Gather", "MatMul"));
  EXPECT_EQ(graph.initializers().size(), 2u);
}

TEST(Weights, InABranchThatReadsTheMainGraphs) {
  const Graph graph = transformed(model(R"(m (bool c, float[1,2] x) => (float[1,2] z) <float[2,2] w = {1, 2, 3, 4}>
    { y = If (c) <then_branch = t () => (float[1,2] a) { v = Transpose(w)  a = MatMul(x, v) },
                  else_branch = e () => (float[1,2] b) { b = MatMul(x, w) }>
      z = Relu(y) })"));
  for (const Node* node : graph.nodes()) {
    for (const Graph* body : node->subgraphs()) EXPECT_THAT(ops(*body), ElementsAre("MatMul"));
  }
}

TEST(Weights, AFileAtMostDoubles) {
  // Each Concat holds the last one twice: 2^12 times the weight, were it folded.
  std::string nodes;
  for (int i = 0; i < 12; ++i)
    nodes +=
        "w" + std::to_string(i + 1) + " = Concat<axis = 0>(w" + std::to_string(i) + ", w" + std::to_string(i) + ")\n";
  const Graph graph = transformed(model("m (float[1,n] x) => (float y) <float[64] w0 = {" + [] {
    std::string numbers = "1";
    for (int i = 1; i < 64; ++i) numbers += ", 1";
    return numbers;
  }() + "}> {\n" + nodes + "y = MatMul(x, w12) }"));
  size_t bytes = 0;
  for (const Value* value : graph.initializers()) bytes += value->constant()->bytes().size();
  EXPECT_LE(bytes, 2 * 64 * sizeof(float));
  EXPECT_GT(graph.node_count(), 10u);
}

TEST(Weights, StayWhereTheyGrowForNothing) {
  const Graph table = transformed(model(
      R"(m (int64[3] i, float[1,2] x) => (float[3,2] e, float[1,2] y) <float16[4,2] w = {0, 0, 0, 0, 0, 0, 0, 0}, float[2,2] p = {1, 2, 3, 4}>
    { t = Cast<to = 1>(w)  e = Gather(t, i)  y = MatMul(x, p) })"));
  EXPECT_THAT(ops(table), ElementsAre("Cast", "Gather", "MatMul")) << "a table would only grow";
  const Graph integers = transformed(model(R"(m (float[1,2] x) => (float[1,2] y) <int8[2,2] w = {1, 2, 3, 4}>
    { v = Cast<to = 1>(w)  y = MatMul(x, v) })"));
  EXPECT_THAT(ops(integers), ElementsAre("Cast", "MatMul")) << "quantized already";
  const Graph expanded =
      transformed(model(R"(m (float[1,2] x) => (float[1,2] y) <float[1,2] w = {1, 2}, int64[2] s = {2, 2}>
    { v = Expand(w, s)  y = MatMul(x, v) })"));
  EXPECT_THAT(ops(expanded), ElementsAre("Expand", "MatMul"));
}

// Found by fuzz_match: the first Split's second output, which nobody reads, was given to the reader of the other's.
TEST(Weights, EqualNodesWhoseOutputsAreReadDifferently) {
  const Graph graph = transformed(model(
      R"(m (float[1,2] x) => (float[1,1] y, float[1,1] z) <float[2,2] w = {1, 2, 3, 4}>
    { a, b = Split<axis = 1>(w)  c, d = Split<axis = 1>(w)
      y = MatMul(x, a)  z = MatMul(x, d) })"));
  EXPECT_THAT(ops(graph), ElementsAre("MatMul", "MatMul"));
}

}  // namespace
}  // namespace quoin::testing
