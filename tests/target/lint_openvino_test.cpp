// Each rule of the openvino families: what it finds, and what it leaves alone. What the engine does: tests/conformance.
#include "target/lint_graph.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

LintGraph conv_graph(const Numbers& numbers = kU8) {
  LintGraph g;
  g.out(g.conv("conv", g.qdq("x", numbers)));
  return g;
}

TEST(LintOpenvinoTypes, V02Scales) {
  LintGraph computed("float[1,16,8,8] x, float s");
  const std::string q = computed.op("q", "QuantizeLinear", {"x", "s"});
  computed.out(computed.conv("conv", computed.op("dq", "DequantizeLinear", {q, "s"})));
  EXPECT_THAT(findings("V02", computed),
              ElementsAre("error q: the scale 's' is not constant", "error dq: the scale 's' is not constant"));
  EXPECT_THAT(findings("V02", conv_graph({.channels = 16, .axis = 1})),
              ElementsAre("error conv: 'x_dq' has 16 scales"));
  EXPECT_THAT(findings("V02", conv_graph()), IsEmpty());
}

TEST(LintOpenvinoTypes, V04Weight) {
  const auto graph = [](int axis, int zero_point) {
    LintGraph g;
    g.out(g.op("conv", "Conv", {g.qdq("x"), g.weight("w", {16, 16, 1, 1}, axis, zero_point)}));
    return g;
  };
  EXPECT_THAT(
      findings("V04", graph(1, 0)),
      ElementsAre("error conv: the weight has a scale for each place on axis 1, its output channels are on axis 0"));
  EXPECT_THAT(findings("V04", graph(0, 3)), ElementsAre("error conv: a zero point of the int8 weight is 3"));
  EXPECT_THAT(findings("V04", graph(0, 0)), IsEmpty());
}

TEST(LintOpenvinoTypes, V08UnknownRank) {
  const auto graph = [](const std::string& input) {
    LintGraph g(input);
    g.out(g.qdq("x", {.channels = 16, .axis = 1}));
    return g;
  };
  EXPECT_THAT(findings("V08", graph("float x")), IsEmpty()) << "a scalar has a rank";
  EXPECT_THAT(findings("V08", graph("float[] x")),
              ElementsAre("error x_dq: 16 scales on 'x_q', whose rank is not known"));
  EXPECT_THAT(findings("V08", graph("float[1,16,8,8] x")), IsEmpty());
}

TEST(LintOpenvinoTypes, V09Int8Activations) {
  EXPECT_THAT(findings("V09", conv_graph(kS8)), ElementsAre("info conv: 'x_dq' is int8"));
  EXPECT_THAT(findings("V09", conv_graph(kS8).text(), "amx"), IsEmpty());
  EXPECT_THAT(findings("V09", conv_graph()), IsEmpty());
}

TEST(LintOpenvinoTypes, V10MissingZeroPoint) {
  EXPECT_THAT(findings("V10", conv_graph({.no_zero_point = true})),
              ElementsAre("warn x_q: there is no zero point: uint8 here, int8 on TensorRT",
                          "warn x_dq: there is no zero point: uint8 here, int8 on TensorRT"));
  EXPECT_THAT(findings("V10", conv_graph()), IsEmpty());
}

TEST(LintOpenvinoTypes, V11Widths) {
  LintGraph wide("float[1,16,8,8] x", 21);
  wide.out(wide.conv("conv", wide.qdq("x", {.type = "uint16", .zero_point = 3000})));
  EXPECT_THAT(findings("V11", wide), ElementsAre("warn x_q: 'x' is quantized to uint16",
                                                 "info the model: there is no QuantizeLinear of 8 bits"));
  EXPECT_THAT(findings("V11", conv_graph()), IsEmpty());
}

TEST(LintOpenvinoFusion, V03OneSide) {
  LintGraph g;
  g.out(g.op("conv", "Conv", {g.qdq("x"), g.floats("w", {16, 16, 1, 1})}));
  EXPECT_THAT(findings("V03", g), ElementsAre("warn conv: 'x_dq' is quantized, 'w' is float"));
  EXPECT_THAT(findings("V03", conv_graph()), IsEmpty());
}

