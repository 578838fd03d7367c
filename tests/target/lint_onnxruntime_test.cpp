// Each rule of the onnxruntime families: what it finds, and what it leaves alone. What the engine does:
// tests/conformance.
#include "target/lint_graph.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// x, Q/DQ, Conv, Q/DQ.
LintGraph conv_graph(const std::string& attributes = "") {
  LintGraph g;
  g.out(g.qdq(g.conv("conv", g.qdq("x"), attributes)));
  return g;
}

TEST(LintOnnxRuntimeConv, O01FloatOutput) {
  LintGraph g;
  g.out(g.op("sin", "Sin", {g.op("relu", "Relu", {g.conv("conv", g.qdq("x"))})}));
  EXPECT_THAT(findings("O01", g), ElementsAre("error conv: 'relu' is read as float by Sin 'sin'"));
  LintGraph output;
  output.out(output.conv("conv", output.qdq("x")));
  EXPECT_THAT(findings("O01", output), ElementsAre("error conv: 'conv' is read as float by the graph output"));
  EXPECT_THAT(findings("O01", conv_graph()), IsEmpty());
}

TEST(LintOnnxRuntimeConv, O02MixedReaders) {
  LintGraph g;
  const std::string y = g.conv("conv", g.qdq("x"));
  g.out(g.qdq(y)).out(g.op("sin", "Sin", {y}));
  EXPECT_THAT(findings("O02", g),
              ElementsAre("error conv: 'conv' is quantized by 'conv_q' and read as float by Sin 'sin'"));
  EXPECT_THAT(findings("O01", g), IsEmpty()) << "O02 says it";
  LintGraph add("float[1,16] x, float[1,16] y");
  const std::string sum = add.op("add", "Add", {add.qdq("x"), add.qdq("y")});
  add.out(add.qdq(sum)).out(sum);
  EXPECT_THAT(findings("O02", add),
              ElementsAre("error add: 'add' is quantized by 'add_q' and read as float by the graph output"));
  EXPECT_THAT(findings("O02", conv_graph()), IsEmpty());
}

LintGraph activated(const std::string& op, const Numbers& numbers, double low = 0, double high = 0) {
  LintGraph g;
  std::vector<std::string> inputs = {g.conv("conv", g.qdq("x"))};
  if (op == "Clip") {
    inputs.push_back(g.constant("low", "float", {}, [&](size_t) { return number_text("float", low); }));
    inputs.push_back(g.constant("high", "float", {}, [&](size_t) { return number_text("float", high); }));
  }
  g.out(g.qdq(g.op("act", op, inputs), numbers));
  return g;
}

TEST(LintOnnxRuntimeConv, O03Activation) {
  EXPECT_THAT(
      findings("O03", activated("Relu", kU8)),
      ElementsAre(
          "error conv: Relu 'act' keeps 0 to inf, and 'act_q' (uint8, scale 0.05, zero point 128) holds -6.4 to 6.35"));
  EXPECT_THAT(
      findings("O03", activated("Relu", kS8)),
      ElementsAre(
          "error conv: Relu 'act' keeps 0 to inf, and 'act_q' (int8, scale 0.05, zero point 0) holds -6.4 to 6.35"));
  EXPECT_THAT(
      findings("O03", activated("Clip", kU8Zero, 0, 6)),
      ElementsAre(
          "error conv: Clip 'act' keeps 0 to 6, and 'act_q' (uint8, scale 0.05, zero point 0) holds 0 to 12.75"));
  EXPECT_THAT(findings("O03", activated("Clip", {.scale = 6.0 / 255, .zero_point = 0}, 0, 6)), IsEmpty());
  EXPECT_THAT(findings("O03", activated("Relu", kU8Zero)), IsEmpty());
  EXPECT_THAT(findings("O03", activated("Relu", {.type = "int8", .zero_point = -128})), IsEmpty());
}

