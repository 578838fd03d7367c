#include "quoin/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/helpers.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Clone, IsIndependentAndSharesTensors) {
  Graph graph = residual_graph();
  Edit(graph).file_info().producer_name = "test";
  Graph copy = graph.clone();
  EXPECT_EQ(copy.name(), "residual");
  EXPECT_EQ(copy.opset("ai.onnx"), 17);
  EXPECT_EQ(copy.file_info().producer_name, "test");
  EXPECT_EQ(node_names(copy), node_names(graph));
  EXPECT_TRUE(copy.find_value("w")->constant()->same_storage(*graph.find_value("w")->constant()));
  EXPECT_THAT(verify_graph(copy), IsEmpty());
  for (const Node* node : copy.nodes()) EXPECT_EQ(&node->graph(), &copy);

  Edit edit(copy);
  edit.set_constant_input(*copy.find_node("conv"), 1, Tensor::from<float>({4, 4, 1, 1}, std::vector<float>(16, 9.0F)),
                          "w");
  edit.set_input(*copy.find_node("add"), 0, copy.find_value("x"));
  edit.remove_dead_nodes();
  EXPECT_THAT(node_names(copy), ElementsAre("add"));
  EXPECT_THAT(node_names(graph), ElementsAre("conv", "relu", "add"));
  EXPECT_EQ(graph.find_value("w")->constant()->to_floats()[0], 1.0F);
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

TEST(Clone, TakesSubgraphsAlong) {
  Graph graph = if_graph();
  Graph copy = graph.clone();
  Node& choose = *copy.find_node("choose");
  EXPECT_THAT(choose.captured(), ElementsAre(copy.find_value("a")));
  for (const Graph* body : choose.subgraphs()) {
    EXPECT_EQ(body->parent(), &copy);
    EXPECT_EQ(body->find_value("a")->outer(), copy.find_value("a"));
  }
  EXPECT_THAT(verify_graph(copy), IsEmpty());
  Edit(copy).set_output_name(*copy.find_value("a"), "renamed");
  EXPECT_NE(graph.find_node("choose")->subgraphs()[0]->find_value("a"), nullptr);
  EXPECT_THAT(verify_graph(graph), IsEmpty());

  Graph moved;
  moved = std::move(copy);
  EXPECT_EQ(moved.find_node("choose")->subgraphs()[0]->parent(), &moved);
  EXPECT_THAT(verify_graph(moved), IsEmpty());
}

TEST(Clone, KeepsUnitsAndSuffixes) {
  Graph graph = residual_graph();
  Edit edit(graph);
  Node* conv = graph.find_node("conv");
  edit.add_unit("FusedConvReLU", "ConvReLU", {conv, graph.find_node("relu")}, {{"conv", conv}});
  edit.unique_value_name("w");
  Graph copy = graph.clone();
  ASSERT_EQ(copy.units().size(), 1U);
  const Unit& unit = *copy.units()[0];
  EXPECT_EQ(unit.name, "FusedConvReLU_1");
  EXPECT_EQ(unit.captures.at("conv"), copy.find_node("conv"));
  EXPECT_EQ(copy.find_node("relu")->unit(), &unit);
  EXPECT_EQ(Edit(copy).unique_value_name("w"), Edit(graph).unique_value_name("w"));
  EXPECT_THAT(verify_graph(copy), IsEmpty());
}

TEST(Unit, PortsAreTheEdgesThatCrossIt) {
  Graph graph = residual_graph();
  Edit edit(graph);
  Node *conv = graph.find_node("conv"), *relu = graph.find_node("relu"), *add = graph.find_node("add");
  // Given in the wrong order, kept in data order.
  const Unit& unit = edit.add_unit("FusedConvReLU", "ConvReLU", {relu, conv}, {{"conv", conv}});
  EXPECT_THAT(unit.nodes, ElementsAre(conv, relu));
  EXPECT_THAT(names_of(unit.inputs()), ElementsAre("x"));
  EXPECT_THAT(names_of(unit.outputs()), ElementsAre("relu_out"));
  edit.add_output(*graph.find_value("conv_out"));
  EXPECT_THAT(names_of(unit.outputs()), ElementsAre("conv_out", "relu_out"));
  edit.remove_unit(*graph.units()[0]);
  const Unit& tail = edit.add_unit("FusedAdd", "Add", {add}, {});
  EXPECT_THAT(names_of(tail.inputs()), ElementsAre("relu_out", "x"));
  EXPECT_THAT(names_of(tail.outputs()), ElementsAre("y"));
}

