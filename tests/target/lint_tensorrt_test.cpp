// Each rule of the tensorrt families: what it finds, and what it leaves alone.
#include "target/lint_graph.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const Numbers kS8Other{.type = "int8", .scale = 0.07, .zero_point = 0};

// x through Q/DQ into a Conv, whose output is the graph's.
LintGraph conv_graph(const Numbers& numbers = kS8) {
  LintGraph g;
  g.out(g.conv("conv", g.qdq("x", numbers)));
  return g;
}

TEST(LintTensorRtTypes, T01ZeroPoint) {
  EXPECT_THAT(findings("T01", conv_graph({.type = "int8", .zero_point = 3})),
              ElementsAre("error x_q: the zero point is 3 of int8", "error x_dq: the zero point is 3 of int8"));
  EXPECT_THAT(findings("T01", conv_graph(kU8Zero)),
              ElementsAre("error x_q: the type is uint8, zero point 0", "error x_dq: the type is uint8, zero point 0"));
  EXPECT_THAT(findings("T01", conv_graph()), IsEmpty());
  LintGraph computed("float[1,16,8,8] x, int8 z");
  const std::string scale = computed.constant("s", "float", {}, [](size_t) { return "0.1"; });
  computed.out(computed.op("q", "QuantizeLinear", {"x", scale, "z"}), "int8");
  EXPECT_THAT(findings("T01", computed), ElementsAre("error q: the zero point 'z' is not constant"));
}

TEST(LintTensorRtTypes, T02Scale) {
  EXPECT_THAT(findings("T02", conv_graph({.type = "int8", .scale = -1, .zero_point = 0})),
              ElementsAre("error x_q: a scale is -1", "error x_dq: a scale is -1"));
  LintGraph computed("float[1,16,8,8] x, float s");
  computed.out(computed.op("q", "QuantizeLinear", {"x", "s"}), "uint8");
  EXPECT_THAT(findings("T02", computed), ElementsAre("error q: the scale 's' is not constant"));
  LintGraph count;
  count.constant("w_i", "int8", {4, 16, 1, 1}, [](size_t) { return "1"; });
  count.out(count.dequantize("w", "w_i", {.type = "int8", .zero_point = 0, .channels = 3, .axis = 0}));
  EXPECT_THAT(findings("T02", count), ElementsAre("error w: there are 3 scales, and 'w_i' has 4 channels on axis 0"));
  EXPECT_THAT(findings("T02", conv_graph()), IsEmpty());
}

TEST(LintTensorRtTypes, T03PerChannelActivation) {
  EXPECT_THAT(findings("T03", conv_graph({.type = "int8", .zero_point = 0, .channels = 16, .axis = 1})),
              ElementsAre("error x_q: 16 scales on 'x', which is no constant",
                          "error x_dq: 16 scales on 'x_q', which is no constant"));
  EXPECT_THAT(findings("T03", conv_graph()), IsEmpty()) << "the weight is per channel";
}

TEST(LintTensorRtTypes, T04Axis) {
  LintGraph g;
  g.constant("w_i", "int8", {16, 16, 1, 1}, [](size_t) { return "1"; });
  g.out(g.dequantize("w", "w_i", {.type = "int8", .zero_point = 0, .channels = 16}));
  EXPECT_THAT(findings("T04", g), ElementsAre("error w: 16 scales and no 'axis'"));
  EXPECT_THAT(findings("T04", conv_graph()), IsEmpty());
}

TEST(LintTensorRtTypes, T05Int32Bias) {
  LintGraph g;
  g.out(g.conv("conv", g.qdq("x", kS8), "", g.bias("b", 16)));
  EXPECT_THAT(findings("T05", g), ElementsAre("error b: 'b_i' is int32"));
  LintGraph other;
  other.out(other.conv("conv", other.qdq("x", kS8), "", other.floats("b", {16})));
  EXPECT_THAT(findings("T05", other), IsEmpty());
}

