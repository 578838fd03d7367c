#include "quoin/edit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/helpers.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <typename Work>
std::string error_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Names, AreMadeUnique) {
  Graph graph = residual_graph();
  Edit edit(graph);
  EXPECT_EQ(edit.unique_value_name("fresh"), "fresh");
  EXPECT_EQ(edit.unique_value_name("w"), "w_1");
  EXPECT_EQ(edit.add_value("w").name(), "w_2");  // names that were only asked for are not given again
  EXPECT_EQ(edit.unique_node_name("conv"), "conv_1");
  EXPECT_EQ(edit.unique_node_name("w"), "w");  // nodes and values have names of their own
  EXPECT_EQ(edit.add_node({.op = "Relu"}, {}).name(), "Relu");
  EXPECT_EQ(edit.add_node({.op = "Relu"}, {}).name(), "Relu_1");
  EXPECT_EQ(edit.add_node({.op = "Relu", .unnamed = true}, {"v"}).name(), "");
}

TEST(Names, AreUniqueAgainstSubgraphsAndParents) {
  Graph graph = if_graph();
  Edit edit(graph);
  EXPECT_EQ(edit.unique_value_name("Neg_out"), "Neg_out_1");
  EXPECT_EQ(edit.unique_node_name("Neg"), "Neg_1");
  Edit inside(*graph.find_node("choose")->subgraphs()[0]);
  EXPECT_EQ(inside.unique_value_name("condition"), "condition_1");
  EXPECT_EQ(inside.unique_node_name("choose"), "choose_1");
}

TEST(Names, TakenOnesAreRefused) {
  Graph graph = residual_graph();
  Edit edit(graph);
  EXPECT_EQ(error_of([&] { edit.add_input("w", DataType::kFloat, std::nullopt); }),
            "the value name 'w' is already taken; give the graph input another name");
  EXPECT_EQ(error_of([&] { edit.set_output_name(*graph.find_value("y"), "x"); }),
            "y: the value name 'x' is already taken; choose another name");
  EXPECT_EQ(error_of([&] { edit.set_node_name(*graph.find_node("conv"), "relu"); }),
            "conv: the node name 'relu' is already taken; choose another name");
  edit.set_output_name(*graph.find_value("y"), "z");
  EXPECT_EQ(graph.find_value("y"), nullptr);
  EXPECT_EQ(graph.outputs()[0], graph.find_value("z"));
  edit.set_node_name(*graph.find_node("conv"), "");
  EXPECT_EQ(graph.find_node("conv"), nullptr);
  EXPECT_EQ(graph.nodes()[0]->label(), "Conv@conv_out");
}

