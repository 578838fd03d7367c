#include "helpers.h"
#include "quoin/engine.h"
#include "quoin/patterns.h"

namespace quoin::testing {
namespace {

// The body of ONNX's AffineGrid in small: with a constant condition, ONNX Runtime 1.32 puts `one` in the If's place and
// refuses Range, whose bound is then a constant of shape [1]. A Size that decides no branch is folded as before.
TEST(DecidesBranch, WhatAnIfTakesItsBranchByIsNotFolded) {
  const Graph graph = model(R"(agraph (int64[4] size, float[4] x) => (float[N] y, int64 z) {
    four = Constant <value_int: int = 4> ()
    zero = Constant <value_int: int = 0> ()
    one = Constant <value_int: int = 1> ()
    ones = Constant <value_ints: ints = [1]> ()
    n = Size (size)
    c = Equal (n, four)
    h = If (c) <then_branch: graph = a () => (int64[1] h1) { h1 = Identity (ones) },
                else_branch: graph = b () => (int64[1] h2) { h2 = Slice (size, ones, ones) }>
    r = Range (zero, h, one)
    s = Cast <to: int = 1> (r)
    y = Add (s, x)
    m = Size (x)
    z = Neg (m) })");
  PatternList list;
  list.add(builtin_pattern("FoldShapeArithmetic"));
  const TransformResult result = transform(graph, list);
  EXPECT_EQ(result.matches.counts().at("FoldShapeArithmetic"), 1);
  EXPECT_TRUE(result.graph.find_value("n")->producer());
  EXPECT_TRUE(result.graph.find_value("c")->producer());
  std::unique_ptr<Engine> engine;
  try {
    engine = open_engine("onnxruntime");
  } catch (const Error&) {
    GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
  EXPECT_NO_THROW(engine->open_bytes(serialize(result.graph), {.level = OptimizationLevel::kFull}));
}

}  // namespace
}  // namespace quoin::testing