TEST(LintTensorRtTypes, T06Operators) {
  EXPECT_THAT(
      findings("T06", R"(<ir_version: 8, opset_import: ["" : 13, "com.microsoft" : 1]>
g (float[4,4] x) => (float[4,4] y) { [d] q, s, z = DynamicQuantizeLinear(x) [g] y = com.microsoft.Gelu(x) })"),
      ElementsAre("error d: the operator is DynamicQuantizeLinear", "error g: the operator is com.microsoft.Gelu"));
  EXPECT_THAT(findings("T06", conv_graph()), IsEmpty());
}

TEST(LintTensorRtTypes, T08MissingZeroPoint) {
  EXPECT_THAT(findings("T08", conv_graph({.no_zero_point = true})),
              ElementsAre("warn x_q: there is no zero point", "warn x_dq: there is no zero point"));
  EXPECT_THAT(findings("T08", conv_graph()), IsEmpty());
}

TEST(LintTensorRtTypes, T23Ends) {
  LintGraph scalar("float x");
  scalar.out(scalar.qdq("x", kS8));
  EXPECT_THAT(findings("T23", scalar),
              ElementsAre("error x_q: 'x' is a scalar", "info x_dq: it gives the graph output 'x_dq'"));
  EXPECT_THAT(findings("T23", conv_graph()), IsEmpty());
}

TEST(LintTensorRtTypes, T24Mixture) {
  LintGraph g("float[1,16,8,8] x, float[16,16,1,1] w", 19);
  g.out(g.op("conv", "Conv", {g.qdq("x", kS8), g.qdq("w", kS8)}));
  g.out(g.qdq("conv", {.type = "float8e4m3fn", .scale = 0.1, .zero_point = 0}));
  EXPECT_THAT(findings("T24", g), ElementsAre("error conv_q: it is of FP8, and 'x_q' is of INT8",
                                              "warn conv: the weight 'w_dq' is no constant"));
  EXPECT_THAT(findings("T24", conv_graph()), IsEmpty());
}

TEST(LintTensorRtPrecision, T07Opset) {
  LintGraph old("float16[1,16,8,8] x", 13);
  old.out(old.qdq("x", {.type = "int8", .zero_point = 0, .float_type = "float16"}), "float16");
  EXPECT_THAT(findings("T07", old), ElementsAre("error x_q: the opset is 13, and its form came with 19",
                                                "error x_dq: the opset is 13, and its form came with 19"));
  LintGraph mixed("float16[1,16,8,8] x", 19);
  mixed.out(mixed.qdq("x", kS8));
  EXPECT_THAT(findings("T07", mixed), ElementsAre("error x_q: the data is float16, the scale float"));
  LintGraph cast("float[1,16,8,8] x", 19);
  const std::string half = cast.op("cast", "Cast", {cast.qdq("x", kS8)}, "to = 10");
  cast.out(cast.op("conv", "Conv", {half, cast.floats("w", {16, 16, 1, 1}, "float16")}), "float16");
  EXPECT_THAT(findings("T07", cast), ElementsAre("error cast: it stands between a DequantizeLinear and Conv 'conv'"));
  LintGraph good("float16[1,16,8,8] x", 19);
  good.out(good.qdq("x", {.type = "int8", .zero_point = 0, .float_type = "float16"}), "float16");
  EXPECT_THAT(findings("T07", good), IsEmpty());
  EXPECT_THAT(findings("T07", conv_graph()), IsEmpty());
}

// A float16 Conv, and a second one of `type`.
LintGraph half_graph(const std::string& type) {
  LintGraph g("float16[1,16,8,8] x, " + type + "[1,16,8,8] other", 19);
  g.out(g.op("half", "Conv", {"x", g.floats("w", {16, 16, 1, 1}, "float16")}), "float16");
  g.out(g.op("second", "Conv", {"other", g.floats("w2", {16, 16, 1, 1}, type)}), type);
  return g;
}

