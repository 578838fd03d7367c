// The dialect of ONNX Runtime's CPU provider: structure, and which kernels really ran.
#include <algorithm>
#include <cmath>
#include <map>

#include "quantize/emitted.h"

namespace quoin {
namespace {

using testing::HasSubstr;

struct Emitted {
  QuantizedModel model;
  EmitResult result;
};

// Calibrated on random inputs by the real engine.
Emitted emit_for_ort(const Graph& model, const std::string& list = "smart", const QuantConfig& config = {}) {
  Emitted emitted{plan_qdq(model, "onnxruntime-cpu", list, config), {}};
  calibrate(emitted.model, *onnxruntime(), random_dataset(model, 4));
  emitted.result = emit(emitted.model);
  check_model(emitted.result.graph);
  return emitted;
}

// How often each kernel ran, float compute and integer ones; no conversions, no changes of layout.
std::map<std::string, int> kernels_of(const Graph& graph) {
  std::map<std::string, int> counts;
  const NamedTensors feeds = random_dataset(graph, 1).sample(0).inputs;
  for (const Kernel& kernel : onnxruntime()->kernels(serialize(graph), feeds, 1)) {
    if (!kernel.conversion && kernel.op != "Transpose") ++counts[kernel.op];
  }
  return counts;
}

// Largest difference to the float model over the largest magnitude, engine fully optimizing.
double relative_error(const Graph& before, const Graph& after) {
  const auto a = onnxruntime()->open_bytes(serialize(before)), b = onnxruntime()->open_bytes(serialize(after));
  double difference = 0, magnitude = 0;
  const Dataset data = random_dataset(before, 4);
  for (size_t i = 0; i < data.size(); ++i) {
    const NamedTensors feeds = data.sample(i).inputs;
    const auto x = a->run(feeds).front().second.to_doubles(), y = b->run(feeds).front().second.to_doubles();
    for (size_t k = 0; k < x.size(); ++k) {
      difference = std::max(difference, std::abs(x[k] - y[k]));
      magnitude = std::max(magnitude, std::abs(x[k]));
    }
  }
  return difference / magnitude;
}

class OnnxRuntimeCpu : public testing::Test {
 protected:
  void SetUp() override {
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
};

TEST_F(OnnxRuntimeCpu, ResnetBlockRunsOnIntegersThroughout) {
  const Graph model = resnet_block();
  const Emitted emitted = emit_for_ort(model);
  EXPECT_EQ(qdq_places(emitted.result.graph), R"(Conv stem(q, int8[0], int32[0])
Relu stem_relu(x) -> q
Conv conv1(q, int8[0], int32[0])
Relu relu1(x) -> q
Conv conv2(q, int8[0], int32[0]) -> q
Conv shortcut(q, int8[0], int32[0]) -> q
Add add(q, q)
Relu relu2(x) -> q
GlobalAveragePool pool(q) -> q
Flatten flatten(q) -> q
Gemm fc(q, int8[0], int32[0])
)");
  EXPECT_EQ(kernels_of(emitted.result.graph),
            (std::map<std::string, int>{
                {"QLinearConv", 4}, {"QLinearAdd", 1}, {"QLinearGlobalAveragePool", 1}, {"Flatten", 1}, {"QGemm", 1}}));
  EXPECT_LT(relative_error(model, emitted.result.graph), 0.1);
}

TEST_F(OnnxRuntimeCpu, SeparableBlock) {
  const Graph model = separable_block();
  const Emitted emitted = emit_for_ort(model);
  EXPECT_EQ(kernels_of(emitted.result.graph), (std::map<std::string, int>{{"QLinearConv", 3}}));
  EXPECT_LT(relative_error(model, emitted.result.graph), 0.1);
}

TEST_F(OnnxRuntimeCpu, AGraphOutputKeepsItsName) {
  const Emitted emitted = emit_for_ort(separable_block());
  const Graph& graph = emitted.result.graph;
  ASSERT_EQ(graph.outputs().size(), 1U);
  EXPECT_EQ(graph.outputs().front()->name(), "y");
  EXPECT_EQ(graph.outputs().front()->producer()->name(), "y_DequantizeLinear");
  const Node* relu = graph.find_node("pointwise_relu");
  ASSERT_TRUE(relu);
  EXPECT_EQ(relu->output(0).name(), "y_float");
  EXPECT_TRUE(relu->unit()) << "it stays in its unit";
}

TEST_F(OnnxRuntimeCpu, NamesFollowTheValue) {
  const Graph graph = emit_for_ort(separable_block()).result.graph;
  for (const char* node : {"r0_QuantizeLinear", "r0_DequantizeLinear", "wp_DequantizeLinear", "bp_DequantizeLinear"}) {
    EXPECT_TRUE(graph.find_node(node)) << node;
  }
  for (const char* value : {"r0_scale", "r0_zero_point", "r0_quantized", "r0_dequantized", "wp_quantized", "wp_scale",
                            "wp_zero_point", "bp_quantized", "bp_scale", "bp_zero_point"}) {
    EXPECT_TRUE(graph.find_value(value)) << value;
  }
  EXPECT_FALSE(graph.find_value("wp")) << "the float weight is gone";
}

TEST_F(OnnxRuntimeCpu, BiasScalesAreTheFloatProduct) {
  const Graph graph = emit_for_ort(separable_block()).result.graph;
  const float sx = graph.find_value("r1_scale")->constant()->to_floats().front();
  const auto sw = graph.find_value("wp_scale")->constant()->to_floats();
  const auto sb = graph.find_value("bp_scale")->constant()->to_floats();
  ASSERT_EQ(sw.size(), 32U);
  for (size_t i = 0; i < sw.size(); ++i) EXPECT_EQ(sb[i], sx * sw[i]);
}

TEST_F(OnnxRuntimeCpu, AStemInFrontOfADepthwiseConvolutionStaysFloat) {
  const Graph model = model_of("float[1,3,16,16] x", "float[1,32,8,8] y",
                               {random_initializer("w0", {16, 3, 3, 3}), random_initializer("wd", {16, 1, 3, 3}),
                                random_initializer("wp", {32, 16, 1, 1}, 0.3F)},
                               R"(
    [stem] c0 = Conv <pads = [1, 1, 1, 1], strides = [2, 2]> (x, w0)
    [stem_act] r0 = Relu(c0)
    [depthwise] d = Conv <group = 16, pads = [1, 1, 1, 1]> (r0, wd)
    [depthwise_act] r1 = Relu(d)
    [pointwise] p = Conv(r1, wp)
    [pointwise_act] y = Relu(p))");
  EXPECT_EQ(qdq_places(emit_for_ort(model).result.graph), R"(Conv stem(x, const)
Relu stem_act(x)
Conv depthwise(x, const)
Relu depthwise_act(x) -> q
Conv pointwise(q, int8[0])
Relu pointwise_act(x) -> q
)");
}

TEST_F(OnnxRuntimeCpu, MaxPoolRunsOnIntegersWithOneScale) {
  const Emitted emitted = emit_for_ort(stem_and_max_pool());
  EXPECT_EQ(qdq_places(emitted.result.graph), R"(Conv stem(q, int8[0])
Relu stem_relu(x) -> q
MaxPool pool(q) -> q
Conv conv(q, int8[0]) -> q
)");
  EXPECT_EQ(emitted.result.graph.find_value("r0_scale")->constant()->to_floats(),
            emitted.result.graph.find_value("m_scale")->constant()->to_floats());
  EXPECT_EQ(kernels_of(emitted.result.graph), (std::map<std::string, int>{{"QLinearConv", 2}, {"NhwcMaxPool", 1}}));
}

TEST_F(OnnxRuntimeCpu, BlanketConcat) {
  const Emitted emitted = emit_for_ort(concat_block(), "blanket");
  EXPECT_EQ(kernels_of(emitted.result.graph), (std::map<std::string, int>{{"QLinearConv", 4}, {"QLinearConcat", 1}}));
}

TEST_F(OnnxRuntimeCpu, ConstantOperandsAreQuantizedToo) {
  const Graph model = model_of("float[1,16,8,8] x", "float[1,16,8,8] y",
                               {random_initializer("w", {16, 16, 1, 1}, 0.3F), random_initializer("c", {1, 16, 1, 1}),
                                random_initializer("w1", {16, 16, 1, 1}, 0.3F)},
                               "[conv] a = Conv(x, w)\n[mul] b = Mul(a, c)\n[last] y = Conv(b, w1)");
  const Emitted emitted = emit_for_ort(model, "blanket");
  EXPECT_THAT(qdq_places(emitted.result.graph), HasSubstr("Mul mul(q, uint8) -> q"));
  EXPECT_EQ(kernels_of(emitted.result.graph), (std::map<std::string, int>{{"QLinearConv", 2}, {"QLinearMul", 1}}));
  EXPECT_LT(relative_error(model, emitted.result.graph), 0.1);
}

TEST_F(OnnxRuntimeCpu, AnActivationThatTheQCannotTakeAlongGetsTheQInFrontOfIt) {
  const Graph model =
      model_of("float[1,16,8,8] x", "float[1,16,8,8] y",
               {random_initializer("w", {16, 16, 1, 1}, 0.3F), random_initializer("w1", {16, 16, 1, 1}, 0.3F)},
               "[conv] a = Conv(x, w)\n[softplus] s = Softplus(a)\n[mul] b = Mul(a, s)\n[last] y = Conv(b, w1)");
  const Emitted emitted = emit_for_ort(model);
  EXPECT_EQ(qdq_places(emitted.result.graph), R"(Conv conv(q, int8[0]) -> q
Softplus softplus(q)
Mul mul(q, x) -> q
Conv last(q, int8[0]) -> q
)");
  EXPECT_EQ(kernels_of(emitted.result.graph)["QLinearConv"], 2);
}

Graph two_linears(bool integer_reader) {
  return model_of(
      "float[1,8,32] x", "float[1,8,16] y",
      {random_initializer("w0", {32, 32}, 0.3F), random_initializer("b0", {32}),
       random_initializer("w1", {32, 16}, 0.3F)},
      fmt::format("[mm0] a = MatMul(x, w0)\n[add0] b = Add(a, b0)\n[act] c = {}(b)\n[mm1] y = MatMul(c, w1)",
                  integer_reader ? "Relu" : "Tanh"));
}

TEST_F(OnnxRuntimeCpu, LinearOutputsAreQuantizedOnlyForIntegerReaders) {
  const Emitted relu = emit_for_ort(two_linears(true));
  EXPECT_EQ(qdq_places(relu.result.graph), R"(MatMul mm0(q, int8[1])
Add add0(x, int32[0])
Relu act(x) -> q
MatMul mm1(q, int8[1])
)");
  EXPECT_EQ(kernels_of(relu.result.graph),
            (std::map<std::string, int>{{"QGemm", 1}, {"MatMulIntegerToFloat", 1}, {"Reshape", 2}}));
  const Emitted tanh = emit_for_ort(two_linears(false));
  EXPECT_EQ(kernels_of(tanh.result.graph),
            (std::map<std::string, int>{{"QGemm", 1}, {"MatMulIntegerToFloat", 1}, {"Reshape", 2}, {"Tanh", 1}}));
  EXPECT_LT(relative_error(two_linears(false), tanh.result.graph), 0.1);
  EXPECT_EQ(qdq_places(tanh.result.graph), R"(MatMul mm0(q, int8[1])
Add add0(x, int32[0])
Tanh act(x) -> q
MatMul mm1(q, int8[1])
)");
  std::vector<std::string> closed;
  for (const ClosedPoint& point : tanh.model.closed) closed.push_back(point.point + ": " + point.reason);
  EXPECT_THAT(closed, testing::Contains("output(b): target onnxruntime-cpu: no reader of 'b' runs on integers"));
}

TEST_F(OnnxRuntimeCpu, ABiasBehindAStackOfAnyNumberOfMatricesStaysFloat) {
  const Graph model = model_of("float[N,8,32] x", "float[N,8,16] y",
                               {random_initializer("w", {32, 16}, 0.3F), random_initializer("b", {16})},
                               "[mm] a = MatMul(x, w)\n[add] y = Add(a, b)");
  const Emitted emitted = emit_for_ort(model);
  EXPECT_EQ(qdq_places(emitted.result.graph), "MatMul mm(q, int8[1])\nAdd add(x, const)\n");
  EXPECT_EQ(kernels_of(emitted.result.graph).count("MatMulIntegerToFloat"), 1U);
}

TEST_F(OnnxRuntimeCpu, AConvolutionLeftFloatBetweenIntegerOnesRunsInFloat) {
  const Emitted emitted = emit_for_ort(resnet_block(), "smart", {.skip_nodes = {"conv1"}});
  // Behind a DequantizeLinear of one scale, ONNX Runtime would quantize its weight by itself.
  const auto kernels = kernels_of(emitted.result.graph);
  EXPECT_EQ(kernels.at("QLinearConv"), 3);
  EXPECT_EQ(kernels.count("Conv") + kernels.count("FusedConv"), 1U);
  EXPECT_LT(relative_error(resnet_block(), emitted.result.graph), 0.1);
}

TEST_F(OnnxRuntimeCpu, WeightsOfEightBitsAreGuardedWhereTheProcessorSaturates) {
  const Emitted emitted = emit_for_ort(separable_block());
  const bool guarded = std::any_of(emitted.model.weights.begin(), emitted.model.weights.end(),
                                   [](const QdqWeight& weight) { return weight.pairs; });
  EXPECT_EQ(guarded, !cpu_info().exact_u8s8());
  const auto values = emitted.result.graph.find_value("wp_quantized")->constant()->as<int8_t>();
  EXPECT_EQ(
      std::max<int>(*std::max_element(values.begin(), values.end()), -*std::min_element(values.begin(), values.end())),
      127);
}

TEST_F(OnnxRuntimeCpu, ASharedWeightIsQuantizedOnce) {
  const Graph model =
      model_of("float[1,16,8,8] x", "float[1,16,8,8] y", {random_initializer("w", {16, 16, 1, 1}, 0.3F)},
               "[a] h = Conv(x, w)\n[b] y = Conv(h, w)");
  const Graph graph = emit_for_ort(model).result.graph;
  EXPECT_EQ(graph.find_value("w_dequantized")->uses().size(), 2U);
}

TEST_F(OnnxRuntimeCpu, AHugeBiasRaisesTheWeightScale) {
  std::string bias = "float[16] b = {3.0e7";
  for (int i = 1; i < 16; ++i) bias += ", 0.1";
  const Graph model =
      model_of("float[1,16,4,4] x", "float[1,16,4,4] y", {random_initializer("w", {16, 16, 1, 1}, 0.0001F), bias + "}"},
               "[conv] y = Conv(x, w, b)");
  const Emitted emitted = emit_for_ort(model);
  ASSERT_EQ(emitted.result.notes.size(), 1U);
  EXPECT_EQ(emitted.result.notes[0].node, "conv");
  EXPECT_THAT(emitted.result.notes[0].text,
              testing::MatchesRegex(
                  "weight scale of channel 0 raised so that the bias fits int32 .channel 0: from .* to .*, its "
                  "weights keep 0 of 127 steps.; where accuracy suffers, leave its unit float .*"));
  const auto values = emitted.result.graph.find_value("b_quantized")->constant()->to_int64s();
  EXPECT_NEAR(static_cast<double>(values[0]), 1 << 30, 1000);
  EXPECT_EQ(kernels_of(emitted.result.graph), (std::map<std::string, int>{{"QLinearConv", 1}}));
}

TEST_F(OnnxRuntimeCpu, ADeadTensorIsNoted) {
  const Graph model =
      model_of("float[1,16,4,4] x", "float[1,16,4,4] y",
               {random_initializer("w", {16, 16, 1, 1}, 0.0F), random_initializer("w1", {16, 16, 1, 1})},
               "[conv] a = Conv(x, w)\n[last] y = Conv(a, w1)");
  const Emitted emitted = emit_for_ort(model);
  std::vector<std::string> notes;
  for (const EmitNote& note : emitted.result.notes) notes.push_back(note.node + ": " + note.text);
  const std::string remedy =
      ": scale 1; calibrate with data that reaches it, or leave its unit float (apply = false in a plan, `quoin plan`)";
  EXPECT_THAT(notes,
              testing::ElementsAre("conv: 'a' is 0 in every calibration sample" + remedy,
                                   "last: 'y' is 0 in every calibration sample" + remedy,
                                   "conv: all channels of 'w' hold zeros only: what comes out there is the bias"));
}

TEST_F(OnnxRuntimeCpu, AnOldOpsetIsRaisedAndANewOneLowered) {
  const Graph old = model_of("float[1,16,4,4] x", "float[1,16,4,4] y", {random_initializer("w", {16, 16, 1, 1})},
                             "[conv] y = Conv(x, w)", 11);
  EXPECT_EQ(emit_for_ort(old).result.graph.opset(), 13);
  const Graph kept = model_of("float[1,16,4,4] x", "float[1,16,4,4] y", {random_initializer("w", {16, 16, 1, 1})},
                              "[conv] y = Conv(x, w)", 17);
  EXPECT_EQ(emit_for_ort(kept).result.graph.opset(), 17);
}

}  // namespace
}  // namespace quoin