TEST(LintOnnxRuntimeConv, O08Bias) {
  const auto graph = [](double factor) {
    LintGraph g;
    g.out(g.qdq(g.conv("conv", g.qdq("x"), "", g.bias("b", 16, factor))));
    return g;
  };
  EXPECT_THAT(findings("O08", graph(2)), ElementsAre("error conv: the bias's scale is off by 100 %"));
  EXPECT_THAT(findings("O08", graph(1)), IsEmpty());
  EXPECT_THAT(findings("O08", graph(1.01)), IsEmpty()) << "tried: integer";
  LintGraph computed("float[1,16,8,8] x, float[16] b");
  computed.out(computed.qdq(computed.conv("conv", computed.qdq("x"), "", computed.op("sin", "Sin", {"b"}))));
  EXPECT_THAT(findings("O08", computed), ElementsAre("error conv: the bias 'sin' is computed"));
  LintGraph bytes;
  bytes.constant("b_i", "int8", {16}, [](size_t) { return "1"; });
  bytes.out(bytes.qdq(bytes.conv("conv", bytes.qdq("x"), "", bytes.dequantize("b", "b_i", kS8))));
  EXPECT_THAT(findings("O08", bytes), ElementsAre("error conv: the bias 'b' is int8"));
  LintGraph floats;
  floats.out(floats.qdq(floats.conv("conv", floats.qdq("x"), "", floats.floats("b", {16}))));
  EXPECT_THAT(findings("O08", floats), IsEmpty()) << "becomes int32";
}

TEST(LintOnnxRuntimeConv, O12Weight) {
  const auto graph = [](int axis, int zero_point) {
    LintGraph g;
    g.out(g.qdq(g.op("conv", "Conv", {g.qdq("x"), g.weight("w", {16, 16, 1, 1}, axis, zero_point)})));
    return g;
  };
  EXPECT_THAT(
      findings("O12", graph(1, 0)),
      ElementsAre("error conv: the weight has a scale for each place on axis 1, its output channels are on axis 0"));
  EXPECT_THAT(findings("O12", graph(0, 3)), ElementsAre("info conv: a zero point of the int8 weight is 3"));
  EXPECT_THAT(findings("O12", graph(0, 0)), IsEmpty());
  LintGraph product("float[4,16] x");
  product.out(product.op("product", "MatMul", {product.qdq("x"), product.weight("w", {16, 8}, 0)}));
  EXPECT_THAT(
      findings("O12", product),
      ElementsAre("error product: the weight has a scale for each place on axis 0, its output channels are on axis 1"));
}

TEST(LintOnnxRuntimeConv, O13Channels) {
  const auto graph = [](const std::vector<size_t>& shape, size_t group) {
    LintGraph g(fmt::format("float[1,{},8,8] x", shape[1] * group));
    g.out(g.qdq(g.op("conv", "Conv", {g.qdq("x"), g.weight("w", shape)}, fmt::format("group = {}", group))));
    return g;
  };
  EXPECT_THAT(findings("O13", graph({16, 3, 1, 1}, 1)), ElementsAre("info conv: 3 inputs, 16 outputs"));
  EXPECT_THAT(findings("O13", graph({8, 1, 1, 1}, 8)), ElementsAre("info conv: depthwise, 8 channels"));
  EXPECT_THAT(findings("O13", graph({16, 8, 1, 1}, 2)), ElementsAre("info conv: 2 groups of 8 inputs"));
  EXPECT_THAT(findings("O13", graph({16, 8, 1, 1}, 1)), IsEmpty());
  EXPECT_THAT(findings("O13", graph({32, 1, 1, 1}, 32)), IsEmpty());
}

TEST(LintOnnxRuntimeConv, O17ImplicitWeight) {
  LintGraph g;
  g.out(g.qdq(g.op("conv", "Conv", {g.qdq("x"), g.floats("w", {16, 16, 1, 1})})));
  EXPECT_THAT(findings("O17", g),
              ElementsAre("warn conv: the weight 'w' is float", "info conv_dq: it gives the graph output 'conv_dq'"));
  LintGraph shielded;
  const Numbers per_channel{.channels = 16, .axis = 1};
  const std::string x = shielded.dequantize("x_dq", shielded.quantize("x"), per_channel);
  shielded.out(shielded.quantize(shielded.op("conv", "Conv", {x, shielded.floats("w", {16, 16, 1, 1})})), "uint8");
  EXPECT_THAT(findings("O17", shielded), IsEmpty());
  LintGraph open;
  open.out(open.op("conv", "Conv", {open.qdq("x"), open.floats("w", {16, 16, 1, 1})}));
  EXPECT_THAT(findings("O17", open), IsEmpty()) << "no Q behind";
}