TEST(LintTensorRtPrecision, T22FloatTypes) {
  EXPECT_THAT(findings("T22", half_graph("float")),
              ElementsAre("info second: it is float32 in a model whose other layers are float16"));
  EXPECT_THAT(findings("T22", half_graph("float16")), IsEmpty());
  EXPECT_THAT(findings("T22", conv_graph()), IsEmpty());
  LintGraph mixed("float16[1,16,8,8] x, float[1,16,8,8] y", 19);
  mixed.out(mixed.op("add", "Add", {"x", "y"}));
  EXPECT_THAT(findings("T22", mixed), ElementsAre("error add: its operands are float and float16"));
}

TEST(LintTensorRtPrecision, T25NoHalf) {
  EXPECT_THAT(findings("T25", conv_graph()), ElementsAre("info the model: every float value is float32"));
  EXPECT_THAT(findings("T25", half_graph("float")), IsEmpty());
}

TEST(LintTensorRtPrecision, T26ScalesThatHalfCannotHold) {
  EXPECT_THAT(findings("T26", conv_graph({.type = "int8", .scale = 1e-6, .zero_point = 0})),
              ElementsAre("info x_dq: 1 of 1 scales below 6.1e-05, the smallest 1e-06"));
  EXPECT_THAT(findings("T26", conv_graph({.type = "int8", .scale = 1e6, .zero_point = 0})),
              ElementsAre("info x_dq: 1 of 1 scales above 65504, the largest 1e+06"));
  LintGraph half("float16[1,16,8,8] x", 19);
  half.out(half.qdq("x", {.type = "int8", .scale = 5.9604645e-08, .zero_point = 0, .float_type = "float16"}),
           "float16");
  EXPECT_THAT(findings("T26", half), ElementsAre("error x_dq: 1 of 1 scales below 6.1e-05, the smallest 5.96046e-08"));
  EXPECT_THAT(findings("T26", conv_graph()), IsEmpty());
}

TEST(LintTensorRtPrecision, T27Rounding) {
  LintGraph g;
  g.out(g.qdq("x", kS8));
  EXPECT_THAT(findings("T27", g), ElementsAre("info the model: 1 of 1 float32 scales change when rounded to FP16"));
  LintGraph exact;
  exact.out(exact.qdq("x", {.type = "int8", .scale = 0.0625, .zero_point = 0}));
  EXPECT_THAT(findings("T27", exact), IsEmpty());
}

TEST(LintTensorRtFusion, T09OneSide) {
  LintGraph data;
  data.out(data.op("conv", "Conv", {data.qdq("x", kS8), data.floats("w", {16, 16, 1, 1})}));
  EXPECT_THAT(findings("T09", data), ElementsAre("warn conv: 'x_dq' is quantized, 'w' is float"));
  LintGraph weight;
  weight.out(weight.conv("conv", "x"));
  EXPECT_THAT(findings("T09", weight), ElementsAre("warn conv: 'conv_w' is quantized, 'x' is float"));
  LintGraph shared;  // another reader computes on the integers
  const std::string x = shared.qdq("x", kS8);
  shared.out(shared.op("conv", "Conv", {x, shared.floats("w", {16, 16, 1, 1})})).out(shared.conv("second", x));
  EXPECT_THAT(findings("T09", shared), ElementsAre("info conv: 'x_dq' is quantized, 'w' is float"));
  EXPECT_THAT(findings("T09", conv_graph()), IsEmpty());
}