TEST(LintOpenvinoFusion, V05Symmetry) {
  const auto transposed = [](const Numbers& numbers) {
    LintGraph g;
    g.out(g.op("up", "ConvTranspose", {g.qdq("x", numbers), g.weight("w", {16, 16, 1, 1}, 1)}));
    return g;
  };
  EXPECT_THAT(findings("V05", transposed(kU8)),
              ElementsAre("warn up: its input has uint8, scale 0.05, zero point 128"));
  EXPECT_THAT(findings("V05", transposed(kU8Zero)), IsEmpty());
  const auto product = [](const Numbers& a, const Numbers& b) {
    LintGraph g("float[4,16] x, float[16,8] y");
    g.out(g.op("product", "MatMul", {g.qdq("x", a), g.qdq("y", b)}));
    return g;
  };
  EXPECT_THAT(findings("V05", product(kU8, kS8)),
              ElementsAre("warn product: the first operand has uint8, scale 0.05, zero point 128"));
  EXPECT_THAT(findings("V05", product(kU8Zero, kU8Zero)),
              ElementsAre("warn product: the second operand has uint8, scale 0.05, zero point 0"));
  EXPECT_THAT(findings("V05", product(kU8Zero, kU8)), IsEmpty());
  EXPECT_THAT(findings("V05", product(kS8, kS8)), IsEmpty());
}

TEST(LintOpenvinoFusion, V06ActivationScales) {
  const auto graph = [](const Numbers& numbers) {
    LintGraph g("float[2,4,16] x");
    g.out(g.op("product", "MatMul", {g.qdq("x", numbers), g.weight("w", {16, 8}, 1)}));
    return g;
  };
  EXPECT_THAT(findings("V06", graph({.channels = 16, .axis = 2})),
              ElementsAre("error product: 'x_dq' has 16 scales on axis 2"));
  EXPECT_THAT(findings("V06", graph(kU8)), IsEmpty());
}

TEST(LintOpenvinoFusion, V07Concat) {
  const auto conv = [](int axis) {
    LintGraph g("float[1,16,8,8] x, float[1,16,8,8] y");
    g.out(g.op("conv", "Conv",
               {g.qdq(g.op("joined", "Concat", {"x", "y"}, fmt::format("axis = {}", axis))),
                g.weight("w", {16, axis == 1 ? 32U : 16U, 1, 1})}));
    return g;
  };
  EXPECT_THAT(findings("V07", conv(2)), ElementsAre("warn conv: it reads Concat 'joined' of axis 2 through Q/DQ"));
  EXPECT_THAT(findings("V07", conv(1)), IsEmpty());
  const auto product = [](const char* rows, const Numbers& numbers) {
    LintGraph g(fmt::format("float[1,8,16] x, float[1,{},16] y", rows));
    g.out(g.op("product", "MatMul",
               {g.qdq(g.op("joined", "Concat", {"x", "y"}, "axis = 1"), numbers), g.weight("w", {16, 8}, 1)}));
    return g;
  };
  EXPECT_THAT(findings("V07", product("1", kU8)),
              ElementsAre("error product: it reads Concat 'joined' of unequal parts on axis 1 through Q/DQ with uint8, "
                          "scale 0.05, zero point 128"));
  EXPECT_THAT(findings("V07", product("1", kU8Zero)), IsEmpty());
  EXPECT_THAT(findings("V07", product("8", kU8)), IsEmpty());
  LintGraph g("float[8,16] x, float[1,16] y");
  g.out(g.op("product", "Gemm",
             {g.qdq(g.op("relu", "Relu", {g.op("joined", "Concat", {"x", "y"}, "axis = 0")}), kU8),
              g.weight("w", {16, 8}, 1)}));
  EXPECT_THAT(findings("V07", g), ElementsAre(testing::StartsWith("error product: it reads Concat 'joined'")));
}

