#include "graph/fold_constant.h"

#include <gmock/gmock.h>

#include <limits>

#include "quoin/edit.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

// The folded output of the last node, whose inputs are constants once those before it are folded.
std::optional<Tensor> folded(const std::string& initializers, const std::string& nodes,
                             const std::string& input = "float[2,3,n] x") {
  Graph graph = parse_text("<ir_version: 8, opset_import: [\"\" : 17]>\nm (" + input + ") => (y) <" + initializers +
                           "> {\n" + nodes + "\n}");
  const Node* last = nullptr;
  for (const Node* node : graph.nodes()) last = node;
  return fold_constant(*last);
}

TEST(FoldConstant, Shapes) {
  EXPECT_EQ(folded("", "y = Shape(x)", "float[2,3] x"), Tensor::from<int64_t>({2}, std::vector<int64_t>{2, 3}));
  EXPECT_EQ(folded("", "y = Shape<start = -1>(x)", "float[2,3] x"),
            Tensor::from<int64_t>({1}, std::vector<int64_t>{3}));
  EXPECT_EQ(folded("", "y = Shape<end = 2>(x)"), Tensor::from<int64_t>({2}, std::vector<int64_t>{2, 3}))
      << "the open one is not asked for";
  EXPECT_EQ(folded("", "y = Shape(x)"), std::nullopt);
  EXPECT_EQ(folded("", "y = Size(x)", "float[2,3] x"), Tensor::scalar<int64_t>(6));
}

TEST(FoldConstant, Arithmetic) {
  EXPECT_EQ(folded("int64[1] a = {-7}, int64[1] b = {3}", "y = Mod(a, b)"),
            Tensor::from<int64_t>({1}, std::vector<int64_t>{2}));
  EXPECT_EQ(folded("int64[1] a = {-7}, int64[1] b = {3}", "y = Div(a, b)"),
            Tensor::from<int64_t>({1}, std::vector<int64_t>{-2}));
  EXPECT_EQ(folded("int64[1] a = {1}, int64[1] b = {0}", "y = Div(a, b)"), std::nullopt);
  EXPECT_EQ(folded("int64 a = {2}, int64[3] b = {1, 2, 3}", "y = Mul(a, b)"),
            Tensor::from<int64_t>({3}, std::vector<int64_t>{2, 4, 6}));
  EXPECT_EQ(folded("int64[2] a = {1, 2}, int64[3] b = {1, 2, 3}", "y = Add(a, b)"), std::nullopt);
  EXPECT_EQ(folded("int64[0] a = {}, int64[1] b = {1}", "y = Add(a, b)"), std::nullopt);
  EXPECT_EQ(folded("float[1] a = {2}", "y = Sqrt(a)"), Tensor::from<float>({1}, std::vector<float>{std::sqrt(2.0F)}));
  EXPECT_EQ(folded("int64[1] a = {9007199254740995}, int64[1] b = {1}", "y = Add(a, b)"), std::nullopt)
      << "beyond what a double holds";
}

TEST(FoldConstant, Rearranged) {
  const std::string data = "int64[3] d = {5, 6, 7}, ";
  EXPECT_EQ(folded(data + "int64 i = {-1}", "y = Gather(d, i)"), Tensor::scalar<int64_t>(7));
  EXPECT_EQ(folded(data + "int64 i = {3}", "y = Gather(d, i)"), std::nullopt);
  EXPECT_EQ(folded(data + "int64[1] a = {1}, int64[1] b = {9223372036854775807}", "y = Slice(d, a, b)"),
            Tensor::from<int64_t>({2}, std::vector<int64_t>{6, 7}));
  EXPECT_EQ(folded(data + "int64[1] a = {2}", "y = Concat<axis = 0>(a, d)"),
            Tensor::from<int64_t>({4}, std::vector<int64_t>{2, 5, 6, 7}));
  EXPECT_EQ(folded(data + "int64[2] s = {-1, 1}", "y = Reshape(d, s)"),
            Tensor::from<int64_t>({3, 1}, std::vector<int64_t>{5, 6, 7}));
  EXPECT_EQ(folded("int64[1] d = {5}, int64[1] a = {0}", "y = Squeeze(d, a)"), Tensor::scalar<int64_t>(5));
  EXPECT_EQ(folded("int64 d = {5}, int64[1] a = {0}", "y = Unsqueeze(d, a)"),
            Tensor::from<int64_t>({1}, std::vector<int64_t>{5}));
  EXPECT_EQ(folded("int64[3] d = {5, 6, 7}", "y = Cast<to = 1>(d)").value().type(), DataType::kFloat);
}