TEST(LintTensorRtFusion, T10Epilogue) {
  LintGraph g;
  g.out(g.op("relu", "Relu", {g.qdq(g.conv("conv", g.qdq("x", kS8)), kS8)}));
  EXPECT_THAT(findings("T10", g), ElementsAre("warn relu: Q/DQ between Conv 'conv' and it"));
  LintGraph silu;
  const std::string y = silu.qdq(silu.conv("conv", silu.qdq("x", kS8)), kS8);
  silu.out(silu.op("mul", "Mul", {silu.op("sigmoid", "Sigmoid", {y}), y}));
  EXPECT_THAT(findings("T10", silu), ElementsAre("warn sigmoid: Q/DQ between Conv 'conv' and it"));
  LintGraph pad;
  const std::string pads = pad.constant("pads", "int64", {8}, [](size_t i) { return i % 4 > 1 ? "1" : "0"; });
  pad.out(pad.conv("conv", pad.qdq(pad.op("pad", "Pad", {"x", pads}), kS8)));
  EXPECT_THAT(findings("T10", pad), ElementsAre("warn conv: Q/DQ between Pad 'pad' and it"));
  LintGraph good;
  good.out(good.qdq(good.op("relu", "Relu", {good.conv("conv", good.qdq("x", kS8))}), kS8));
  EXPECT_THAT(findings("T10", good), IsEmpty());
}

// conv(x) + skip, a Relu, a Q. Which operands are quantized as asked.
LintGraph residual(bool quantized_main, bool quantized_skip, bool shared = false) {
  LintGraph g("float[1,16,8,8] x, float[1,16,8,8] skip");
  std::string main = g.conv("conv", g.qdq("x", kS8));
  if (shared) g.out(g.op("sin", "Sin", {main}));
  if (quantized_main) main = g.qdq(main, kS8);
  g.out(g.qdq(g.op("relu", "Relu", {g.op("add", "Add", {main, quantized_skip ? g.qdq("skip", kS8) : "skip"})}), kS8));
  return g;
}

TEST(LintTensorRtFusion, T11FloatSkip) {
  EXPECT_THAT(findings("T11", residual(false, false)),
              ElementsAre("warn add: 'skip' is float, 'conv' is behind Conv 'conv', and 'relu' is quantized"));
  EXPECT_THAT(findings("T11", residual(false, true)), IsEmpty());
}

TEST(LintTensorRtFusion, T12QuantizedMain) {
  EXPECT_THAT(
      findings("T12", residual(true, true)),
      ElementsAre("warn add: both operands are quantized, QuantizeLinear 'conv_q' between Conv 'conv' and it too"));
  EXPECT_THAT(findings("T12", residual(false, true)), IsEmpty());
}

TEST(LintTensorRtFusion, T12AConvolutionThatBeginsTheBlockIsItsSkipOperand) {
  LintGraph g;
  const std::string skip = g.qdq(g.conv("first", g.qdq("x", kS8)), kS8);
  const std::string main = g.qdq(g.op("scaled", "Mul", {g.conv("second", skip), g.floats("scale", {16, 1, 1})}), kS8);
  g.out(g.op("add", "Add", {skip, main}));
  EXPECT_THAT(findings("T12", g), IsEmpty());
}

TEST(LintTensorRtFusion, T16ANormalizationBelongsToItsConvolution) {
  LintGraph g("float[1,16,8,8] x, float[1,16,8,8] skip");
  std::vector<std::string> inputs = {g.conv("conv", g.qdq("x", kS8))};
  for (const char* name : {"scale", "shift", "mean", "variance"}) inputs.push_back(g.floats(name, {16}));
  g.out(g.op("add", "Add", {g.op("bn", "BatchNormalization", inputs), g.qdq("skip", kS8)}));
  EXPECT_THAT(findings("T16", g), IsEmpty());
}

TEST(LintTensorRtFusion, T13SharedMain) {
  EXPECT_THAT(findings("T13", residual(false, true, true)),
              ElementsAre("warn conv: its output 'conv' is read by 1 places beside Add 'add'"));
  EXPECT_THAT(findings("T13", residual(false, true)), IsEmpty());
}

TEST(LintTensorRtFusion, T14SeveralScales) {
  const auto graph = [](const Numbers& second) {
    LintGraph g;
    const std::string a = g.qdq("x", kS8), b = g.qdq("x", second, "2");
    g.out(g.conv("first", a)).out(g.conv("second", b));
    return g;
  };
  EXPECT_THAT(findings("T14", graph(kS8Other)),
              ElementsAre("warn x_q2: 'x' is quantized with int8, scale 0.07, zero point 0 here, and with int8, scale "
                          "0.05, zero point 0 by 'x_q'"));
  EXPECT_THAT(findings("T14", graph(kS8)), IsEmpty());
}