TEST(LintOpenvinoPools, V13CountedPadding) {
  const auto graph = [](const Numbers& numbers, const std::string& attributes, bool moved = false) {
    LintGraph g;
    std::string x = g.qdq("x", numbers);
    if (moved) x = g.op("max", "MaxPool", {x}, "kernel_shape = [2, 2]");
    g.out(g.op("pool", "AveragePool", {x}, "kernel_shape = [3, 3], " + attributes));
    return g;
  };
  const std::string pads = "pads = [1, 1, 1, 1]", counted = "count_include_pad = 1";
  const std::string found = "error pool: it counts its padding and reads uint8, scale 0.05, zero point 128";
  EXPECT_THAT(findings("V13", graph(kU8, pads + ", " + counted)), ElementsAre(found));
  EXPECT_THAT(findings("V13", graph(kU8, "auto_pad = \"SAME_LOWER\", " + counted)), ElementsAre(found));
  EXPECT_THAT(findings("V13", graph(kU8, pads + ", " + counted, true)), ElementsAre(found));
  EXPECT_THAT(findings("V13", graph(kU8Zero, pads + ", " + counted)), IsEmpty());
  EXPECT_THAT(findings("V13", graph(kU8, pads)), IsEmpty());
  EXPECT_THAT(findings("V13", graph(kU8, "pads = [0, 0, 0, 0], " + counted)), IsEmpty());
}

TEST(LintOpenvinoResults, V23ANormalizedMatrix) {
  const auto graph = [](const std::string& input, double lowest, bool shifted) {
    LintGraph g(input, 17);
    const std::string scale = g.constant(
        "s", "float", {16}, [&](size_t i) { return fmt::format("{}", lowest + 0.25 * static_cast<double>(i)); });
    std::vector<std::string> inputs = {"x", scale};
    if (shifted) inputs.push_back(g.floats("b", {16}));
    g.out(g.qdq(g.op("norm", "LayerNormalization", inputs)));
    return g;
  };
  EXPECT_THAT(findings("V23", graph("float[3,16] x", -0.5, false)),
              ElementsAre("error norm_q: LayerNormalization 'norm' gives each channel a factor, some negative"));
  EXPECT_THAT(findings("V23", graph("float[n,16] x", -0.5, false)), SizeIs(1));
  EXPECT_THAT(findings("V23", graph("float[3,16] x", -0.5, true)), IsEmpty());
  EXPECT_THAT(findings("V23", graph("float[3,16] x", 0.5, false)), IsEmpty());
  EXPECT_THAT(findings("V23", graph("float[2,3,16] x", -0.5, false)), IsEmpty());
}

TEST(LintOpenvinoPools, V20FewAverages) {
  const auto graph = [](const std::string& input, const std::string& op, bool quantized) {
    LintGraph g(input);
    std::string value = g.op("pool", op, {g.qdq("x")}, op == "AveragePool" ? "kernel_shape = [8, 8]" : "");
    value = g.op("r", "Relu", {value});
    g.out(quantized ? g.qdq(value) : value);
    return g;
  };
  const std::string eight = "float[1,8,8,8] x";
  EXPECT_THAT(findings("V20", graph(eight, "AveragePool", true)),
              ElementsAre("error pool: it reads integers and gives 8 values"));
  EXPECT_THAT(findings("V20", graph("float[n,8,8,8] x", "AveragePool", true)), SizeIs(1)) << "a batch of one";
  EXPECT_THAT(findings("V20", graph(eight, "AveragePool", false)), IsEmpty());
  EXPECT_THAT(findings("V20", graph(eight, "GlobalAveragePool", true)), IsEmpty());
  EXPECT_THAT(findings("V20", graph("float[2,8,8,8] x", "AveragePool", true)), IsEmpty());
}

