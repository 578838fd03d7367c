// Batch and sequence length that are open in the file stay open through every conversion and fusion of transformers.
#include <gtest/gtest.h>

#include "golden.h"
#include "quoin/check_pattern.h"
#include "quoin/patterns.h"
#include "quoin/transform.h"

namespace quoin::testing {
namespace {

// An encoder layer as PyTorch writes it: the shapes of Reshape are read off the input.
constexpr const char* kEncoder = R"(<ir_version: 8, opset_import: ["" : 17]>
agraph (float[N,T,8] x, float[N,1,1,T] mask) => (float[N,T,8] y)
<float[8,24] w = random, float[24] wb = random, float[8,8] p = random, float[8] pb = random, float[8,16] u = random,
 float[16] ub = random, float[16,8] d = random, float[8] db = random, float[8] g = positive, float[8] b = random,
 int64 zero = {0}, int64 one = {1}, int64 two = {2}, int64[1] axis0 = {0}, int64[3] heads = {3, 2, 4}, int64[1] width = {8},
 float scale = {0.5}, float root = {1.41421356}, float onef = {1}, float half = {0.5}, float eps = {0.00001}, float twof = {2},
 float[8] layer_scale = positive>
{
  shape = Shape (x)
  n0 = Gather (shape, zero)
  t0 = Gather (shape, one)
  n = Unsqueeze (n0, axis0)
  t = Unsqueeze (t0, axis0)
  l = MatMul (x, w)
  packed_rows = Add (l, wb)
  pack_shape = Concat <axis = 0> (n, t, heads)
  pack = Reshape (packed_rows, pack_shape)
  packed = Transpose <perm = [2, 0, 3, 1, 4]> (pack)
  q = Gather <axis = 0> (packed, zero)
  k = Gather <axis = 0> (packed, one)
  v = Gather <axis = 0> (packed, two)
  kt = Transpose <perm = [0, 1, 3, 2]> (k)
  raw = MatMul (q, kt)
  scores = Mul (raw, scale)
  masked = Add (scores, mask)
  probabilities = Softmax <axis = -1> (masked)
  context = MatMul (probabilities, v)
  back = Transpose <perm = [0, 2, 1, 3]> (context)
  joined_shape = Concat <axis = 0> (n, t, width)
  joined = Reshape (back, joined_shape)
  o = MatMul (joined, p)
  ob = Add (o, pb)
  r1 = Add (x, ob)
  m1 = ReduceMean <axes = [-1]> (r1)
  c1 = Sub (r1, m1)
  s1 = Pow (c1, twof)
  v1 = ReduceMean <axes = [-1]> (s1)
  e1 = Add (v1, eps)
  q1 = Sqrt (e1)
  d1 = Div (c1, q1)
  g1 = Mul (d1, g)
  norm = Add (g1, b)
  h = MatMul (norm, u)
  hb = Add (h, ub)
  gd = Div (hb, root)
  ge = Erf (gd)
  gp = Add (ge, onef)
  gm = Mul (hb, gp)
  a = Mul (gm, half)
  f = MatMul (a, d)
  fb = Add (f, db)
  scaled = Mul (fb, layer_scale)
  y = Add (scaled, r1)
})";

PatternList list() {
  PatternList list;
  for (const char* name : {"FoldShapeArithmetic", "SplitPackedProjection", "RecomposeLayerNormalization",
                           "MoveAttentionScale", "FoldLayerScale", "MergeTransposes", "LinearGELU", "LinearAdd",
                           "MHAInProjection", "Linear", "LayerNorm", "ScaledDotProductAttention"})
    list.add(builtin_pattern(name));
  return list;
}

TEST(DynamicShapes, BatchAndLengthStayOpen) {
  const Graph model = golden_model(kEncoder);
  const TransformResult result = transform(model, list());
  std::map<std::string, int> counts = result.matches.counts();
  for (const char* pattern :
       {"SplitPackedProjection", "RecomposeLayerNormalization", "MoveAttentionScale", "FoldLayerScale", "LinearGELU",
        "MHAInProjection", "LayerNorm", "ScaledDotProductAttention"})
    EXPECT_EQ(counts[pattern], 1) << pattern;
  EXPECT_EQ(counts["LinearAdd"], 2);
  EXPECT_TRUE(unclaimed_compute_nodes(result.graph, list()).empty());
  if (!onnxruntime()) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  for (const auto& [batch, length] : {std::pair<int64_t, int64_t>{1, 1}, {3, 5}, {2, 9}}) {
    std::vector<float> numbers(static_cast<size_t>(batch * length * 8));
    for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<float>(i * 37 % 101) / 50.0F - 1.0F;
    std::vector<float> mask(static_cast<size_t>(batch * length), 0.0F);
    mask.back() = -1.0F;
    const NamedTensors feed = {{"x", Tensor::from({batch, length, 8}, numbers)},
                               {"mask", Tensor::from({batch, 1, 1, length}, mask)}};
    const Difference difference = compare_outputs(*onnxruntime(), model, result.graph, {feed});
    EXPECT_LT(difference.relative(), 1e-5) << batch << " x " << length << ": " << difference.output;
  }
}

}  // namespace
}  // namespace quoin::testing
