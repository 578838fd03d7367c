// The rest in float16: types, casts, scales, and what stays float32.
#include <cmath>

#include "quantize/emitted.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// The calibrated and the watched values in [-1, 2], those of `larger` up to the number given.
QuantizedModel measured(const Graph& model, const std::map<std::string, float>& larger = {}) {
  QuantizedModel quantized = plan_qdq(model, "tensorrt");
  give_ranges(quantized, -1, 2);
  for (const std::string& value : quantized.watched_values()) {
    quantized.ranges->tensors[value].add_extremes(std::vector<float>{-1, 2});
  }
  for (const auto& [value, magnitude] : larger) {
    quantized.ranges->tensors[value].add_extremes(std::vector<float>{magnitude});
  }
  return quantized;
}

std::vector<std::string> note_texts(const EmitResult& emitted) {
  std::vector<std::string> texts;
  for (const EmitNote& note : emitted.notes) texts.push_back(note.node + ": " + note.text);
  return texts;
}

// "float16", …: of the node's output.
std::string type_at(const Graph& graph, const std::string& node) {
  return std::string(to_string(graph.find_node(node)->output(0).type()));
}

// Values of float32 between the graph's inputs and outputs, and nodes whose float inputs are of two types.
std::vector<std::string> float32_inside(const Graph& graph) {
  std::vector<std::string> found;
  for (const Node* node : graph.nodes()) {
    if (node->is("Constant")) continue;
    for (int i = 0; i < node->output_count(); ++i) {
      const Value& output = node->output(i);
      if (output.exists() && output.type() == DataType::kFloat && !output.is_graph_output())
        found.push_back(output.name());
    }
    bool half = false, single = false;
    for (int i = 0; i < node->input_count(); ++i) {
      half = half || node->input(i).type() == DataType::kFloat16;
      single = single || node->input(i).type() == DataType::kFloat;
    }
    if (half && single) found.push_back("mixed: " + node->label());
  }
  return found;
}

TEST(Float16, TheInterfaceKeepsItsTypesAndNothingElseIsFloat32) {
  for (const Graph& model : {resnet_block(), separable_block(), stem_and_max_pool(), concat_block()}) {
    const EmitResult emitted = emit(measured(model));
    check_model(emitted.graph);
    check_model(load_bytes(serialize(emitted.graph)));
    EXPECT_EQ(emitted.graph.opset(), 19);
    for (const Value* value : emitted.graph.inputs()) EXPECT_EQ(value->type(), DataType::kFloat);
    for (const Value* value : emitted.graph.outputs()) EXPECT_EQ(value->type(), DataType::kFloat);
    EXPECT_EQ(emitted.graph.inputs().front()->name(), "x");
    EXPECT_EQ(emitted.graph.outputs().front()->name(), "y");
    EXPECT_THAT(float32_inside(emitted.graph), IsEmpty());
    EXPECT_THAT(emitted.notes, IsEmpty());
  }
}

TEST(Float16, ResnetBlock) {
  EXPECT_EQ(qdq_places(emit(measured(resnet_block())).graph), R"(Cast x_float16_Cast(x) -> q
Conv stem(q, int8[0], const)
Relu stem_relu(x) -> q
Conv conv1(q, int8[0], const)
Relu relu1(x) -> q
Conv conv2(q, int8[0], const)
Conv shortcut(q, int8[0], const) -> q
Add add(x, q)
Relu relu2(x)
GlobalAveragePool pool(x) -> q
Conv fc(q, int8[0], const)
Flatten flatten(x)
Cast y_Cast(x)
)");
}

TEST(Float16, ScalesAreNormalFloat16NumbersAndWeightsAreRoundedWithThem) {
  QuantizedModel quantized = measured(resnet_block());
  const Graph graph = emit(quantized).graph;
  int scales = 0;
  for (const Node* node : graph.nodes()) {
    if (!is_qdq(*node)) continue;
    const Tensor& scale = *node->input(1).constant();
    EXPECT_EQ(scale.type(), DataType::kFloat16);
    for (const float number : scale.to_floats()) EXPECT_GE(number, 6.1035156e-05F);
    ++scales;
  }
  EXPECT_GT(scales, 8);
  for (QdqWeight weight : quantized.weights) {
    weight.mse = false;
    const QuantizedWeight result = quantized_weight(quantized, weight);
    const std::vector<float> exact =
        quantized.graph.find_node(weight.node)->input(weight.input).constant()->to_floats();
    const std::span<const int8_t> integers = result.values.as<int8_t>();
    const size_t row = exact.size() / result.scales.size();
    for (size_t i = 0; i < exact.size(); ++i) {
      const float scale = result.scales[i / row];
      EXPECT_EQ(scale, scale_in(DataType::kFloat16, scale));
      // The largest may be cut by half of the scale's last digit, 127 / 4096 of a step.
      EXPECT_LE(std::abs(exact[i] - scale * static_cast<float>(integers[i])), scale * 0.54F);
    }
  }
}

