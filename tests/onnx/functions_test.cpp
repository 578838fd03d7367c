#include <algorithm>

#include "common.h"

namespace quoin {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Graph with_unit() {
  Graph graph = parse_text(R"(<ir_version: 7, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> {
      c = Constant<value = float[2] {3, 4}>()
      [mul] h = Mul(x, w)
      [add] i = Add(h, c)
      [act] j = Relu(i)
      [last] y = Neg(j)
    })");
  Edit(graph).add_unit("FusedMulAdd", "MulAdd",
                       {graph.find_node("mul"), graph.find_node("add"), graph.find_node("act")}, {});
  return graph;
}

TEST(Functions, UnitsBecomeCalls) {
  const Graph graph = with_unit();
  const Graph saved = load_bytes(serialize(graph, {.functions = true}));
  EXPECT_EQ(saved.ir_version(), 8);
  EXPECT_EQ(saved.opset("quoin"), 1);
  EXPECT_EQ(saved.node_count(), 3u);
  const Node* call = saved.find_node("FusedMulAdd_1");
  ASSERT_TRUE(call);
  EXPECT_TRUE(call->is("FusedMulAdd_1", "quoin"));
  ASSERT_EQ(call->input_count(), 3);
  EXPECT_EQ(call->input(0).name(), "x");
  EXPECT_EQ(call->input(1).name(), "w");
  EXPECT_EQ(call->input(2).name(), "c");
  EXPECT_EQ(call->output().name(), "j");
  EXPECT_EQ(type_of(*saved.find_value("j")), "float[2,]");
  EXPECT_THAT(to_text(saved), HasSubstr("FusedMulAdd_1 (x, w, c) => (j)"));
  check_model(saved);
}

TEST(Functions, WithoutThemUnitsAreNodes) { EXPECT_EQ(load_bytes(serialize(with_unit())).node_count(), 5u); }

TEST(Functions, CapturedValuesAreInputs) {
  Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (bool c, float[2] x) => (float[2] y) <float[2] w = {1, 2}> {
      [neg] h = Neg(x)
      [if] y = If(c) <then_branch = t () => (float[2] r) { r = Add(h, w) }, else_branch = e () => (float[2] q) { q = Mul(x, w) }>
    })");
  Edit(graph).add_unit("Choice", "P", {graph.find_node("neg"), graph.find_node("if")}, {});
  const Graph saved = load_bytes(serialize(graph, {.functions = true}));
  const Node* call = saved.find_node("Choice_1");
  ASSERT_TRUE(call);
  std::vector<std::string> inputs;
  for (int i = 0; i < call->input_count(); ++i) inputs.push_back(call->input(i).name());
  EXPECT_THAT(inputs, testing::UnorderedElementsAre("x", "c", "w"));
}

TEST(Functions, NamesOfEarlierFunctionsAreLeftAlone) {
  Graph again = load_bytes(serialize(with_unit(), {.functions = true}));
  Edit(again).add_unit("FusedMulAdd", "MulAdd", {again.find_node("last")}, {});
  const Graph saved = load_bytes(serialize(again, {.functions = true}));
  EXPECT_EQ(saved.file_info().functions.size(), 2u);
  EXPECT_EQ(saved.find_value("y")->producer()->op(), "FusedMulAdd_1_1");
}

TEST(Functions, AUnitThatAnOutsideNodeCutsIsRefused) {
  Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) { [a] p = Neg(x)  [b] q = Abs(p)  [c] y = Add(p, q) })");
  Edit(graph).add_unit("Split", "P", {graph.find_node("a"), graph.find_node("c")}, {});
  const Error error = error_of([&] { serialize(graph, {.functions = true}); });
  EXPECT_EQ(error.message(),
            "the unit 'Split_1' cannot be one function call: a node outside it reads one of its values and feeds "
            "another of its nodes");
  EXPECT_EQ(error.remedy(), "save without functions");
}

}  // namespace
}  // namespace quoin
