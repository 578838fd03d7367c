#include "common.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ConvertOpset, KeepsWhatTheConverterDrops) {
  Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 11], metadata_props: ["k": "v"]>
    g (float[2,3,4] x) => (float[2,4] y) <float[1] w = {2}> {
      [squeeze] h = ReduceSum<axes = [1], keepdims = 1>(x)
      [drop] i = Squeeze<axes = [1]>(h)
      [scale] j = Mul(i, w)
      [act] y = Relu(j)
    })");
  Edit edit(graph);
  edit.set_metadata(*graph.find_node("drop"), {{"key", "value"}});
  edit.set_node_doc(*graph.find_node("drop"), "documented");
  edit.set_origins(*graph.find_node("drop"), {"one", "two"});
  Unit& unit = edit.add_unit("Fused", "P", {graph.find_node("drop"), graph.find_node("scale")},
                             {{"it", graph.find_node("drop")}});
  unit.name = "Fused_7";
  const Graph converted = convert_opset(graph, 13);
  EXPECT_THAT(verify_graph(converted), IsEmpty());
  check_model(converted);
  EXPECT_EQ(converted.opset(), 13);
  EXPECT_EQ(graph.opset(), 11);
  const Node* drop = converted.find_node("drop");
  ASSERT_TRUE(drop);
  EXPECT_EQ(drop->input_count(), 2);
  EXPECT_EQ(drop->input(1).constant()->to_int64s(), std::vector<int64_t>{1});
  EXPECT_FALSE(drop->has_attribute("axes"));
  EXPECT_EQ(drop->doc(), "documented");
  EXPECT_THAT(drop->metadata(), ElementsAre(testing::Pair("key", "value")));
  EXPECT_THAT(drop->origins(), ElementsAre("one", "two"));
  ASSERT_TRUE(drop->unit());
  EXPECT_EQ(drop->unit()->name, "Fused_7");
  EXPECT_EQ(drop->unit()->captures.at("it"), drop);
  EXPECT_EQ(converted.file_info().metadata, graph.file_info().metadata);
}

TEST(ConvertOpset, Down) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 13]>
    g (float[2,1] x) => (float[2] y) <int64[1] axes = {1}> { [drop] y = Squeeze(x, axes) })");
  const Graph converted = convert_opset(graph, 11);
  EXPECT_THAT(verify_graph(converted), IsEmpty());
  check_model(converted);
  EXPECT_EQ(converted.find_node("drop")->attribute("axes", std::vector<int64_t>{}), std::vector<int64_t>{1});
  EXPECT_EQ(converted.find_node("drop")->input_count(), 1);
  EXPECT_THAT(converted.initializers(), IsEmpty());
}

TEST(ConvertOpset, InsertedNodesJoinTheUnit) {
  Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 11]>
    g (float[2,3,4] x) => (float[2,3,4] y) { [neg] h = Neg(x)  [soft] y = Softmax<axis = 1>(h) })");
  Edit(graph).add_unit("Fused", "P", {graph.find_node("neg"), graph.find_node("soft")},
                       {{"soft", graph.find_node("soft")}});
  const Graph converted = convert_opset(graph, 13);
  EXPECT_THAT(verify_graph(converted), IsEmpty());
  check_model(converted);
  EXPECT_GT(converted.node_count(), 2u);
  const Node* soft = converted.find_node("soft");
  ASSERT_TRUE(soft);
  EXPECT_EQ(soft->op(), "Softmax");
  EXPECT_THAT(soft->origins(), ElementsAre("soft"));
  ASSERT_EQ(converted.units().size(), 1u);
  EXPECT_EQ(converted.units()[0]->captures.at("soft"), soft);
  for (const Node* node : converted.nodes()) {
    EXPECT_FALSE(node->origins().empty()) << node->label();
    EXPECT_TRUE(node->op() == "Constant" || node->unit()) << node->label();
  }
  EXPECT_EQ(type_of(*converted.find_value("y")), "float[2,3,4,]");
}

TEST(ConvertOpset, LargeWeightsAreShared) {
  Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 13]>
    g (float[2000] x) => (float[2000] y) { [add] h = Add(x, x)  [mul] y = Mul(h, h) })");
  Edit edit(graph);
  const Tensor large = Tensor::from<float>({2000}, std::vector<float>(2000, 0.25f));
  edit.set_constant_input(*graph.find_node("add"), 1, large, "w");
  Node& constant = edit.add_node({.op = "Constant", .attributes = {{"value", large}}}, {"c"});
  edit.set_input(*graph.find_node("mul"), 1, constant.output_or_null(0));
  const Graph converted = convert_opset(graph, 17);
  EXPECT_TRUE(converted.find_value("w")->constant()->same_storage(large));
  EXPECT_TRUE(converted.find_value("c")->constant()->same_storage(large));
  EXPECT_THAT(converted.inputs(), ElementsAre(converted.find_value("x")));
}

TEST(ConvertOpset, Subgraphs) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 11]>
    g (bool c, float[2,1] x) => (float[2] y) {
      y = If(c) <then_branch = t () => (float[2] r) { [inner] r = Squeeze<axes = [1]>(x) }, else_branch = e () => (float[2] q) { n = Neg(x)  q = Squeeze<axes = [1]>(n) }>
    })");
  const Graph converted = convert_opset(graph, 13);
  EXPECT_THAT(verify_graph(converted), IsEmpty());
  check_model(converted);
  const Graph& then = *converted.find_value("y")->producer()->subgraphs()[1];
  EXPECT_EQ(then.find_node("inner")->input_count(), 2);
}

TEST(ConvertOpset, TheSameVersionIsACopy) {
  const Graph graph =
      parse_text(R"(<ir_version: 8, opset_import: ["" : 17]> g (float[2] x) => (float[2] y) { y = Relu(x) })");
  expect_same(graph, convert_opset(graph, 17));
}

TEST(ConvertOpset, NamesWhatCannotBeConverted) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2,3] x) => (float[2,3] y) <float[3] s = {1,1,1}> { [norm] y = LayerNormalization(x, s) })");
  const Error error = error_of([&] { convert_opset(graph, 13); });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_THAT(
      error.message(),
      testing::StartsWith(
          "the node 'norm' (LayerNormalization) cannot be converted from opset 17 to 13: No Previous Version of "));
  EXPECT_EQ(error.where(), "norm");
  EXPECT_EQ(error_of([&] { convert_opset(graph, 6); }).message(), "there is no conversion to opset 6");
}

}  // namespace
}  // namespace quoin
