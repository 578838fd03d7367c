// What OpenVINO's CPU plugin computes otherwise than the Q/DQ graph says (docs/targets.md). Each test holds the fault;
// one that fails on a newer OpenVINO says that the rule of targets/openvino-cpu.toml, and the lint rule, can go.
#include "conformance/openvino_results.h"

namespace quoin {
namespace {

// A maximum of float values, what stands behind it, and a quantized convolution. The values are no whole numbers: it is
// to those that the fused kernel rounds before it quantizes.
QdqGraph behind_maximum(const std::string& maximum, const std::string& then = "") {
  QdqGraph graph(kWideImage);
  std::string value = graph.op("Softsign", {"x"});
  value = graph.op(maximum, {value}, maximum == "GlobalMaxPool" ? "" : "axes = [2, 3]");
  if (then == "Mul") value = graph.op(then, {value, graph.float_weight({1, 16, 1, 1})});
  if (then == "Relu") value = graph.op(then, {value});
  graph.output(graph.op("Conv", {graph.qdq(value), graph.weight({8, 16, 1, 1})}));
  return graph;
}

TEST_F(OpenvinoResults, V14_AQBehindAMaximumOrMinimumOverAxes) {
  EXPECT_GT(difference(behind_maximum("ReduceMax")), kWrong);
  EXPECT_GT(difference(behind_maximum("ReduceMin")), kWrong);
  EXPECT_GT(difference(behind_maximum("GlobalMaxPool")), kWrong);
  EXPECT_GT(difference(behind_maximum("ReduceMax", "Relu")), kWrong);
  EXPECT_GT(difference(behind_maximum("ReduceMax", "Mul")), kWrong);
}

TEST_F(OpenvinoResults, V14_OtherReductionsAndAMaximumOfIntegersAreRight) {
  for (const char* op : {"ReduceMean", "ReduceL2", "ReduceSumSquare"})
    EXPECT_LT(difference(behind_maximum(op)), kRight) << op;
  QdqGraph integers(kWideImage);
  const std::string value = integers.op("GlobalMaxPool", {integers.qdq("x")});
  integers.output(integers.op("Conv", {integers.qdq(value), integers.weight({8, 16, 1, 1})}));
  EXPECT_LT(difference(integers), kRight);
  QdqGraph pool(kWideImage);
  const std::string whole = pool.op("MaxPool", {"x"}, "kernel_shape = [12, 12]");
  pool.output(pool.op("Conv", {pool.qdq(whole), pool.weight({8, 16, 1, 1})}));
  EXPECT_LT(difference(pool), kRight);
}

TEST_F(OpenvinoResults, V15_AProductOfAVectorAndAMatrixHasADimensionTooMany) {
  QdqGraph graph("float[16] x");
  graph.output(graph.op("MatMul", {graph.qdq("x"), graph.weight({16, 24}, 1)}));
  const auto session = openvino_engine()->open_bytes(graph.bytes());
  EXPECT_EQ(session->run(waves(*session)).front().second.shape(), (Shape{1, 24}));
  EXPECT_LT(difference(graph), kRight) << "the numbers are right";
}

TEST_F(OpenvinoResults, V15_WhatReadsItIsRefused) {
  QdqGraph graph("float[16] x");
  const std::string first = graph.op("MatMul", {graph.qdq("x"), graph.weight({16, 24}, 1)});
  const std::string second = graph.op("MatMul", {graph.qdq("x"), graph.weight({16, 24}, 1)});
  graph.output(graph.op("MatMul", {first, second}));
  EXPECT_THAT(error_of([&] { openvino_engine()->open_bytes(graph.bytes()); }).message(),
              testing::HasSubstr("Incompatible MatMul matrix dimension"));
}

TEST_F(OpenvinoResults, V18_AResizeIsOtherwiseInFloatToo) {
  const auto shape_and_difference = [](const std::string& attributes, const std::string& inputs) {
    const std::string bytes = serialize(parse_text(fmt::format(
        R"(<ir_version: 8, opset_import: ["" : 19]> g (float[1,2,12,12] x) => (float[1,2,H,W] y)
           <int64[2] sizes = {{18, 20}}, float[2] down = {{0.7, 0.55}}, float[2] up = {{1.5, 2}}, float[4] roi = {{0.1, 0.2, 0.8, 0.9}}> {{
           y = Resize <axes = [2, 3], {}> ({}) }})",
        attributes, inputs)));
    const auto reference = onnxruntime()->open_bytes(bytes);
    const NamedTensors feeds = waves(*reference);
    const Tensor wanted = reference->run(feeds).front().second,
                 got = openvino_engine()->open_bytes(bytes)->run(feeds).front().second;
    float worst = 0;
    for (int64_t i = 0; got.shape() == wanted.shape() && i < got.size(); ++i)
      worst = std::max(worst,
                       std::abs(got.as<float>()[static_cast<size_t>(i)] - wanted.as<float>()[static_cast<size_t>(i)]));
    return std::pair(got.shape() == wanted.shape(), worst);
  };
  EXPECT_FALSE(
      shape_and_difference("mode = \"linear\", keep_aspect_ratio_policy = \"not_larger\"", "x, , , sizes").first);
  EXPECT_GT(shape_and_difference("mode = \"cubic\", exclude_outside = 1", "x, , up").second, kWrong);
  EXPECT_GT(shape_and_difference("mode = \"linear\", antialias = 1", "x, , down").second, kWrong);
  for (const char* const refused : {"half_pixel_symmetric", "tf_crop_and_resize"}) {
    const std::string attributes = fmt::format("mode = \"linear\", coordinate_transformation_mode = \"{}\"", refused);
    EXPECT_THROW(
        shape_and_difference(attributes, refused == std::string("tf_crop_and_resize") ? "x, roi, up" : "x, , up"),
        Error);
  }
  for (const char* const right : {"half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"}) {
    const auto [same_shape, worst] = shape_and_difference(
        fmt::format("mode = \"cubic\", coordinate_transformation_mode = \"{}\"", right), "x, , down");
    EXPECT_TRUE(same_shape) << right;
    EXPECT_LT(worst, kRight) << right;
  }
}

TEST_F(OpenvinoResults, V19_StridesOfA1x1ConvolutionAreTakenBeforeItsPadding) {
  const auto shape = [](const std::string& attributes, const std::string& front, bool integers) {
    QdqGraph graph(kWideImage);
    std::string value = front.empty() ? "x" : graph.op(front, {"x"});
    if (integers) value = graph.qdq(value);
    graph.output(graph.op("Conv", {value, integers ? graph.weight({8, 16, 1, 1}) : graph.float_weight({8, 16, 1, 1})},
                          attributes));
    const auto session = openvino_engine()->open_bytes(graph.bytes());
    return session->run(waves(*session)).front().second.shape();
  };
  const std::string padded = "strides = [2, 2], pads = [1, 1, 1, 1]";
  const Shape right = {1, 8, 7, 7}, wrong = {1, 8, 8, 8};
  EXPECT_EQ(shape(padded, "", true), wrong);
  EXPECT_EQ(shape(padded, "Relu", false), wrong) << "in float too";
  EXPECT_EQ(shape(padded, "", false), right);
  EXPECT_EQ(shape("strides = [2, 2]", "", true), (Shape{1, 8, 6, 6}));
  EXPECT_EQ(shape("pads = [1, 1, 1, 1]", "", true), (Shape{1, 8, 14, 14}));
}

// The fault is on AVX-512 with VNNI (docs/targets.md); the right form must stay right on every CPU.
TEST_F(OpenvinoResults, V16_ABiasThatChangesNothingIsRight) {
  QdqGraph graph("float[8,64] x");
  const auto bias = [&](size_t n) {
    return graph.constant("float", {n}, [](size_t i) { return std::string(i % 2 == 0 ? "1e-30" : "-1e-30"); });
  };
  const std::string first =
      graph.op("Add", {graph.op("MatMul", {graph.qdq("x"), graph.weight({64, 64}, 1)}), bias(64)});
  const std::string next = graph.qdq(graph.op("Relu", {first}), {"uint8", 0.5, 0});
  graph.output(graph.op("Add", {graph.op("MatMul", {next, graph.weight({64, 16}, 1)}), bias(16)}));
  EXPECT_LT(difference(graph), 0.51F) << "one step of the inner Q at most";
}

// x - integer MatMul - `between` - mean over the rows - Q - MatMul.
QdqGraph mean_of_product(const std::string& keepdims, const std::string& between = "", bool squeeze = false) {
  QdqGraph graph("float[1,4,16] x");
  std::string value = graph.op("MatMul", {graph.qdq("x"), graph.weight({16, 16}, 1)});
  if (!between.empty()) value = graph.op(between, {value});
  value = graph.op("ReduceMean", {value}, "axes = [1], keepdims = " + keepdims);
  if (squeeze) value = graph.op("Flatten", {value});
  graph.output(graph.op("MatMul", {graph.qdq(value), graph.weight({16, 8}, 1)}));
  return graph;
}

TEST_F(OpenvinoResults, V17_AQBehindAMeanWithoutKeepdimsOfAProduct) {
  EXPECT_GT(difference(mean_of_product("0")), kWrong);
}

TEST_F(OpenvinoResults, V17_WithKeepdimsOrBehindAnActivationItIsRight) {
  EXPECT_LT(difference(mean_of_product("1")), kRight);
  EXPECT_LT(difference(mean_of_product("1", "", true)), kRight);
  EXPECT_LT(difference(mean_of_product("0", "Relu")), kRight);
}

// With a dimension in front of it, the product's kernel stays apart from the Q: not where the Unsqueeze stands behind
// the DequantizeLinear and the Squeeze right behind the product, for then OpenVINO takes both away.
TEST_F(OpenvinoResults, V16_AProductOfThreeDimensionsStaysApartFromTheQ) {
  const auto graph = [](bool squeezed_first) {
    QdqGraph g("float[8,64] x");
    const std::string axes = g.constant("int64", {1}, [](size_t) { return "0"; });
    const auto row = [&](double step) {
      return g.constant("float", {64},
                        [&](size_t i) { return fmt::format("{}", 0.5 + step * static_cast<double>(i)); });
    };
    const std::string data = squeezed_first ? g.op("Unsqueeze", {g.qdq("x"), axes})
                                            : g.dequantize(g.op("Unsqueeze", {g.quantize("x", kUint8), axes}), kUint8);
    std::string value = g.op("MatMul", {data, g.weight({64, 64}, 1)});
    if (squeezed_first) value = g.op("Squeeze", {value, axes});
    value = g.op("Add", {value, row(0.01)});
    if (!squeezed_first) value = g.op("Squeeze", {value, axes});
    value = g.op("Mul", {g.op("Relu", {value}), row(0.02)});
    g.output(g.op("MatMul", {g.qdq(value, {"uint8", 0.5, 0}), g.weight({64, 16}, 1)}));
    return g;
  };
  const auto counts = [&](bool squeezed_first) {
    std::pair<int, int> found;  // integer kernels, others
    for (const std::string& kernel : ran(*openvino_engine(), graph(squeezed_first)))
      ++(kernel.ends_with(" int") ? found.first : found.second);
    return found;
  };
  EXPECT_EQ(counts(true), std::pair(2, 1)) << "the Q in front alone is a kernel of its own";
  EXPECT_EQ(counts(false), std::pair(2, 2));
  EXPECT_LT(difference(graph(false)), 0.51F) << "one step of the inner Q at most";
}

}  // namespace
}  // namespace quoin