TEST(LintOnnxRuntimeMatMul, O07FloatBias) {
  const auto graph = [](bool q_behind, bool int32) {
    LintGraph g("float[2,4,16] x");
    const std::string product = g.op("product", "MatMul", {g.qdq("x"), g.weight("w", {16, 8}, 1)});
    const std::string sum = g.op("add", "Add", {product, int32 ? g.bias("b", 8) : g.floats("b", {8})});
    g.out(q_behind ? g.qdq(sum) : sum);
    return g;
  };
  EXPECT_THAT(findings("O07", graph(false, false)),
              ElementsAre("error product: the bias 'b' of Add 'add' is float, and 'add' is read as float"));
  EXPECT_THAT(findings("O07", graph(true, false)), IsEmpty());
  EXPECT_THAT(findings("O07", graph(false, true)), IsEmpty());
  const auto gemm = [](const std::string& attributes, bool int32) {
    LintGraph g("float[4,16] x");
    g.out(g.op("gemm", "Gemm", {g.qdq("x"), g.weight("w", {16, 8}, 1), int32 ? g.bias("b", 8) : g.floats("b", {8})},
               attributes));
    return g;
  };
  EXPECT_THAT(findings("O07", gemm("", false)),
              ElementsAre("error gemm: the bias 'b' is float, and 'gemm' is read as float"));
  EXPECT_THAT(findings("O07", gemm("beta = 2.0", true)), ElementsAre("error gemm: beta is 2"));
  EXPECT_THAT(findings("O07", gemm("", true)), IsEmpty());
}

TEST(LintOnnxRuntimeElementwise, O09FloatOperand) {
  LintGraph constant;
  constant.out(constant.qdq(constant.op("add", "Add", {constant.qdq("x"), constant.floats("c", {16, 1, 1})})));
  EXPECT_THAT(findings("O09", constant),
              ElementsAre("error add: the constant 'c' is float, the other input and the output are quantized"));
  LintGraph needed("float[1,16,8,8] x, float[1,16,8,8] y");  // the pair of the Conv is there anyway
  const std::string y = needed.qdq(needed.conv("conv", needed.qdq("x")));
  needed.out(needed.qdq(needed.op("add", "Add", {y, "y"})));
  EXPECT_THAT(findings("O09", needed),
              ElementsAre("info add: the input 'y' is float, the other input and the output are quantized"));
  LintGraph behind_bias("float[4,16] x");  // that of the MatMul, which takes its bias and the Relu along
  const std::string product =
      behind_bias.op("product", "MatMul", {behind_bias.qdq("x"), behind_bias.weight("w", {16, 16})});
  const std::string relu =
      behind_bias.op("relu", "Relu", {behind_bias.op("bias", "Add", {product, behind_bias.floats("b", {16})})});
  behind_bias.out(behind_bias.qdq(behind_bias.op("mul", "Mul", {behind_bias.qdq(relu), behind_bias.floats("c", {1})})));
  EXPECT_THAT(findings("O09", behind_bias),
              ElementsAre("info mul: the constant 'c' is float, the other input and the output are quantized"));
  LintGraph good("float[1,16,8,8] x, float[1,16,8,8] y");
  good.out(good.qdq(good.op("concat", "Concat", {good.qdq("x"), good.qdq("y")}, "axis = 1")));
  EXPECT_THAT(findings("O09", good), IsEmpty());
}

TEST(LintOnnxRuntimeElementwise, O10Moves) {
  const auto graph = [](const Numbers& behind) {
    LintGraph g;
    g.out(g.qdq(g.op("pool", "MaxPool", {g.qdq("x")}, "kernel_shape = [2, 2]"), behind));
    return g;
  };
  EXPECT_THAT(
      findings("O10", graph(kU8Zero)),
      ElementsAre(
          "warn pool: uint8, scale 0.05, zero point 128 in front of it, uint8, scale 0.05, zero point 0 behind"));
  EXPECT_THAT(findings("O10", graph(kU8)), IsEmpty());
  LintGraph missing;
  missing.out(
      missing.qdq(missing.op("pool", "MaxPool", {missing.qdq("x", {.no_zero_point = true})}, "kernel_shape = [2, 2]"),
                  {.no_zero_point = true}));
  EXPECT_THAT(findings("O10", missing), ElementsAre("warn pool: there is no zero point around it"));
}

TEST(LintOnnxRuntimeElementwise, O14Islands) {
  LintGraph g("float[1,8,16] x", 17);
  const std::string norm = g.op("norm", "LayerNormalization", {g.qdq("x"), g.floats("scale", {16})});
  g.out(g.qdq(norm));
  EXPECT_THAT(findings("O14", g), ElementsAre("warn norm: its input 'x_dq' is quantized for it alone"));
  LintGraph constant("float[1,8,16] x", 17);
  constant.constant("s_i", "uint8", {16}, [](size_t) { return "9"; });
  constant.out(constant.op("norm", "LayerNormalization", {"x", constant.dequantize("s", "s_i")}));
  EXPECT_THAT(findings("O14", constant),
              ElementsAre("warn norm: its constant 's' is quantized: dequantized at every call"));
  LintGraph needed("float[1,16,8,8] x", 17);  // the Conv in front needs the Q
  const std::string y = needed.qdq(needed.conv("conv", needed.qdq("x")));
  needed.out(needed.op("norm", "LayerNormalization", {y, needed.floats("scale", {8})}));
  EXPECT_THAT(findings("O14", needed), IsEmpty());
}