TEST(LintOpenvinoPools, V21ARoundedAverage) {
  const auto graph = [](const std::string& behind, bool integers = true) {
    LintGraph g;
    std::string value = g.op("pool", "AveragePool", {integers ? g.qdq("x") : "x"}, "kernel_shape = [3, 3]");
    value = g.op("r", "Relu", {value});
    if (behind == "MatMul") value = g.op("next", behind, {value, g.floats("w", {6, 4})});
    if (behind == "Mul") value = g.op("next", behind, {value, g.floats("k", {1})});
    if (behind == "Conv") value = g.op("next", behind, {value, g.floats("w", {4, 16, 1, 1})});
    if (behind == "Sigmoid") value = g.op("next", behind, {value});
    if (behind == "Q") value = g.qdq(value);
    g.out(value);
    return g;
  };
  const std::string rounded =
      " 'next' reads it without a Q: it is rounded to steps of uint8, scale 0.05, zero point 128";
  EXPECT_THAT(findings("V21", graph("MatMul")), ElementsAre("warn pool: MatMul" + rounded));
  EXPECT_THAT(findings("V21", graph("Mul")), ElementsAre("warn pool: Mul" + rounded));
  for (const char* right : {"Conv", "Sigmoid", "Q", ""}) EXPECT_THAT(findings("V21", graph(right)), IsEmpty()) << right;
  EXPECT_THAT(findings("V21", graph("MatMul", false)), IsEmpty());
}

TEST(LintOpenvinoResults, V19StridesOverPadding) {
  const auto graph = [](const std::string& attributes, bool integers, const std::string& front = "") {
    LintGraph g;
    std::string value = front.empty() ? "x" : g.op("front", front, {"x"});
    if (integers) value = g.qdq(value);
    g.out(g.conv("conv", value, attributes));
    return g;
  };
  const std::string strided = "strides = [2, 2], pads = [0, 1, 0, 0]";
  EXPECT_THAT(findings("V19", graph(strided, true)),
              ElementsAre("error conv: it has a kernel of 1, strides and padding, behind DequantizeLinear 'x_dq'"));
  EXPECT_THAT(findings("V19", graph(strided, false, "Relu")),
              ElementsAre("warn conv: it has a kernel of 1, strides and padding, behind Relu 'front'"));
  EXPECT_THAT(findings("V19", graph(strided, false)), IsEmpty());
  EXPECT_THAT(findings("V19", graph("strides = [2, 1], pads = [0, 1, 0, 1]", true)), IsEmpty()) << "another axis";
  EXPECT_THAT(findings("V19", graph("strides = [2, 2]", true)), IsEmpty());
  EXPECT_THAT(findings("V19", graph("pads = [1, 1, 1, 1]", true)), IsEmpty());
}

TEST(LintOpenvinoResults, V22LostBiases) {
  const auto graph = [](const std::string& input, bool add, bool asks, bool quantized = true) {
    LintGraph g(input);
    const std::string bias = g.floats("b", add ? std::vector<size_t>{16, 1, 1} : std::vector<size_t>{16});
    std::string value = g.conv("conv", g.qdq("x"), "", add ? "" : bias);
    if (add) value = g.op("sum", "Add", {value, bias});
    value = g.op("r", "Relu", {value});
    g.out(quantized ? g.qdq(value) : value);
    if (asks) g.out(g.op("sizes", "Shape", {"x"}), "int64");
    return g;
  };
  const std::string open = "float[n,16,8,8] x";
  EXPECT_THAT(
      findings("V22", graph(open, false, true)),
      ElementsAre("warn conv: its bias 'b' stands in front of a Q, sizes are open, and the model computes with them"));
  EXPECT_THAT(findings("V22", graph(open, true, true)), IsEmpty());
  EXPECT_THAT(findings("V22", graph(open, false, false)), IsEmpty());
  EXPECT_THAT(findings("V22", graph(open, false, true, false)), IsEmpty());
  EXPECT_THAT(findings("V22", graph("float[1,16,8,8] x", false, true)), IsEmpty());
}

