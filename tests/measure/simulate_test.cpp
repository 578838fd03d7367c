// The simulated accuracy: products of integers computed exactly.
#include "measure/simulate.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/onnxruntime.h"
#include "quoin/error.h"
#include "quoin/measure.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

using testing::ElementsAre;

// Weights of at most 64: pairs of products do not saturate without VNNI either.
std::string integers(int count, int step) {
  std::string text;
  for (int i = 0; i < count; ++i) text += fmt::format("{}{}", i ? ", " : "", (i * step + 11) % 129 - 64);
  return text;
}

// Three convolutions with every factor another one, the second a depthwise one, and a Gemm whose result stays float.
Graph network() {
  return parse_text(fmt::format(R"(
<ir_version: 8, opset_import: ["" : 13]>
net (float[1,8,12,12] x) => (float[1,5] y)
<float s0 = {{0.031}}, uint8 z0 = {{131}}, float s1 = {{0.0213}}, uint8 z1 = {{0}}, float s2 = {{0.0235294122}}, uint8 z2 = {{0}},
 float s3 = {{0.0971}}, uint8 z3 = {{113}}, float six = {{6}}, float zero = {{0}},
 float[8] w1s = {{0.0011, 0.0023, 0.0013, 0.0031, 0.0007, 0.0019, 0.0017, 0.0029}}, int8[8] w1z = {{0, 0, 0, 0, 0, 0, 0, 0}},
 int8[8,8,3,3] w1 = {{{}}}, int32[8] b1 = {{100, -2000, 30, 4000, -50, 6, 700, -8}},
 float[8] b1s = {{0.0000341, 0.0000713, 0.0000403, 0.0000961, 0.0000217, 0.0000589, 0.0000527, 0.0000899}},
 float w2s = {{0.0123}}, int8 w2z = {{0}}, int8[8,1,3,3] w2 = {{{}}},
 float w3s = {{0.0171}}, int8 w3z = {{0}}, int8[8,8,1,1] w3 = {{{}}},
 float w4s = {{0.0037}}, int8 w4z = {{0}}, int8[5,800] w4 = {{{}}}, int64[2] flat = {{1, 800}}>
{{
  x_q = QuantizeLinear(x, s0, z0)
  x_d = DequantizeLinear(x_q, s0, z0)
  w1_d = DequantizeLinear <axis = 0> (w1, w1s, w1z)
  b1_d = DequantizeLinear <axis = 0> (b1, b1s)
  one = Conv <pads = [1, 1, 1, 1]> (x_d, w1_d, b1_d)
  one_r = Relu(one)
  one_q = QuantizeLinear(one_r, s1, z1)
  one_d = DequantizeLinear(one_q, s1, z1)
  w2_d = DequantizeLinear(w2, w2s, w2z)
  two = Conv <group = 8> (one_d, w2_d)
  two_r = Clip(two, zero, six)
  two_q = QuantizeLinear(two_r, s2, z2)
  two_d = DequantizeLinear(two_q, s2, z2)
  w3_d = DequantizeLinear(w3, w3s, w3z)
  three = Conv(two_d, w3_d)
  three_q = QuantizeLinear(three, s3, z3)
  three_d = DequantizeLinear(three_q, s3, z3)
  rows = Reshape(three_d, flat)
  rows_q = QuantizeLinear(rows, s3, z3)
  rows_d = DequantizeLinear(rows_q, s3, z3)
  w4_d = DequantizeLinear(w4, w4s, w4z)
  y = Gemm <transB = 1> (rows_d, w4_d)
}}
)",
                                integers(8 * 8 * 9, 37), integers(8 * 9, 53), integers(64, 29), integers(5 * 800, 71)));
}

std::vector<std::string> ops(const Graph& graph, std::string_view wanted) {
  std::vector<std::string> found;
  for (const Node* node : graph.nodes()) {
    if (node->is(wanted)) found.push_back(node->output().name());
  }
  return found;
}

std::string text_of_conv(const std::string& activation, const std::string& weight_scale, const std::string& reader) {
  return fmt::format(R"(
<ir_version: 8, opset_import: ["" : 13]>
net (float[1,2,4,4] x) => (float[1,2,4,4] y)
<float s = {{0.05}}, uint8 z = {{128}}, {}, int8[2,2,1,1] w = {{1, -2, 3, -4}}, float zero = {{0}}, float three = {{3}}>
{{
  x_q = QuantizeLinear(x, s, z)
  x_d = DequantizeLinear(x_q, s, z)
  w_d = DequantizeLinear(w, ws)
  a = Conv(x_d, w_d)
  r = {}
  {}
}}
)",
                     weight_scale, activation, reader);
}