TEST(LintTensorRtFusion, T15Concat) {
  const auto graph = [](const Numbers& second) {
    LintGraph g("float[1,16,8,8] x, float[1,16,8,8] y");
    const std::string a = g.qdq("x", kS8), b = g.qdq("y", second);
    g.out(g.qdq(g.op("concat", "Concat", {a, b}, "axis = 1"), kS8));
    return g;
  };
  EXPECT_THAT(findings("T15", graph(kS8Other)), ElementsAre("warn concat: one part has int8, scale 0.05, zero point 0, "
                                                            "another, or the result, int8, scale 0.07, zero point 0"));
  EXPECT_THAT(findings("T15", graph(kS8)), IsEmpty());
}

TEST(LintTensorRtFusion, T16OneSideOfAPool) {
  LintGraph g;
  g.out(g.op("pool", "GlobalAveragePool", {g.qdq("x", kS8)}));
  EXPECT_THAT(findings("T16", g),
              ElementsAre("warn pool: its inputs are quantized, its output 'pool' is read as float"));
  LintGraph half("float[1,16,8,8] x, float[1,16,8,8] y");
  half.out(half.qdq(half.op("mul", "Mul", {half.qdq("x", kS8), "y"}), kS8));
  EXPECT_THAT(findings("T16", half), ElementsAre("warn mul: input 'y' is float, the other quantized"));
  LintGraph good;
  good.out(good.qdq(good.op("pool", "GlobalAveragePool", {good.qdq("x", kS8)}), kS8));
  EXPECT_THAT(findings("T16", good), IsEmpty());
  EXPECT_THAT(findings("T16", residual(false, true)), IsEmpty()) << "the Add is the convolution's epilogue";
}

LintGraph conv_of(const std::vector<size_t>& shape, size_t group, const Numbers& numbers = kS8) {
  LintGraph g(fmt::format("float[1,{},8,8] x", shape[1] * group), 19);
  g.out(g.op("conv", "Conv", {g.qdq(g.op("relu", "Relu", {"x"}), numbers), g.weight("w", shape)},
             fmt::format("group = {}", group)));
  return g;
}

TEST(LintTensorRtShapes, T17Channels) {
  EXPECT_THAT(findings("T17", conv_of({8, 4, 1, 1}, 1)),
              ElementsAre("info conv: 8 outputs, 4 inputs: ModelOpt would leave it float"));
  EXPECT_THAT(findings("T17", conv_of({24, 24, 3, 3}, 1)),
              ElementsAre("info conv: 24 outputs, 24 inputs: no multiples of 16"));
  EXPECT_THAT(findings("T17", conv_of({32, 18, 1, 1}, 2)),
              ElementsAre("info conv: 32 outputs, 18 inputs in each of 2 groups: no multiple of 4 in a group"));
  EXPECT_THAT(findings("T17", conv_of({32, 16, 3, 3}, 1)), IsEmpty());
  EXPECT_THAT(findings("T17", conv_of({16, 1, 3, 3}, 16)), IsEmpty());
}

TEST(LintTensorRtShapes, T18Groups) {
  EXPECT_THAT(findings("T18", conv_of({32, 16, 1, 1}, 2)), ElementsAre("info conv: 2 groups in INT8"));
  EXPECT_THAT(findings("T18", conv_of({32, 16, 1, 1}, 2, {.type = "float8e4m3fn", .zero_point = 0})),
              ElementsAre("warn conv: 2 groups in FP8"));
  EXPECT_THAT(findings("T18", conv_of({16, 1, 3, 3}, 16)), IsEmpty());
}

LintGraph product(const std::string& inputs, const std::vector<size_t>& weight) {
  LintGraph g(inputs);
  g.out(g.op("product", "MatMul", {g.qdq("x", kS8), g.weight("w", weight, 1)}));
  return g;
}