TEST(LintOnnxRuntimeElementwise, O16ReduceMean) {
  const auto graph = [](const std::string& axes) {
    LintGraph g;
    g.out(g.op("mean", "ReduceMean", {g.qdq("x")}, "axes = " + axes));
    return g;
  };
  EXPECT_THAT(findings("O16", graph("[-1, 2]")), ElementsAre("info mean: it averages height and width of 'x_dq'"));
  EXPECT_THAT(findings("O16", graph("[1]")), IsEmpty());
}

TEST(LintOnnxRuntimeTypes, O04Int8Activations) {
  LintGraph one;
  one.out(one.conv("conv", one.qdq("x", kS8)));
  EXPECT_THAT(findings("O04", one), ElementsAre("warn x_q: 'x' is int8 with 1 reader"));
  LintGraph two;
  const std::string x = two.qdq("x", kS8);
  two.out(two.conv("first", x)).out(two.conv("second", x));
  EXPECT_THAT(findings("O04", two), ElementsAre("error x_q: 'x' is int8 with 2 readers"));
  LintGraph pairs;  // a pair for each: tried, integer
  const std::string a = pairs.qdq("x", kS8), b = pairs.qdq("x", kS8, "2");
  pairs.out(pairs.conv("first", a)).out(pairs.conv("second", b));
  EXPECT_THAT(findings("O04", pairs),
              ElementsAre("warn x_q: 'x' is int8 with 1 reader", "warn x_q2: 'x' is int8 with 1 reader"));
  EXPECT_THAT(findings("O04", conv_graph()), IsEmpty());
}

TEST(LintOnnxRuntimeTypes, O05Widths) {
  LintGraph wide("float[1,16,8,8] x", 21);
  wide.out(wide.conv("conv", wide.qdq("x", {.type = "uint16", .zero_point = 3000})));
  EXPECT_THAT(findings("O05", wide), ElementsAre("error conv: 'x_dq' is uint16"));
  LintGraph half("float16[1,16,8,8] x", 19);
  const Numbers numbers{.float_type = "float16"};
  half.out(half.op("conv", "Conv", {half.qdq("x", numbers), half.weight("w", {16, 16, 1, 1}, 0, 0, "float16")}),
           "float16");
  EXPECT_THAT(findings("O05", half), ElementsAre("error conv: 'x_dq' is dequantized to float16"));
  EXPECT_THAT(findings("O05", conv_graph()), IsEmpty());
}

TEST(LintOnnxRuntimeTypes, O06Scales) {
  LintGraph several;
  several.out(several.qdq(several.conv("conv", several.qdq("x", {.channels = 16, .axis = 1}))));
  EXPECT_THAT(findings("O06", several), ElementsAre("error conv: 'x_dq' has 16 scales"));
  LintGraph float_output;
  float_output.out(float_output.conv("conv", float_output.qdq("x", {.channels = 16, .axis = 1})));
  EXPECT_THAT(findings("O06", float_output), IsEmpty()) << "stays float";
  LintGraph missing;
  missing.out(missing.qdq(missing.conv("conv", missing.qdq("x", {.no_zero_point = true}))));
  EXPECT_THAT(findings("O06", missing), ElementsAre("info x_q: there is no zero point: uint8 with 0",
                                                    "info x_dq: there is no zero point: uint8 with 0"));
  EXPECT_THAT(findings("O06", conv_graph()), IsEmpty());
}

TEST(LintOnnxRuntimeTypes, O11OldMaxPool) {
  const auto graph = [](int opset) {
    LintGraph g("float[1,16,8,8] x", opset);
    g.out(g.qdq(g.op("pool", "MaxPool", {g.qdq("x")}, "kernel_shape = [2, 2]")));
    return g;
  };
  EXPECT_THAT(findings("O11", graph(11)), ElementsAre("warn pool: the opset is 11"));
  EXPECT_THAT(findings("O11", graph(13)), IsEmpty());
}

}  // namespace
}  // namespace quoin