TEST(Float16, ScaleIn) {
  EXPECT_EQ(scale_in(DataType::kFloat, 1e-9F), 1e-9F);
  EXPECT_EQ(scale_in(DataType::kFloat16, 1e-9F), 6.103515625e-05F);
  EXPECT_EQ(scale_in(DataType::kFloat16, 0.1F), 0.0999755859375F);
  EXPECT_EQ(scale_in(DataType::kFloat16, 1e9F), 65504.0F);
}

TEST(Float16, ASubnormalScaleIsRaisedAndSaid) {
  QuantizedModel quantized = plan_qdq(stem_and_max_pool(), "tensorrt");
  give_ranges(quantized, -1e-3F, 5e-3F);
  const EmitResult emitted = emit(quantized);
  EXPECT_THAT(note_texts(emitted), testing::Contains("pool: scale of 'm' moved from 3.937008e-05 to 6.1035156e-05: the "
                                                     "smallest normal float16"));
}

// Raised, it would leave 16 of 127 steps: the scale is float32, and so is what it is the scale of.
TEST(Float16, ScalesFarOutsideOfFloat16StayFloat32) {
  for (const auto& [high, scale] : {std::pair(1e-3F, "7.874016e-06"), std::pair(1e9F, "7874015.5")}) {
    QuantizedModel quantized = plan_qdq(stem_and_max_pool(), "tensorrt");
    give_ranges(quantized, -1e-4F, high);
    const EmitResult emitted = emit(quantized);
    EXPECT_THAT(note_texts(emitted),
                testing::Contains(
                    fmt::format("conv: stays float32: the scale of 'm' is {}, which float16 does not hold", scale)));
    for (const Node* node : emitted.graph.nodes()) {
      if (!node->is("Conv")) continue;
      EXPECT_EQ(node->output(0).type(), DataType::kFloat);
    }
  }
}

TEST(Float16, WeightsTooSmallForFloat16ScalesKeepTheirs) {
  const std::string tiny =
      fmt::format("float[16,16] t = {{{}}}", fmt::join(std::vector<std::string>(128, "0.0000003, -0.0000001"), ","));
  QuantizedModel quantized =
      plan_qdq(model_of("float[2,16] x", "float[2,16] y", {tiny}, "[fc] y = MatMul(x, t)", 19), "tensorrt");
  give_ranges(quantized, -1, 1);
  const EmitResult emitted = emit(quantized);
  EXPECT_THAT(note_texts(emitted),
              testing::Contains("fc: stays float32: its weights are too small, or too large, for scales in float16"));
  const Tensor* integers = emitted.graph.find_value("t_quantized")->constant();
  EXPECT_NE(integers->to_int64s().front(), 0);
}

Graph chain_of(const std::string& nodes, const std::vector<std::string>& initializers = {},
               const std::string& outputs = "float[2,16] y") {
  std::vector<std::string> all = {random_initializer("w", {16, 16}), random_initializer("v", {16, 16})};
  all.insert(all.end(), initializers.begin(), initializers.end());
  return model_of("float[2,16] x", outputs, all, "[first] h = MatMul(x, w)\n" + nodes, 19);
}

TEST(Float16, AConstantBeyondFloat16KeepsItsNodeFloat32) {
  const EmitResult emitted = emit(measured(
      chain_of("[relu] r = Relu(h)\n[big] a = Mul(r, c)\n[last] y = MatMul(a, v)", {"float c = {1000000.0}"})));
  check_model(emitted.graph);
  EXPECT_EQ(type_at(emitted.graph, "big"), "float");
  EXPECT_EQ(type_at(emitted.graph, "first"), "float16");
  EXPECT_THAT(note_texts(emitted), ElementsAre("big: stays float32: the constant 'c' holds 1000000, float16 ends at "
                                               "65504; scale it, or let a mask hold -65504"));
  const Node& quantize = *emitted.graph.find_node("a_QuantizeLinear");
  EXPECT_EQ(quantize.input(0).type(), DataType::kFloat) << "the pair's Q reads what the node gives";
  EXPECT_EQ(quantize.input(1).type(), DataType::kFloat);
  EXPECT_EQ(type_at(emitted.graph, "a_DequantizeLinear"), "float16");
  EXPECT_EQ(emitted.graph.find_node("a_DequantizeLinear")->input(1).type(), DataType::kFloat16);
}