TEST(Uses, FollowEveryChange) {
  Graph graph = residual_graph();
  Edit edit(graph);
  Value& x = *graph.find_value("x");
  Node& add = *graph.find_node("add");
  EXPECT_THAT(x.uses(), ElementsAre(Use{graph.find_node("conv"), 0}, Use{&add, 1}));
  edit.set_input(add, 0, &x);
  EXPECT_THAT(x.uses(), ElementsAre(Use{graph.find_node("conv"), 0}, Use{&add, 1}, Use{&add, 0}));
  edit.set_input(add, 1, nullptr);
  EXPECT_EQ(add.input_count(), 1);
  EXPECT_THAT(x.uses(), ElementsAre(Use{graph.find_node("conv"), 0}, Use{&add, 0}));
  edit.set_input(add, 3, &x);
  EXPECT_EQ(add.input_count(), 4);
  EXPECT_FALSE(add.has_input(2));
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

TEST(Uses, ReplacedOnesLeaveGraphOutputsAlone) {
  Graph graph = residual_graph();
  Edit edit(graph);
  Value& y = *graph.find_value("y");
  edit.replace_uses(*graph.find_value("relu_out"), *graph.find_value("conv_out"));
  EXPECT_EQ(&graph.find_node("add")->input(0), graph.find_value("conv_out"));
  EXPECT_TRUE(graph.find_value("relu_out")->uses().empty());
  edit.replace_uses(y, *graph.find_value("x"));
  EXPECT_THAT(graph.outputs(), ElementsAre(&y));
  EXPECT_EQ(edit.remove_dead_nodes(), 1);
  EXPECT_THAT(node_names(graph), ElementsAre("conv", "add"));
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

TEST(Constants, AreCopiedOnWriteWhereOthersReadThem) {
  Graph graph = residual_graph();
  Edit edit(graph);
  Value& w = *graph.find_value("w");
  Node& conv = *graph.find_node("conv");
  Node& second = edit.add_node({.op = "Conv", .inputs = {graph.find_value("x"), &w}, .name = "second"}, {"second_out"});
  const Tensor halves = Tensor::from<float>({4, 4, 1, 1}, std::vector<float>(16, 0.5F));
  Value& fresh = edit.set_constant_input(second, 1, halves, "w");
  EXPECT_EQ(fresh.name(), "w_1");
  EXPECT_EQ(&second.input(1), &fresh);
  EXPECT_EQ(w.constant()->to_floats()[0], 1.0F);
  EXPECT_EQ(fresh.constant()->to_floats()[0], 0.5F);
  // Now each is read once, and is changed where it is.
  EXPECT_EQ(&edit.set_constant_input(conv, 1, halves, "w"), &w);
  EXPECT_EQ(w.constant()->to_floats()[0], 0.5F);
  EXPECT_EQ(edit.set_constant_input(conv, 2, Tensor::from<float>({4}, {0, 0, 0, 0}), "bias").name(), "bias");
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

TEST(Constants, AnInputReadTwiceByOneNodeIsShared) {
  Graph graph;
  Edit edit(graph);
  Value& c = edit.add_initializer("c", Tensor::scalar(1.0F));
  Node& add = edit.add_node({.op = "Add", .inputs = {&c, &c}}, {"y"});
  edit.set_constant_input(add, 1, Tensor::scalar(2.0F), "");
  EXPECT_EQ(add.input(0).constant()->to_floats()[0], 1.0F);
  EXPECT_EQ(add.input(1).constant()->to_floats()[0], 2.0F);
}

TEST(Constants, AConstantNodeGivesItsTensorWhicheverAttributeHoldsIt) {
  Graph graph;
  Edit edit(graph);
  Node& node = edit.add_node({.op = "Constant", .attributes = {{"value_ints", std::vector<int64_t>{1, 2}}}}, {"c"});
  ASSERT_NE(node.output().constant(), nullptr);
  EXPECT_EQ(*node.output().constant(), Tensor::from<int64_t>({2}, {1, 2}));
  edit.remove_attribute(node, "value_ints");
  EXPECT_EQ(node.output().constant(), nullptr);
  edit.set_attribute(node, "value_float", 2.5F);
  EXPECT_EQ(*node.output().constant(), Tensor::scalar(2.5F));
  edit.set_attribute(node, "value", Tensor::scalar<int8_t>(3));
  EXPECT_EQ(*node.output().constant(), Tensor::scalar<int8_t>(3));
}

TEST(Constants, UnusedOnesGoAndInputsAndOutputsStay) {
  Graph graph = residual_graph();
  Edit edit(graph);
  edit.add_initializer("never_read", Tensor::scalar(1.0F));
  edit.add_node({.op = "Constant", .attributes = {{"value_int", int64_t{1}}}, .name = "constant"},
                {"never_read_either"});
  Value& fed = edit.add_input("fed", DataType::kFloat, dims({}));
  edit.set_initializer(fed, Tensor::scalar(1.0F));
  edit.add_output(edit.add_initializer("given", Tensor::scalar(1.0F)));
  EXPECT_EQ(edit.remove_unused_constants(), 2);
  EXPECT_EQ(edit.remove_unused_constants(), 0);
  EXPECT_EQ(graph.find_value("never_read"), nullptr);
  EXPECT_EQ(graph.find_node("constant"), nullptr);
  EXPECT_THAT(names_of(graph.initializers()), ElementsAre("w", "fed", "given"));
  EXPECT_THAT(names_of(graph.required_inputs()), ElementsAre("x"));
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

TEST(Nodes, AnOutputMovesToAnotherProducer) {
  Graph graph = residual_graph();
  Edit edit(graph);
  Node& add = *graph.find_node("add");
  Value& y = *graph.find_value("y");
  Value* relu_out = graph.find_value("relu_out");
  edit.set_type(y, DataType::kFloat, dims({1, 4, 8, 8}));
  edit.detach_output(y);
  edit.remove_node(add);
  Node& neg = edit.add_node_with_outputs({.op = "Neg", .inputs = {relu_out}, .origins = {"add"}}, {&y});
  EXPECT_EQ(y.producer(), &neg);
  EXPECT_EQ(y.dim(1), 4);
  EXPECT_TRUE(y.is_graph_output());
  EXPECT_THAT(neg.origins(), ElementsAre("add"));
  EXPECT_THAT(node_names(graph), ElementsAre("conv", "relu", "Neg"));
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

TEST(Nodes, OptionalOutputsCanBeLeftOut) {
  Graph graph;
  Edit edit(graph);
  Value& x = edit.add_input("x", DataType::kFloat, std::nullopt);
  Node& node =
      edit.add_node({.op = "LayerNormalization", .inputs = {&x, &x}, .domain = "ai.onnx"}, {"y", "", "inverse"});
  EXPECT_EQ(node.output_count(), 3);
  EXPECT_FALSE(node.output(1).exists());
  EXPECT_EQ(node.output_or_null(1), nullptr);
  EXPECT_EQ(node.output(2).producer_output(), 2);
  EXPECT_EQ(node.domain(), "");
}

TEST(NodesDeathTest, ANodeThatIsReadStays) {
  Graph graph = residual_graph();
  Edit edit(graph);
  EXPECT_DEATH(edit.remove_node(*graph.find_node("conv")), "'conv' is removed while 'conv_out' is read");
  EXPECT_DEATH(edit.remove_node(*graph.find_node("add")), "'add' is removed, but 'y' is a graph output");
  EXPECT_DEATH(edit.add_node_with_outputs({.op = "Neg"}, {graph.find_value("y")}),
               "'Neg' writes 'y', which is produced already");
  Graph other = residual_graph();
  EXPECT_DEATH(edit.add_node({.op = "Neg", .inputs = {other.find_value("y")}}, {"z"}),
               "'Neg' reads a value of another graph");
}

TEST(Values, AnUnusedOneCanGo) {
  Graph graph = residual_graph();
  Edit edit(graph);
  edit.remove_value(edit.add_value("spare"));
  EXPECT_EQ(graph.find_value("spare"), nullptr);
  EXPECT_DEATH(edit.remove_value(*graph.find_value("w")), "the value 'w' is removed while it is read");
}

TEST(Subgraphs, ReadsOfOuterValuesAreUses) {
  Graph graph = if_graph();
  Node& choose = *graph.find_node("choose");
  EXPECT_THAT(graph.find_value("a")->uses(), ElementsAre(Use{&choose, -1}));
  EXPECT_THAT(choose.captured(), ElementsAre(graph.find_value("a")));
  for (const Graph* body : choose.subgraphs()) {
    EXPECT_EQ(body->parent(), &graph);
    EXPECT_EQ(body->opset(), 17);
    EXPECT_EQ(body->find_value("a")->outer(), graph.find_value("a"));
    EXPECT_EQ(body->find_value("a")->dim(0), 2);
  }
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

TEST(Subgraphs, FollowAReplacedValueAndItsName) {
  Graph graph = if_graph();
  Edit edit(graph);
  Value& a = *graph.find_value("a");
  Node& choose = *graph.find_node("choose");
  Value& b = *edit.add_node({.op = "Neg", .inputs = {&a}, .name = "neg"}, {"b"}).output_or_null(0);
  edit.set_type(b, DataType::kFloat, dims({2}));
  edit.replace_uses(a, b);
  edit.set_input(*graph.find_node("neg"), 0, &a);
  EXPECT_THAT(b.uses(), testing::Contains(Use{&choose, -1}));
  EXPECT_EQ(choose.subgraphs()[0]->find_value("a"), nullptr);
  EXPECT_EQ(choose.subgraphs()[0]->find_value("b")->outer(), &b);
  EXPECT_THAT(node_names(graph), ElementsAre("relu", "neg", "choose"));
  edit.set_output_name(b, "c");
  EXPECT_EQ(choose.subgraphs()[1]->find_value("c")->outer(), &b);
  edit.set_type(b, DataType::kFloat16, dims({2}));
  EXPECT_EQ(choose.subgraphs()[1]->find_value("c")->type(), DataType::kFloat16);
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

TEST(Subgraphs, TwoOuterValuesBecomeOne) {
  Graph graph = if_graph();
  Edit edit(graph);
  Value& a = *graph.find_value("a");
  Value& input = *graph.find_value("input");
  Node& choose = *graph.find_node("choose");
  Graph& body = *choose.subgraphs()[0];
  Edit inside(body);
  Value& input_inside = inside.add_outer_value(input);
  EXPECT_EQ(&inside.add_outer_value(input), &input_inside);
  edit.add_captured(choose, input);
  inside.add_node({.op = "Add", .inputs = {body.find_value("a"), &input_inside}}, {"sum"});
  inside.add_output(*body.find_value("a"));
  edit.replace_uses(a, input);
  EXPECT_EQ(body.find_value("a"), nullptr);
  EXPECT_EQ(body.outputs().back(), &input_inside);
  EXPECT_THAT(choose.captured(), ElementsAre(&input));
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

TEST(Subgraphs, ANameOfTheirOwnGivesWay) {
  Graph graph;
  Edit edit(graph);
  Value& condition = edit.add_input("condition", DataType::kBool, dims({}));
  Value& x = edit.add_input("x", DataType::kFloat, dims({2}));
  Value& late = edit.add_input("late", DataType::kFloat, dims({2}));
  const auto body = std::make_shared<Graph>();  // not yet inside `graph`, so that it can have a "late" of its own
  Edit inside(*body);
  Node& neg = inside.add_node({.op = "Neg", .inputs = {&inside.add_outer_value(x)}}, {"late"});
  inside.add_output(*neg.output_or_null(0));
  edit.add_node({.op = "If", .inputs = {&condition}, .attributes = {{"then_branch", body}, {"else_branch", body}}},
                {"y"});
  EXPECT_THAT(verify_graph(graph),
              testing::Contains("in a subgraph of 'If': the value 'late' hides one of an enclosing graph"));
  edit.replace_uses(x, late);
  EXPECT_EQ(body->outputs()[0]->name(), "late_1");
  EXPECT_EQ(body->find_value("late")->outer(), &late);
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

TEST(Subgraphs, CannotStandInUnderANameOfTheirOwn) {
  Graph graph = residual_graph();
  Graph body;
  Edit inside(body);
  inside.set_name("body");
  inside.add_value("x");
  EXPECT_EQ(
      error_of([&] { inside.add_outer_value(*graph.find_value("x")); }),
      "body: a subgraph has a value of its own named 'x', which hides the enclosing graph's; rename one of the two");
}

TEST(Subgraphs, LetGoOfWhatTheyNoLongerRead) {
  Graph graph = if_graph();
  Edit edit(graph);
  Value& input = *graph.find_value("input");
  for (Graph* body : graph.find_node("choose")->subgraphs()) {
    Edit inside(*body);
    Value& out = *body->outputs()[0];
    Node& producer = *out.producer();
    inside.detach_output(out);
    inside.remove_node(producer);
    inside.add_node_with_outputs({.op = "Constant", .attributes = {{"value_float", 1.0F}}}, {&out});
  }
  EXPECT_EQ(edit.remove_dead_nodes(), 1);
  EXPECT_THAT(node_names(graph), ElementsAre("choose"));
  EXPECT_TRUE(input.uses().empty());
  edit.remove_attribute(*graph.find_node("choose"), "then_branch");
  EXPECT_EQ(graph.find_node("choose")->subgraphs().size(), 1U);
  EXPECT_THAT(verify_graph(graph), IsEmpty());
}

}  // namespace
}  // namespace quoin
