// The order of nodes: stable, topological, and quick for large graphs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/helpers.h"
#include "quoin/graph.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Order, AFileInOrderKeepsItsOrder) {
  Graph graph;
  Edit edit(graph);
  Value& x = edit.add_input("x", DataType::kFloat, std::nullopt);
  // Two chains, interleaved, and one node that nothing reads: any depth-first order would pull them apart.
  Node& a1 = edit.add_node({.op = "Relu", .inputs = {&x}, .name = "a1"}, {"a1"});
  Node& b1 = edit.add_node({.op = "Relu", .inputs = {&x}, .name = "b1"}, {"b1"});
  edit.add_node({.op = "Relu", .inputs = {&x}, .name = "dead"}, {"dead"});
  Node& b2 = edit.add_node({.op = "Relu", .inputs = {b1.output_or_null(0)}, .name = "b2"}, {"b2"});
  Node& a2 = edit.add_node({.op = "Relu", .inputs = {a1.output_or_null(0)}, .name = "a2"}, {"a2"});
  edit.add_node({.op = "Add", .inputs = {a2.output_or_null(0), b2.output_or_null(0)}, .name = "sum"}, {"y"});
  EXPECT_THAT(node_names(graph), ElementsAre("a1", "b1", "dead", "b2", "a2", "sum"));
  EXPECT_THAT(node_names(graph.clone()), ElementsAre("a1", "b1", "dead", "b2", "a2", "sum"));
  EXPECT_EQ(graph.find_node("b2")->order(), 3);
}

TEST(Order, ANewNodeStandsBeforeItsFirstReader) {
  Graph graph = residual_graph();
  Edit edit(graph);
  Node& relu = *graph.find_node("relu");
  Value& conv_out = *graph.find_value("conv_out");
  Node& scale = edit.add_node({.op = "Constant", .attributes = {{"value_float", 1.0F}}, .name = "scale"}, {"scale"});
  Node& mul = edit.add_node({.op = "Mul", .inputs = {&conv_out, scale.output_or_null(0)}, .name = "mul"}, {"scaled"});
  edit.set_input(relu, 0, mul.output_or_null(0));
  EXPECT_THAT(node_names(graph), ElementsAre("conv", "scale", "mul", "relu", "add"));
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

TEST(Order, NodesOfAnUnsortedFileComeAfterTheirProducers) {
  Graph graph;
  Edit edit(graph);
  Value& x = edit.add_input("x", DataType::kFloat, std::nullopt);
  Value& middle = edit.add_value("middle");
  edit.add_output(*edit.add_node({.op = "Neg", .inputs = {&middle}, .name = "last"}, {"y"}).output_or_null(0));
  edit.add_node_with_outputs({.op = "Relu", .inputs = {&x}, .name = "first"}, {&middle});
  EXPECT_THAT(node_names(graph), ElementsAre("first", "last"));
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

TEST(Order, AddressesSurviveSortingAndMoving) {
  Graph graph = residual_graph();
  Edit edit(graph);
  const Node* conv = graph.find_node("conv");
  const Value* x = graph.find_value("x");
  Node& neg = edit.add_node({.op = "Neg", .inputs = {graph.find_value("x")}, .name = "neg"}, {"negated"});
  edit.set_input(*graph.find_node("conv"), 0, neg.output_or_null(0));
  EXPECT_THAT(node_names(graph), ElementsAre("neg", "conv", "relu", "add"));
  const Graph moved = std::move(graph);
  EXPECT_EQ(moved.find_node("conv"), conv);
  EXPECT_EQ(moved.find_value("x"), x);
  EXPECT_EQ(&conv->graph(), &moved);
  EXPECT_THAT(verify_graph(moved), IsEmpty());
}

TEST(Order, ACycleIsCutAndReported) {
  Graph graph = residual_graph();
  Edit(graph).set_input(*graph.find_node("conv"), 0, graph.find_value("relu_out"));
  EXPECT_EQ(graph.nodes().size(), 3U);
  EXPECT_THAT(verify_graph(graph), ElementsAre("the graph has a cycle through 'relu', which reads 'conv_out'"));
}

TEST(Order, TenThousandNodesAreEditedOneByOne) {
  constexpr int kNodes = 10'000;
  Graph graph;
  Edit edit(graph);
  Value* value = &edit.add_input("x", DataType::kFloat, std::nullopt);
  Value& scale = edit.add_initializer("scale", Tensor::scalar(2.0F));
  for (int i = 0; i < kNodes; ++i)
    value = edit.add_node({.op = "Mul", .inputs = {value, &scale}}, {"y"}).output_or_null(0);
  edit.add_output(*value);
  ASSERT_EQ(graph.nodes().size(), static_cast<size_t>(kNodes));
  // Every Mul becomes a Neg, from the front, with everything kept right between the steps.
  for (Node* node : graph.nodes()) {
    Value& out = *node->output_or_null(0);
    Value* in = node->input_or_null(0);
    edit.detach_output(out);
    edit.remove_node(*node);
    edit.add_node_with_outputs({.op = "Neg", .inputs = {in}}, {&out});
  }
  EXPECT_EQ(edit.remove_unused_constants(), 1);
  EXPECT_EQ(graph.node_count(), static_cast<size_t>(kNodes));
  const std::vector<const Node*> nodes = const_cast<const Graph&>(graph).nodes();
  EXPECT_EQ(nodes.front()->input(0).name(), "x");
  EXPECT_TRUE(nodes.back()->output().is_graph_output());
  EXPECT_THAT(verify_graph(graph), IsEmpty());
  // A chain this long must not recurse when it is out of order either: the new first node reaches to the end.
  Node& first = *graph.nodes().front();
  Node& neg = edit.add_node({.op = "Neg", .inputs = {graph.find_value("x")}, .name = "neg"}, {"negated"});
  edit.set_input(first, 0, neg.output_or_null(0));
  EXPECT_EQ(graph.nodes().front(), &neg);
  EXPECT_EQ(edit.remove_dead_nodes(), 0);
}

TEST(Order, AChainAgainstTheFileOrderDoesNotRecurse) {
  constexpr int kNodes = 20'000;
  Graph graph;
  Edit edit(graph);
  Value* value = &edit.add_value("y");
  edit.add_output(*value);
  for (int i = 0; i < kNodes; ++i) {
    Value& in = i + 1 < kNodes ? edit.add_value("v") : edit.add_input("x", DataType::kFloat, std::nullopt);
    edit.add_node_with_outputs({.op = "Neg", .inputs = {&in}}, {value});
    value = &in;
  }
  EXPECT_EQ(graph.nodes().front()->input(0).name(), "x");
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

}  // namespace
}  // namespace quoin