TEST(Unit, FollowsItsNodes) {
  Graph graph = residual_graph();
  Edit edit(graph);
  Node *relu = graph.find_node("relu"), *add = graph.find_node("add");
  Unit& unit = edit.add_unit("Tail", "Tail", {relu, add}, {{"relu", relu}, {"add", add}});
  Node& neg = edit.add_node({.op = "Neg", .inputs = {graph.find_value("relu_out")}, .name = "neg"}, {"negated"});
  edit.set_input(*add, 0, neg.output_or_null(0));
  edit.add_to_unit(unit, neg);
  EXPECT_THAT(unit.nodes, ElementsAre(relu, &neg, add));
  edit.set_input(*add, 0, graph.find_value("conv_out"));
  edit.remove_dead_nodes();
  EXPECT_THAT(unit.nodes, ElementsAre(add));
  EXPECT_EQ(unit.captures.size(), 1U);
  EXPECT_THAT(verify_graph(graph), IsEmpty());
  edit.detach_output(*graph.find_value("y"));
  edit.remove_node(*add);
  EXPECT_THAT(graph.units(), IsEmpty());
}

TEST(UnitDeathTest, NodesAreInOneUnitOnly) {
  Graph graph = residual_graph();
  Edit edit(graph);
  edit.add_unit("A", "A", {graph.find_node("conv")}, {});
  EXPECT_DEATH(edit.add_unit("B", "B", {graph.find_node("conv")}, {}), "the node 'conv' is in two units");
}

TEST(Node, MissingInputsHaveAStandIn) {
  Graph graph = residual_graph();
  const Node& conv = *graph.find_node("conv");
  EXPECT_FALSE(conv.input(2).exists());
  EXPECT_FALSE(conv.input(-1).exists());
  EXPECT_EQ(conv.input(2).rank(), -1);
  EXPECT_EQ(conv.input(2).dim(0), -1);
  EXPECT_EQ(conv.input(2).constant(), nullptr);
  EXPECT_FALSE(conv.output(1).exists());
}

TEST(Node, AttributesFallBack) {
  Graph graph = residual_graph();
  Edit edit(graph);
  Node& conv = *graph.find_node("conv");
  edit.set_attribute(conv, "pads", std::vector<int64_t>{1, 1});
  edit.set_attribute(conv, "auto_pad", std::string("SAME_UPPER"));
  edit.set_attribute(conv, "alpha", 0.5F);
  EXPECT_EQ(conv.attribute("group", 7), 1);
  EXPECT_EQ(conv.attribute("absent", 7), 7);
  EXPECT_EQ(conv.attribute("alpha", 3), 3);  // of another type
  EXPECT_EQ(conv.attribute("alpha", 3.0F), 0.5F);
  EXPECT_EQ(conv.attribute("auto_pad", "NOTSET"), "SAME_UPPER");
  EXPECT_THAT(conv.attribute("pads", std::vector<int64_t>{}), ElementsAre(1, 1));
}

TEST(Value, DimsCountFromEitherEnd) {
  Graph graph = residual_graph();
  Edit edit(graph);
  const Value& x = *graph.find_value("x");
  EXPECT_EQ(x.rank(), 4);
  EXPECT_EQ(x.dim(1), 4);
  EXPECT_EQ(x.dim(-1), 8);
  EXPECT_EQ(x.dim(4), -1);
  EXPECT_EQ(x.dim(-5), -1);
  EXPECT_EQ(x.static_shape(), (Shape{1, 4, 8, 8}));
  edit.set_type(*graph.find_value("x"), DataType::kFloat, std::vector<Dim>{{-1, "batch"}, {4, ""}});
  EXPECT_EQ(x.dim(0), -1);
  EXPECT_EQ(x.static_shape(), std::nullopt);
  EXPECT_FALSE(graph.find_value("y")->has_rank());
}

TEST(ReadLog, WritesDownWhatIsReadOnce) {
  Graph graph = residual_graph();
  const Node& conv = *graph.find_node("conv");
  EXPECT_FALSE(ReadLog::active());
  ReadLog log;
  EXPECT_TRUE(ReadLog::active());
  EXPECT_TRUE(conv.is("Conv"));
  EXPECT_FALSE(conv.is("Relu"));
  conv.attribute("group", 1);
  conv.attribute("group", 1);
  conv.attribute("kernel_shape", std::vector<int64_t>{1, 1});
  conv.has_attribute("pads");
  conv.input(0).dim(1);
  conv.input(0).type();
  conv.input(0).rank();
  conv.input(0).static_shape();
  conv.input(1).constant();
  conv.input(0).constant();
  conv.input(2).dim(0);
  conv.output().type();
  EXPECT_THAT(log.reads(),
              ElementsAre("op of 'conv' is Conv", "group is 1", "kernel_shape is [1, 1] (default)", "pads is not given",
                          "dim 1 of 'x' is 4", "type of 'x' is float", "rank of 'x' is 4",
                          "shape of 'x' is [1, 4, 8, 8]", "'w' is a constant", "'x' is not a constant",
                          "dim 0 of a missing input is unknown", "type of 'conv_out' is unknown"));
}

TEST(ReadLog, TheInnermostWins) {
  ReadLog outside;
  {
    ReadLog inside;
    ReadLog::note("inner");
    EXPECT_THAT(inside.reads(), ElementsAre("inner"));
  }
  ReadLog::note("outer");
  EXPECT_THAT(outside.reads(), ElementsAre("outer"));
}

}  // namespace
}  // namespace quoin