TEST(Float16, InfinityFitsAndClipSaturates) {
  const EmitResult emitted = emit(measured(chain_of(
      "[mask] a = Add(h, c)\n[clip] y = Clip(a, low, high)",
      {"float[1,16] c = {-inf,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0}", "float low = {-3.0e38}", "float high = {3.0e38}"})));
  check_model(emitted.graph);
  EXPECT_THAT(emitted.notes, IsEmpty());
  const Node& clip = *emitted.graph.find_node("clip");
  EXPECT_EQ(clip.input(1).constant()->to_floats(), std::vector<float>{-65504});
  EXPECT_EQ(clip.input(2).constant()->to_floats(), std::vector<float>{65504});
}

TEST(Float16, ATinyScalarKeepsItsNodeFloat32) {
  const EmitResult emitted = emit(measured(chain_of("[add] y = Add(h, eps)", {"float eps = {1e-8}"})));
  EXPECT_THAT(note_texts(emitted), ElementsAre("add: stays float32: the constant 'eps' is 1e-08, below float16's "
                                               "smallest normal number"));
}

TEST(Float16, AValueBeyondTheLimitKeepsItsNodesFloat32) {
  const Graph model = chain_of("[square] s = Mul(h, h)\n[half] r = Relu(s)\n[root] t = Sqrt(r)\n[last] y = Add(t, h)");
  EXPECT_THAT(emit(measured(model)).notes, IsEmpty());
  const EmitResult emitted = emit(measured(model, {{"s", 40000}}));
  check_model(emitted.graph);
  EXPECT_THAT(note_texts(emitted), ElementsAre("square: stays float32: 's' reaches 40000 in calibration, beyond 32752",
                                               "half: stays float32: 's' reaches 40000 in calibration, beyond 32752",
                                               "root: stays float32: 'r' reaches 40000 in calibration, beyond 32752"));
  EXPECT_EQ(type_at(emitted.graph, "last"), "float16");
}

TEST(Float16, BehindSoftmaxALargeMaskIsForgotten) {
  const EmitResult emitted = emit(measured(chain_of("[mask] a = Add(h, c)\n[soft] s = Softmax(a)\n[last] y = Mul(s, h)",
                                                    {"float[2,1] c = {0, -1000000000.0}"}),
                                           {{"a", -1e9F}}));
  check_model(emitted.graph);
  EXPECT_EQ(type_at(emitted.graph, "soft"), "float");
  EXPECT_EQ(type_at(emitted.graph, "last"), "float16");
}

TEST(Float16, LayerNormalizationIsFloat16WhereItsSquaresFit) {
  const Graph model = chain_of("[norm] y = LayerNormalization <axis = -1> (h, one)",
                               {"float[16] one = {1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1}"});
  EXPECT_EQ(type_at(emit(measured(model, {{"h", 180}})).graph, "norm"), "float16");
  const EmitResult large = emit(measured(model, {{"h", 200}}));
  EXPECT_EQ(type_at(large.graph, "norm"), "float");
  EXPECT_THAT(note_texts(large).front(), HasSubstr("norm: stays float32: 'h' reaches 200: it squares its input"));
  QuantizedModel unmeasured = plan_qdq(model, "tensorrt");
  give_ranges(unmeasured, -1, 2);
  EXPECT_THAT(note_texts(emit(unmeasured)).front(), HasSubstr("'h' was not measured"));
}

TEST(Float16, NumbersMadeOfIntegersStayFloat32UntilTheyMeetAnActivation) {
  const Graph model = model_of("float[2,16] x, int64[16] position", "float[2,16] y",
                               {random_initializer("w", {16, 16}), "float c = {0.5}"}, R"(
    [first] h = MatMul(x, w)
    [cast] f = Cast <to = 1> (position)
    [scale] g = Mul(f, c)
    [sine] k = Tanh(g)
    [meet] y = Add(h, k))");
  const EmitResult emitted = emit(measured(model));
  check_model(emitted.graph);
  for (const char* node : {"cast", "scale", "sine"}) EXPECT_EQ(type_at(emitted.graph, node), "float") << node;
  EXPECT_EQ(type_at(emitted.graph, "meet"), "float16");
  EXPECT_THAT(emitted.notes, IsEmpty());
}

TEST(Float16, AnOperatorWithoutAFloat16FormReadsThroughACast) {
  const Graph model =
      chain_of("[boxes] b = Reshape(h, s1)\n[scores] c = Reshape(h, s2)\n[nms] y = NonMaxSuppression(b, c)",
               {"int64[3] s1 = {1,8,4}", "int64[3] s2 = {1,4,8}"}, "int64[n,3] y");
  const EmitResult emitted = emit(measured(model));
  check_model(emitted.graph);
  EXPECT_THAT(note_texts(emitted),
              ElementsAre("nms: stays float32: NonMaxSuppression has no float16 form in opset 19"));
  EXPECT_EQ(emitted.graph.find_node("nms")->input(0).type(), DataType::kFloat);
}

