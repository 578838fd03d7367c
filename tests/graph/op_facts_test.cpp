#include "quoin/op_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/helpers.h"

namespace quoin {
namespace {

using testing::ElementsAre;

Tensor zeros(const Shape& shape) {
  return Tensor::from<float>(shape, std::vector<float>(static_cast<size_t>(element_count(shape))));
}

TEST(OpFacts, WhatIsKnownOfOps) {
  EXPECT_TRUE(op_facts("Add").commutative);
  EXPECT_FALSE(op_facts("Sub").commutative);
  EXPECT_EQ(op_facts("Conv").weight_input, 1);
  EXPECT_EQ(op_facts("Conv").bias_input, 2);
  EXPECT_EQ(op_facts("MatMul").bias_input, -1);
  EXPECT_THAT(op_facts("MatMul").data_inputs, ElementsAre(0, 1));
  EXPECT_THAT(op_facts("Where").data_inputs, ElementsAre(1, 2));
  EXPECT_TRUE(op_facts("Relu").activation);
  EXPECT_FALSE(op_facts("Softmax").activation);
}

TEST(OpFacts, ScalesPassOnlyWhereValuesAreKept) {
  for (const char* op : {"Reshape", "Transpose", "MaxPool", "Gather", "DepthToSpace", "ReduceMax"}) {
    EXPECT_TRUE(op_facts(op).scale_passes_through) << op;
  }
  for (const char* op : {"AveragePool", "Pad", "Resize", "Cast", "Concat", "ReduceMean", "Relu", "Conv"}) {
    EXPECT_FALSE(op_facts(op).scale_passes_through) << op;
  }
}

TEST(OpFacts, NothingIsKnownOfOtherDomains) {
  Graph graph;
  Node& node = Edit(graph).add_node({.op = "Add", .domain = "com.microsoft"}, {"y"});
  EXPECT_FALSE(op_facts(node).commutative);
  EXPECT_EQ(op_facts("NoSuchOp").op, "");
}

TEST(WeightChannelAxis, PerOp) {
  Graph graph;
  Edit edit(graph);
  Value& x = edit.add_input("x", DataType::kFloat, std::nullopt);
  Value& w = edit.add_initializer("w", zeros({2, 3}));
  Value& stack = edit.add_initializer("stack", zeros({4, 2, 3}));
  Value& vector = edit.add_initializer("vector", zeros({3}));
  const auto axis = [&](const char* op, Value& weight, Attributes attributes = {}) {
    return weight_channel_axis(
        edit.add_node({.op = op, .inputs = {&x, &weight}, .attributes = std::move(attributes)}, {"y"}));
  };
  EXPECT_EQ(axis("Conv", w), 0);
  EXPECT_EQ(axis("ConvTranspose", w), 1);
  EXPECT_EQ(axis("Gemm", w), 1);
  EXPECT_EQ(axis("Gemm", w, {{"transB", int64_t{1}}}), 0);
  EXPECT_EQ(axis("MatMul", w), 1);
  EXPECT_EQ(axis("MatMul", stack), 2);
  EXPECT_EQ(axis("MatMul", vector), std::nullopt);
  EXPECT_EQ(axis("MatMul", x), std::nullopt);
  EXPECT_EQ(axis("Add", w), std::nullopt);
  Node& dequantize = edit.add_node({.op = "DequantizeLinear", .inputs = {&w, &vector}}, {"dequantized"});
  EXPECT_EQ(axis("Conv", *dequantize.output_or_null(0)), 0);
}

TEST(IsDepthwise, GroupsAreTheInputsChannels) {
  Graph graph;
  Edit edit(graph);
  Value& x = edit.add_input("x", DataType::kFloat, dims({1, 8, 4, 4}));
  Value& unknown = edit.add_input("unknown", DataType::kFloat, std::nullopt);
  Value& each = edit.add_initializer("each", zeros({8, 1, 3, 3}));
  Value& pairs = edit.add_initializer("pairs", zeros({8, 2, 3, 3}));
  const auto depthwise = [&](Value& input, Value& weight, int64_t group, const char* op = "Conv") {
    return is_depthwise(
        edit.add_node({.op = op, .inputs = {&input, &weight}, .attributes = {{"group", group}}}, {"y"}));
  };
  EXPECT_TRUE(depthwise(x, each, 8));
  EXPECT_TRUE(depthwise(unknown, each, 8));
  EXPECT_FALSE(depthwise(x, pairs, 4));
  EXPECT_FALSE(depthwise(unknown, pairs, 4));
  EXPECT_FALSE(depthwise(x, each, 1));
  EXPECT_FALSE(depthwise(unknown, each, 8, "ConvTranspose"));
}

}  // namespace
}  // namespace quoin
