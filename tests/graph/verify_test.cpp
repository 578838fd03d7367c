// Breaches: what Edit lets through, and what only a bug in Edit could make (const is cast away for those).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/helpers.h"

namespace quoin {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

template <typename T>
T& writable(const T& object) {
  return const_cast<T&>(object);
}

TEST(Verify, GoodGraphsHaveNoBreaches) {
  EXPECT_THAT(verify_graph(Graph()), IsEmpty());
  EXPECT_THAT(verify_graph(residual_graph()), IsEmpty());
  EXPECT_THAT(verify_graph(if_graph()), IsEmpty());
}

TEST(Verify, OutputsWithoutAProducer) {
  Graph graph = residual_graph();
  Edit(graph).detach_output(*graph.find_value("y"));
  EXPECT_THAT(verify_graph(graph), ElementsAre("nothing produces the graph output 'y'"));
}

TEST(Verify, ReadsWithoutAProducer) {
  Graph graph = residual_graph();
  Edit edit(graph);
  edit.set_input(*graph.find_node("add"), 1, &edit.add_value("nothing"));
  EXPECT_THAT(verify_graph(graph), ElementsAre("the node 'add' reads 'nothing', which nothing produces"));
}

TEST(Verify, UseListsThatAreWrong) {
  Graph graph = residual_graph();
  writable(graph.find_value("x")->uses()).pop_back();
  EXPECT_THAT(verify_graph(graph), ElementsAre("'x' lists 1 readers, but has 2"));
  writable(graph.find_value("x")->uses()).push_back({graph.find_node("relu"), 0});
  EXPECT_THAT(verify_graph(graph), ElementsAre("'x' lists input 0 of 'relu' as a reader, which it is not"));
  writable(graph.find_value("x")->uses()).back() = graph.find_value("x")->uses().front();
  EXPECT_THAT(verify_graph(graph), ElementsAre("'x' lists a reader twice"));
}

TEST(Verify, NamesThatAreWrong) {
  Graph graph = residual_graph();
  writable(graph.find_value("y")->name()) = "x";
  writable(graph.find_node("relu")->name()) = "conv";
  EXPECT_THAT(verify_graph(graph),
              ElementsAre("two values are named 'x'", "the value 'x' is not found by its name",
                          "two nodes are named 'conv'", "the node 'conv' is not found by its name"));
}

TEST(Verify, UnitsThatOverlapOrAreWrong) {
  Graph graph = residual_graph();
  Edit edit(graph);
  Node *conv = graph.find_node("conv"), *relu = graph.find_node("relu");
  edit.add_unit("A", "A", {conv}, {{"conv", conv}});
  edit.add_unit("B", "B", {relu}, {});
  graph.units()[1]->nodes.push_back(conv);
  EXPECT_THAT(verify_graph(graph),
              ElementsAre("the node 'conv' is in two units", "the node 'conv' does not know its unit 'B_1'"));
  graph.units()[1]->nodes.clear();
  graph.units()[0]->captures["relu"] = relu;
  graph.units()[1]->name = "A_1";
  EXPECT_THAT(verify_graph(graph),
              ElementsAre("the capture 'relu' of the unit 'A_1' is not one of its nodes", "two units are named 'A_1'",
                          "the unit 'A_1' has no nodes", "the node 'relu' names a unit that does not have it"));
  graph.units()[1]->nodes.push_back(residual_graph().nodes()[0]);
  EXPECT_THAT(verify_graph(graph), Contains("the unit 'A_1' has a node that is not in the graph"));
}

TEST(Verify, SubgraphsThatAreWrong) {
  Graph graph = if_graph();
  Graph& body = *graph.find_node("choose")->subgraphs()[0];
  Edit(body).detach_output(*body.outputs()[0]);
  EXPECT_THAT(verify_graph(graph),
              ElementsAre("in a subgraph of 'choose': nothing produces the graph output 'Neg_out'"));
}

TEST(Verify, CapturesThatAreMissing) {
  Graph graph = if_graph();
  writable(graph.find_node("choose")->captured()).clear();
  writable(graph.find_value("a")->uses()).clear();
  EXPECT_THAT(verify_graph(graph), ElementsAre("'choose' does not list 'a', which its subgraph reads",
                                               "'choose' does not list 'a', which its subgraph reads"));
}

}  // namespace
}  // namespace quoin