TEST(FoldConstant, SizesDoNotOverflow) {
  EXPECT_EQ(folded("float[2,2] a = {1, 2, 3, 4}, int64[3] s = {4294967296, 4294967296, -1}", "y = Reshape(a, s)"),
            std::nullopt);
  EXPECT_EQ(folded("float[4] a = {1, 2, 3, 4}, int64[2] s = {-1, -1}", "y = Reshape(a, s)"), std::nullopt);
  EXPECT_EQ(folded("float[4] a = {1, 2, 3, 4}, int64[2] s = {-2, 2}", "y = Reshape(a, s)"), std::nullopt);
  EXPECT_EQ(folded("", "y = Size(x)", "float[4294967296,4294967296] x"), std::nullopt);
  EXPECT_EQ(folded("", "y = Shape(x)", "float[9223372036854775807] x"), std::nullopt) << "no double holds it";
}

TEST(FoldConstant, WhatWrapsIsLeftToTheRuntime) {
  EXPECT_EQ(folded("int32[1] a = {-2147483648}, int32[1] b = {-1}", "y = Div(a, b)"), std::nullopt);
  EXPECT_EQ(folded("int32[1] a = {2147483647}, int32[1] b = {1}", "y = Add(a, b)"), std::nullopt);
  EXPECT_EQ(folded("int64[1] a = {-9223372036854775808}, int64[1] b = {-1}", "y = Div(a, b)"), std::nullopt);
  EXPECT_EQ(folded("int64[1] a = {4294967296}", "y = Cast<to = 6>(a)"), std::nullopt);
  EXPECT_EQ(folded("int32[1] a = {-2147483648}, int32[1] b = {1}", "y = Div(a, b)"),
            Tensor::from<int32_t>({1}, std::vector<int32_t>{std::numeric_limits<int32_t>::min()}));
}

TEST(FoldConstant, LeavesDataAlone) {
  EXPECT_EQ(folded("", "y = Sqrt(x)"), std::nullopt);
  EXPECT_EQ(folded("", "y = Relu(x)"), std::nullopt);
}

// Pads of a window, as PyTorch's exporter computes them: zeros made, joined, turned round.
TEST(FoldConstant, TablesOfShapes) {
  const auto ints = [](Shape shape, std::vector<int64_t> values) { return Tensor::from<int64_t>(shape, values); };
  const std::string table = "int64[2,3] d = {1, 2, 3, 4, 5, 6}, ";
  EXPECT_EQ(
      folded(table + "int64[1] f = {-1}, int64[1] t = {-9223372036854775807}, int64[1] a = {0}, int64[1] s = {-1}",
             "y = Slice(d, f, t, a, s)"),
      ints({2, 3}, {4, 5, 6, 1, 2, 3}));
  EXPECT_EQ(folded(table + "int64[2] f = {0, 1}, int64[2] t = {1, 3}", "y = Slice(d, f, t)"), ints({1, 2}, {2, 3}));
  EXPECT_EQ(folded(table + "int64[1] f = {0}, int64[1] t = {3}, int64[1] a = {-1}, int64[1] s = {2}",
                   "y = Slice(d, f, t, a, s)"),
            ints({2, 2}, {1, 3, 4, 6}));
  EXPECT_EQ(folded(table + "int64[1] f = {2}, int64[1] t = {9}", "y = Slice(d, f, t)"), ints({0, 3}, {}));
  EXPECT_EQ(folded(table + "int64[1] f = {0}, int64[1] t = {1}, int64[1] a = {2}", "y = Slice(d, f, t, a)"),
            std::nullopt);
  EXPECT_EQ(folded("int64[2,3] d = {1, 2, 3, 4, 5, 6}", "y = Transpose(d)"), ints({3, 2}, {1, 4, 2, 5, 3, 6}));
  EXPECT_EQ(folded("int64[1,2,2] d = {1, 2, 3, 4}", "y = Transpose<perm = [0, 2, 1]>(d)"),
            ints({1, 2, 2}, {1, 3, 2, 4}));
  EXPECT_EQ(folded("int64[1] n = {3}", "y = ConstantOfShape<value = int64[1] {7}>(n)"), ints({3}, {7, 7, 7}));
  EXPECT_EQ(folded("int64[1] n = {2}", "y = ConstantOfShape(n)"), Tensor::from<float>({2}, std::vector<float>{0, 0}));
  EXPECT_EQ(folded("int64[2] n = {9, 9}", "y = ConstantOfShape(n)"), std::nullopt) << "more than 64 elements";
}

TEST(FoldConstant, Powers) {
  EXPECT_EQ(folded("float a = {4}, float b = {-0.5}", "y = Pow(a, b)"), Tensor::scalar(0.5F));
  EXPECT_EQ(folded("int64 a = {2}, int64 b = {3}", "y = Pow(a, b)"), Tensor::scalar<int64_t>(8));
  EXPECT_EQ(folded("int64 a = {2}, int64 b = {-1}", "y = Pow(a, b)"), std::nullopt);
  EXPECT_EQ(folded("float a = {-2}, float b = {0.5}", "y = Pow(a, b)"), std::nullopt) << "no number";
}

}  // namespace
}  // namespace quoin