TEST(LintOpenvinoResults, V23NegativeFactors) {
  const auto graph = [](const std::string& front, const std::string& op, double lowest, const std::string& behind) {
    LintGraph g;
    std::string value = front.empty()     ? "x"
                        : front == "Conv" ? g.conv("front", g.qdq("x"))
                                          : g.op("front", front, {"x"});
    const std::string row = g.constant(
        "k", "float", {16, 1, 1}, [&](size_t i) { return fmt::format("{}", lowest + 0.25 * static_cast<double>(i)); });
    value = g.op("factors", op, {value, row});
    if (!behind.empty()) value = g.op("behind", behind, {value});
    g.out(g.qdq(value));
    return g;
  };
  EXPECT_THAT(findings("V23", graph("", "Mul", -0.5, "")),
              ElementsAre("error factors_q: Mul 'factors' gives each channel a factor, some negative"));
  EXPECT_THAT(findings("V23", graph("GlobalMaxPool", "Div", -0.5, "Relu")), SizeIs(1));
  EXPECT_THAT(findings("V23", graph("", "Mul", 0.5, "Neg")), SizeIs(1));
  for (const char* front : {"Softmax", "Tan"}) EXPECT_THAT(findings("V23", graph(front, "Mul", -0.5, "")), SizeIs(1));
  EXPECT_THAT(findings("V23", graph("", "Mul", 0.5, "")), IsEmpty());
  EXPECT_THAT(findings("V23", graph("", "Mul", -0.5, "Sigmoid")), IsEmpty());
  for (const char* front : {"Conv", "Relu", "Sigmoid"})
    EXPECT_THAT(findings("V23", graph(front, "Mul", -0.5, "")), IsEmpty()) << front;
}

TEST(LintOpenvinoResults, V14AQBehindAMaximum) {
  const auto graph = [](const std::string& op, bool integers) {
    LintGraph g;
    const std::string m = g.op("m", op, {integers ? g.qdq("x") : "x"});
    g.out(g.conv("conv", g.qdq(g.op("r", "Relu", {m}))));
    return g;
  };
  EXPECT_THAT(findings("V14", graph("ReduceMax", false)),
              ElementsAre("error r_q: it quantizes what ReduceMax 'm' makes of float values"));
  EXPECT_THAT(findings("V14", graph("GlobalMaxPool", false)),
              ElementsAre("error r_q: it quantizes what GlobalMaxPool 'm' makes of float values"));
  EXPECT_THAT(findings("V14", graph("ReduceMax", true)), IsEmpty());
  EXPECT_THAT(findings("V14", graph("ReduceMean", false)), IsEmpty());
}

TEST(LintOpenvinoResults, V15AVector) {
  const auto graph = [](const std::string& input) {
    LintGraph g(input);
    g.out(g.op("product", "MatMul", {g.qdq("x"), g.weight("w", {16, 8}, 1)}));
    return g;
  };
  EXPECT_THAT(findings("V15", graph("float[16] x")), ElementsAre("error product: 'x_dq' is a vector"));
  EXPECT_THAT(findings("V15", graph("float[1,16] x")), IsEmpty());
}

TEST(LintOpenvinoResults, V18AResizeThatItDoesOtherwise) {
  const auto graph = [](const std::string& attributes, const std::string& inputs) {
    return fmt::format(R"(<ir_version: 8, opset_import: ["" : 19]> g (float[1,2,8,4] x) => (float[1,2,H,W] y)
      <int64[2] sizes = {{20, 8}}, float[2] scales = {{0.5, 0.5}}, float[4] roi = {{0, 0, 1, 1}}> {{
      [resize] y = Resize <{}> ({}) }})",
                       attributes, inputs);
  };
  const std::string axes = "axes = [2, 3], mode = \"linear\"", sizes = "x, , , sizes", scales = "x, , scales";
  EXPECT_THAT(findings("V18", graph(axes + ", keep_aspect_ratio_policy = \"not_larger\"", sizes)),
              ElementsAre("error resize: not_larger: OpenVINO stretches to the sizes"));
  EXPECT_THAT(findings("V18", graph(axes + ", coordinate_transformation_mode = \"half_pixel_symmetric\"", scales)),
              ElementsAre("error resize: half_pixel_symmetric: OpenVINO refuses it"));
  EXPECT_THAT(
      findings("V18", graph(axes + ", coordinate_transformation_mode = \"tf_crop_and_resize\"", "x, roi, scales")),
      ElementsAre("error resize: tf_crop_and_resize: OpenVINO refuses it"));
  EXPECT_THAT(findings("V18", graph("axes = [2, 3], mode = \"cubic\", exclude_outside = 1", scales)),
              ElementsAre("warn resize: exclude_outside: OpenVINO counts what is outside"));
  EXPECT_THAT(findings("V18", graph(axes + ", antialias = 1", scales)),
              ElementsAre("warn resize: antialias: OpenVINO has another filter where it shrinks"));
  EXPECT_THAT(findings("V18", graph(axes, sizes)), IsEmpty());
  EXPECT_THAT(findings("V18", graph(axes + ", coordinate_transformation_mode = \"align_corners\"", scales)), IsEmpty());
}