constexpr const char* kQuantized = "r_q = QuantizeLinear(r, s, z)\n  y = DequantizeLinear(r_q, s, z)";

// How many products became exact.
int exact(const std::string& text) {
  const Graph graph = exact_products(parse_text(text));
  EXPECT_THAT(verify_graph(graph), testing::IsEmpty());
  return static_cast<int>(ops(graph, "Mul").size());
}

TEST(ExactProducts, IntegersAndOneFactorStandForEveryProduct) {
  const Graph model = network(), graph = exact_products(model);
  EXPECT_THAT(verify_graph(graph), testing::IsEmpty());
  EXPECT_EQ(ops(graph, "Mul").size(), 4u);
  EXPECT_THAT(ops(graph, "Relu"), testing::IsEmpty());
  EXPECT_THAT(ops(graph, "Clip"), testing::IsEmpty());
  EXPECT_THAT(ops(graph, "QuantizeLinear"), ElementsAre("x_q", "one_q", "two_q", "three_q", "rows_q"));
  EXPECT_EQ(graph.outputs()[0]->producer()->op(), "Mul");
  const Tensor& weights =
      *graph.find_value("one_q")->producer()->input(0).producer()->input(0).producer()->input(1).constant();
  EXPECT_EQ(weights.to_floats()[1], (37 + 11) % 129 - 64);
}

TEST(ExactProducts, OnlyWhatIntegerKernelsCompute) {
  const std::string scale = "float ws = {0.01}";
  EXPECT_EQ(exact(text_of_conv("Identity(a)", scale, kQuantized)), 0);  // an operator between
  EXPECT_EQ(exact(text_of_conv("Relu(a)", scale, kQuantized)), 0);      // the saturation at -6.4 does not contain it
  EXPECT_EQ(exact(text_of_conv("Clip(a, zero, three)", scale, kQuantized)), 0);
  EXPECT_EQ(exact(text_of_conv("QuantizeLinear(a, s, z)", scale, "y = DequantizeLinear(r, s, z)")), 1);
  EXPECT_EQ(
      exact(text_of_conv("QuantizeLinear(a, s, z)", "float[2] ws = {0.01, 0.02}", "y = DequantizeLinear(r, s, z)")), 0)
      << "scales along the wrong axis would not be per output channel";
  EXPECT_EQ(exact(text_of_conv("Identity(a)", scale, "y = Neg(r)")), 0);  // a float convolution
}

TEST(Simulation, EqualsTheIntegerKernelsToTheBit) {
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  const Graph model = network();
  const auto simulated = open_simulation(*onnxruntime(), "onnxruntime", model),
             real = onnxruntime()->open_bytes(serialize(model), {OptimizationLevel::kFull, 1});
  const Dataset inputs = random_inputs(model, 20);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const NamedTensors feeds = inputs.sample(i).inputs;
    EXPECT_EQ(simulated->run(feeds)[0].second.to_floats(), real->run(feeds)[0].second.to_floats()) << "sample " << i;
  }
  int integer = 0;
  for (const Kernel& kernel : onnxruntime()->kernels(serialize(model), inputs.sample(0).inputs))
    integer += kernel.integer;
  EXPECT_GE(integer, 4);
}

TEST(Simulation, EqualsOpenvinosIntegerKernelsToTheBit) {
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  std::unique_ptr<Engine> openvino;
  try {
    openvino = open_engine("openvino");
  } catch (const Error& error) {
    ASSERT_EQ(error.code(), ErrorCode::kMissingRuntime);
    GTEST_SKIP() << "OpenVINO is not on this machine";
  }
  const Graph model = network();
  const auto simulated = open_simulation(*onnxruntime(), "openvino", model),
             real = openvino->open_bytes(serialize(model), {OptimizationLevel::kFull, 1});
  const Dataset inputs = random_inputs(model, 20);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const NamedTensors feeds = inputs.sample(i).inputs;
    EXPECT_EQ(simulated->run(feeds)[0].second.to_floats(), real->run(feeds)[0].second.to_floats()) << "sample " << i;
  }
}

}  // namespace
}  // namespace quoin