TEST(LintTensorRtShapes, T19Products) {
  EXPECT_THAT(findings("T19", product("float[1,32] x", {32, 64})),
              ElementsAre("info product: M is 1, N is 64: a vector times a matrix"));
  EXPECT_THAT(findings("T19", product("float[8,32] x", {32, 10})), ElementsAre("info product: K is 32, N is 10"));
  EXPECT_THAT(findings("T19", product("float[8,32] x", {32, 64})), IsEmpty());
}

// Attention of one head with the operands in `quantized` behind Q/DQ: q, k, p (the Softmax), v.
LintGraph attention(const std::string& quantized, size_t head = 32, bool mask = false, bool transpose_behind = false) {
  LintGraph g(
      fmt::format("float[1,8,{0}] q, float[1,{0},8] k, float[1,8,{0}] v, float[1,8,{0}] t, float[1,8,8] m", head));
  const auto maybe = [&](const std::string& name) {
    return quantized.find(name[0]) == std::string::npos ? name : g.qdq(name, kS8);
  };
  const std::string k =
      transpose_behind ? g.op("turned", "Transpose", {g.qdq("t", kS8)}, "perm = [0, 2, 1]") : maybe("k");
  std::string scores = g.op("scores", "MatMul", {maybe("q"), k});
  if (mask) scores = g.op("mask", "Add", {g.qdq(scores, kS8), g.qdq("m", kS8)});
  g.op("p", "Softmax", {scores}, "axis = -1");
  g.out(g.op("context", "MatMul", {maybe("p"), maybe("v")}));
  return g;
}

TEST(LintTensorRtAttention, T20Attention) {
  EXPECT_THAT(findings("T20", attention("qk")), ElementsAre("warn p: Q, K quantized, Softmax, V float"));
  EXPECT_THAT(findings("T20", attention("qkpv", 24)), ElementsAre("warn p: INT8 heads of 24 values"));
  EXPECT_THAT(findings("T20", attention("qkpv", 32, true)), ElementsAre("warn mask: the Add of the mask is quantized"));
  EXPECT_THAT(findings("T20", attention("qpv", 32, false, true)),
              ElementsAre("warn turned: it stands between a DequantizeLinear and a product of attention"));
  EXPECT_THAT(findings("T20", attention("qkpv")), IsEmpty());
  EXPECT_THAT(findings("T20", attention("")), IsEmpty());
}

TEST(LintTensorRtAttention, T21FloatOnly) {
  LintGraph norm("float[1,8,16] x", 17);
  norm.out(norm.op("norm", "LayerNormalization", {norm.qdq("x", kS8), norm.floats("scale", {16})}));
  EXPECT_THAT(findings("T21", norm), ElementsAre("warn norm: its input 'x_dq' is quantized"));
  LintGraph softmax("float[1,8,16] x");
  softmax.out(softmax.op("softmax", "Softmax", {softmax.qdq("x", kS8)}));
  EXPECT_THAT(findings("T21", softmax), ElementsAre("warn softmax: its input 'x_dq' is quantized"));
  LintGraph gelu("float[1,8,16] x");
  gelu.out(gelu.op("erf", "Erf", {gelu.op("div", "Div", {gelu.qdq("x", kS8), gelu.floats("c", {16})})}));
  EXPECT_THAT(findings("T21", gelu), ElementsAre("warn erf: GELU is quantized inside"));
  LintGraph behind_conv("float[1,16,8,8] x", 17);
  const std::string y = behind_conv.qdq(behind_conv.conv("conv", behind_conv.qdq("x", kS8)), kS8);
  behind_conv.out(behind_conv.op("norm", "LayerNormalization", {y, behind_conv.floats("scale", {8})}));
  EXPECT_THAT(findings("T21", behind_conv), IsEmpty()) << "so that the convolution writes INT8";
  EXPECT_THAT(findings("T21", conv_graph()), IsEmpty());
}

}  // namespace
}  // namespace quoin