TEST(LintOpenvinoResults, V16NoBias) {
  const auto graph = [](const std::string& input, const std::string& bias) {
    LintGraph g(input);
    std::string first = g.op("first", "MatMul", {g.qdq("x"), g.weight("w", {16, 8}, 1)});
    if (bias == "floats") first = g.op("sum", "Add", {first, g.floats("b", {8})});
    if (bias == "equal")
      first = g.op("sum", "Add", {first, g.constant("b", "float", {8}, [](size_t) { return std::string("0.3"); })});
    const std::string next = g.op("r", "Relu", {first});
    g.out(g.op("second", "MatMul", {g.qdq(next), g.weight("v", {8, 4}, 1)}));
    return g;
  };
  EXPECT_THAT(findings("V16", graph("float[4,16] x", "")),
              ElementsAre("warn first: it has no bias, and what it makes is quantized again"));
  EXPECT_THAT(findings("V16", graph("float[4,16] x", "equal")), SizeIs(1)) << "taken into the scale";
  EXPECT_THAT(findings("V16", graph("float[4,16] x", "floats")), IsEmpty());
  EXPECT_THAT(findings("V16", graph("float[n,16] x", "")), IsEmpty()) << "right with a free batch";
}

TEST(LintOpenvinoResults, V16ConstantsBehindTheBias) {
  const auto graph = [](const std::string& input, const std::string& behind, const std::string& attributes = "") {
    LintGraph g(input);
    std::string value = g.op("first", "Gemm", {g.qdq("x"), g.weight("w", {16, 8}, 1), g.floats("b", {8})}, attributes);
    value = g.op("r", "Relu", {value});
    if (behind == "columns") value = g.op("m", "Mul", {value, g.floats("k", {8})});
    if (behind == "rows") value = g.op("m", "Mul", {value, g.floats("k", {4, 1})});
    if (behind == "normalized")
      value = g.op("n", "BatchNormalization",
                   {value, g.floats("s", {8}), g.floats("o", {8}), g.floats("e", {8}), g.floats("d", {8})});
    g.out(g.op("second", "MatMul", {g.qdq(value), g.weight("v", {8, 4}, 1)}));
    return g;
  };
  const std::string stand =
      "warn first: behind its bias stand constants or a BatchNormalization in front of the Q behind it";
  EXPECT_THAT(findings("V16", graph("float[4,16] x", "columns")), ElementsAre(stand));
  EXPECT_THAT(findings("V16", graph("float[4,16] x", "normalized")), ElementsAre(stand));
  EXPECT_THAT(findings("V16", graph("float[4,16] x", "", "alpha = 0.5")),
              ElementsAre("warn first: it has alpha = 0.5 in front of the Q behind it"));
  EXPECT_THAT(findings("V16", graph("float[4,16] x", "rows")), IsEmpty());
  EXPECT_THAT(findings("V16", graph("float[4,16] x", "")), IsEmpty());
  EXPECT_THAT(findings("V16", graph("float[n,16] x", "columns")), IsEmpty());
}

}  // namespace
}  // namespace quoin