TEST(Float16, AGraphOutputThatOthersReadIsBoth) {
  const EmitResult emitted =
      emit(measured(chain_of("[relu] r = Relu(h)\n[last] y = MatMul(r, v)", {}, "float[2,16] y, float[2,16] r")));
  check_model(emitted.graph);
  EXPECT_EQ(emitted.graph.find_value("r")->type(), DataType::kFloat);
  EXPECT_TRUE(emitted.graph.find_value("r")->is_graph_output());
  EXPECT_EQ(emitted.graph.find_node("r_QuantizeLinear")->input(0).type(), DataType::kFloat16);
}

TEST(Float16, SubgraphsReadFloat32) {
  const Graph model = chain_of(
      "[relu] r = Relu(h)\n[double] d = Add(r, r)\n[if] k = If <then_branch = yes () => (float[2,16] p) { p = Neg(r) "
      "}, "
      "else_branch = no () => (float[2,16] q) { q = Identity(r) }> (flag)\n[last] y = Add(d, k)",
      {"bool flag = {1}"});
  const EmitResult emitted = emit(measured(model));
  check_model(emitted.graph);
  EXPECT_EQ(emitted.graph.find_value("r")->type(), DataType::kFloat);
  EXPECT_EQ(type_at(emitted.graph, "double"), "float16");
  EXPECT_EQ(type_at(emitted.graph, "last"), "float16");
  EXPECT_THAT(note_texts(emitted), ElementsAre("if: stays float32: If has subgraphs"));
}

TEST(Float16, RunsAndAgreesWithTheFloatModel) {
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  const Graph model = resnet_block();
  const Dataset data = random_dataset(model, 8, 1);
  QuantizedModel quantized = plan_qdq(model, "tensorrt");
  calibrate(quantized, *onnxruntime(), data);
  const std::vector<std::string> watched = quantized.watched_values();
  EXPECT_THAT(watched, ElementsAre("c0", "c1", "c2", "a", "fc_output"));
  for (const std::string& value : watched) EXPECT_TRUE(quantized.ranges->at(value).histogram.counts().empty());
  const auto before = onnxruntime()->open_bytes(serialize(model)),
             after = onnxruntime()->open_bytes(serialize(emit(quantized).graph));
  double error = 0, power = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    const std::vector<float> wanted = before->run(data.sample(i).inputs).front().second.to_floats();
    const std::vector<float> given = after->run(data.sample(i).inputs).front().second.to_floats();
    for (size_t k = 0; k < wanted.size(); ++k) {
      error += std::pow(wanted[k] - given[k], 2);
      power += std::pow(wanted[k], 2);
    }
  }
  EXPECT_LT(error, 0.001 * power) << "30 dB";
}

// Their type is that of their input where no attribute says another.
TEST(Float16, WhatTakesItsTypeFromAnInputSaysItsType) {
  for (const char* op : {"RandomNormalLike", "RandomUniformLike", "Bernoulli"}) {
    const Graph model = model_of("float[1,16,8,8] x", "float[1,16,8,8] y",
                                 {random_initializer("w0", {16, 16, 3, 3}), random_initializer("w1", {16, 16, 3, 3})},
                                 fmt::format(R"(
    [first] c = Conv <pads = [1, 1, 1, 1]> (x, w0)
    [gate] g = Sigmoid(c)
    [noise] n = {}(g)
    [add] a = Add(g, n)
    [last] y = Conv <pads = [1, 1, 1, 1]> (a, w1))",
                                             op),
                                 19);
    const EmitResult emitted = emit(measured(model));
    check_model(emitted.graph);
    EXPECT_EQ(type_at(emitted.graph, "gate"), "float16") << op;
    EXPECT_EQ(type_at(emitted.graph, "noise"), "float") << op;
    EXPECT_EQ(emitted.graph.find_node("noise")->attribute("dtype", 0), 1) << op;
  }
}

TEST(Float16, AFunctionThatAddsAFloat32ConstantStaysFloat32) {
  const Graph model = model_of("float[1,16,8,8] x", "float[1,16,8,8] y",
                               {random_initializer("w0", {16, 16, 3, 3}), random_initializer("w1", {16, 16, 3, 3})},
                               R"(
    [first] c = Conv <pads = [1, 1, 1, 1]> (x, w0)
    [norm] n = MeanVarianceNormalization <axes = [0, 2, 3]> (c)
    [last] y = Conv <pads = [1, 1, 1, 1]> (n, w1))",
                               19);
  const EmitResult emitted = emit(measured(model));
  EXPECT_EQ(type_at(emitted.graph, "norm"), "float");
  EXPECT_THAT(note_texts(emitted), testing::Contains(HasSubstr("norm: stays float32")));
}

}  // namespace
}  // namespace quoin
