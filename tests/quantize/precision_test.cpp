// Precisions other than the target's own: from pattern, plan and configuration to the graph.
#include <cmath>
#include <fstream>

#include "quantize/emitted.h"
#include "quantize/group_weights.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kLinear[] = R"toml(
[[pattern]]
name = "Linear4"
why  = "weights of linear layers in four bits"
tree = "(Gemm(x, const w, b?) as fc | Add(MatMul(x, const w) as fc, const b) | MatMul(x, const w) as fc)"
qdq  = ["input(fc)", "weight(fc)", "bias(fc)", "output"]
fuse = "FusedLinear"
precision = %
[[pattern]]
name = "Conv"
why  = "a convolution"
tree = "Relu?(Conv(x, const w, b?) as conv)"
qdq  = ["input(conv)", "weight(conv)", "bias(conv)", "output"]
fuse = "FusedConv"
precision = &
[list]
name = "mine"
fusions = ["Linear4", "Conv"]
)toml";

PatternList list_of(const std::string& linear, const std::string& conv = "{}") {
  std::string text = kLinear;
  text.replace(text.find('%'), 1, linear);
  text.replace(text.find('&'), 1, conv);
  const PatternFile file = parse_pattern_file(text, "p.toml");
  PatternList list;
  for (const PatternRef& pattern : file.patterns) list.add(pattern);
  return list;
}

Graph layers() {
  return model_of("float[4,96] x", "float[4,10] y",
                  {random_initializer("w0", {96, 64}, 0.3F), random_initializer("b0", {64}),
                   random_initializer("w1", {10, 64}, 0.3F), random_initializer("b1", {10})},
                  R"(
    [mm] m = MatMul(x, w0)
    [add] a = Add(m, b0)
    [act] t = Tanh(a)
    [fc] y = Gemm <transB = 1> (t, w1, b1))");
}

QuantizedModel planned(const Graph& model, const PatternList& list, const std::string& target,
                       const QuantConfig& config = {}) {
  const auto [fused, matches] = transform(model, list);
  return insert_qdq(fused, matches, load_target(target), config);
}

std::string refused(const std::string& linear, const std::string& target, const std::string& conv = "{}",
                    const Graph& model = layers(), const QuantConfig& config = {}) {
  return error_text([&] { planned(model, list_of(linear, conv), target, config); });
}

std::vector<std::string> weights_of(const QuantizedModel& model) {
  std::vector<std::string> texts;
  for (const QdqWeight& weight : model.weights)
    texts.push_back(fmt::format("{}: {}{}", weight.node, precision_text(weight), weight.integer ? "" : ", float"));
  return texts;
}

std::vector<std::string> tensors_of(const QuantizedModel& model) {
  std::vector<std::string> texts;
  for (const QdqTensor& tensor : model.tensors) texts.push_back(tensor.value + ": " + precision_text(tensor));
  return texts;
}

TEST(PrecisionOfWeights, BlocksOf4BitsLeaveTheActivationsFloat) {
  QuantizedModel model = planned(layers(), list_of("{ weight = \"int4 block 32\" }"), "onnxruntime-cpu");
  EXPECT_THAT(weights_of(model), ElementsAre("mm: int4 block 32, float", "fc: int4 block 32, float"));
  EXPECT_THAT(model.tensors, IsEmpty());
  EXPECT_THAT(model.biases, IsEmpty());
  EXPECT_EQ(model.graph.opset(), 21);
  give_ranges(model, -1, 1);
  const Graph made = emit(model).graph;
  check_model(made);
  EXPECT_EQ(made.ir_version(), 10);
  const Node& first = *made.find_node("mm")->input(1).producer();
  EXPECT_EQ(first.attribute("axis", int64_t{9}), 0);
  EXPECT_EQ(first.attribute("block_size", int64_t{0}), 32);
  EXPECT_EQ(first.input(0).type(), DataType::kInt4);
  EXPECT_EQ(first.input(0).constant()->bytes().size(), 96U * 64 / 2);
  EXPECT_EQ(first.input(1).constant()->shape(), (Shape{3, 64}));
  EXPECT_FALSE(first.has_input(2)) << "zero points of 0 are left out";
  const Node& gemm = *made.find_node("fc");
  EXPECT_EQ(gemm.attribute("transB", int64_t{9}), 0) << "MatMulNBits wants blocks along the first axis";
  EXPECT_EQ(gemm.input(1).producer()->input(0).constant()->shape(), (Shape{64, 10}));
  EXPECT_EQ(gemm.input(1).producer()->input(1).constant()->shape(), (Shape{2, 10}));
}

TEST(PrecisionOfWeights, OpenvinoKeepsAGemmAsItIsAndRefusesPartsOfABlock) {
  QuantizedModel model = planned(layers(), list_of("{ weight = \"uint4 affine block 64\" }"), "openvino-cpu");
  EXPECT_THAT(weights_of(model), ElementsAre("fc: uint4 affine block 64, float"));
  std::vector<std::string> reasons;
  for (const ClosedPoint& point : model.closed) reasons.push_back(point.point + ": " + point.reason);
  EXPECT_THAT(reasons,
              testing::Contains("weight(mm): target openvino-cpu: K of 'w0' is 96, no multiple of the block 64"));
  give_ranges(model, -1, 1);
  const Graph made = emit(model).graph;
  check_model(made);
  const Node& gemm = *made.find_node("fc");
  EXPECT_EQ(gemm.attribute("transB", int64_t{9}), 1);
  EXPECT_EQ(gemm.input(1).producer()->attribute("axis", int64_t{9}), 1);
  EXPECT_EQ(gemm.input(1).producer()->input(2).type(), DataType::kUint4);
}

TEST(PrecisionOfWeights, EightBitsPerTensorOrWithAZeroPoint) {
  EXPECT_THAT(weights_of(planned(layers(), list_of("{ weight = \"per_tensor\" }"), "tensorrt")),
              ElementsAre("mm: int8 per_tensor"))
      << "fc has too few columns for this target";
  QuantizedModel model =
      planned(layers(), list_of("{ weight = \"uint8 affine\" }"), "onnxruntime-cpu", {.cpu = "vnni"});
  EXPECT_THAT(weights_of(model), ElementsAre("mm: uint8 affine per_channel", "fc: uint8 affine per_channel"));
  EXPECT_EQ(model.graph.opset(), 13) << "8 bits need no newer opset";
  give_ranges(model, -1, 1);
  const Graph made = emit(model).graph;
  check_model(made);
  EXPECT_EQ(made.find_node("mm")->input(1).producer()->input(2).type(), DataType::kUint8);
  EXPECT_THAT(
      refused("{ weight = \"uint8 affine\" }", "onnxruntime-cpu", "{}", layers(), {.cpu = "avx2"}),
      HasSubstr(
          "pattern 'Linear4': weight = \"uint8 affine\" at MatMul 'mm': target 'onnxruntime-cpu' cannot run it on "
          "a CPU without VNNI"));
}

TEST(PrecisionOfActivations, SixteenBitsOnBothSidesOfAConvolution) {
  QuantizedModel model =
      planned(resnet_block(), list_of("{}", "{ input = \"uint16\", output = \"uint16\" }"), "onnxruntime-cpu");
  EXPECT_THAT(tensors_of(model), testing::IsSupersetOf({"x: uint16", "r0: uint16", "r1: uint16", "s: uint16"}));
  EXPECT_THAT(tensors_of(model), testing::Contains("f: uint8")) << "the linear layer says nothing";
  EXPECT_EQ(model.graph.opset(), 21);
  ASSERT_EQ(model.notes.size(), 1U);
  EXPECT_THAT(model.notes[0].text, HasSubstr("8 Q/DQ points in uint16, computed in float by target onnxruntime-cpu: "));
  EXPECT_THAT(model.biases, testing::SizeIs(1)) << "biases of float convolutions stay float, that of the Gemm does not";
  give_ranges(model, -1, 3);
  const Graph made = emit(model).graph;
  check_model(made);
  const Node& pair = *made.find_node("conv1")->input(0).producer();
  EXPECT_EQ(pair.input(0).type(), DataType::kUint16);
  EXPECT_NEAR(pair.input(1).constant()->to_floats()[0], 4.0 / 65535, 1e-9);
  EXPECT_EQ(pair.input(2).constant()->to_int64s()[0], 16384);
}

TEST(PrecisionOfActivations, AValueThatIsReadInTwoFormatsHasAPairForEach) {
  const Graph model = model_of("float[1,4,8,8] x", "float[1,4,8,8] y",
                               {random_initializer("w0", {4, 4, 1, 1}), random_initializer("w1", {4, 4, 1, 1})},
                               "[first] a = Conv(x, w0)\n[second] b = Conv(x, w1)\n[sum] y = Add(a, b)");
  QuantizedModel quantized =
      planned(model, list_of("{}"), "openvino-cpu",
              {.precision_for_node = {{"second", {{Role::kInput, {.type = DataType::kUint16}}}}}});
  EXPECT_THAT(tensors_of(quantized), ElementsAre("x: uint8", "x: uint16"));
  EXPECT_THAT(quantized.calibrated_values(), ElementsAre("x"));
  EXPECT_NE(quantized.tensors[0].group, quantized.tensors[1].group);
  give_ranges(quantized, -1, 1);
  const Graph made = emit(quantized).graph;
  check_model(made);
  EXPECT_EQ(made.find_node("first")->input(0).producer()->input(0).type(), DataType::kUint8);
  EXPECT_EQ(made.find_node("second")->input(0).producer()->input(0).type(), DataType::kUint16);
}

TEST(PrecisionOfActivations, BehindAnOutputOfAnotherFormatItIsQuantizedAgainAndTold) {
  const Graph model = model_of("float[1,4,8,8] x", "float[1,4,8,8] y",
                               {random_initializer("w0", {4, 4, 1, 1}), random_initializer("w1", {4, 4, 1, 1})},
                               "[first] a = Conv(x, w0)\n[second] y = Conv(a, w1)");
  QuantizedModel quantized =
      planned(model, list_of("{}"), "onnxruntime-cpu",
              {.precision_for_node = {{"second", {{Role::kInput, {.type = DataType::kUint16}}}}}});
  EXPECT_THAT(tensors_of(quantized), ElementsAre("x: uint8", "a: uint8", "a: uint16", "y: uint8"));
  give_ranges(quantized, -1, 1);
  const EmitResult made = emit(quantized);
  check_model(made.graph);
  const Node& second = *made.graph.find_node("second")->input(0).producer();
  EXPECT_EQ(second.input(0).type(), DataType::kUint16);
  EXPECT_TRUE(second.input(0).producer()->input(0).producer()->is("DequantizeLinear")) << "from the 8-bit one";
  EXPECT_THAT(made.notes.back().text, HasSubstr("reads 'a' as uint16, which its maker gives in another format"));
}

TEST(PrecisionOfActivations, FloatClosesThatPointAlone) {
  const QuantizedModel model = planned(layers(), list_of("{ input = \"float\" }"), "tensorrt");
  EXPECT_THAT(weights_of(model), ElementsAre("mm: int8 per_channel, float"));
  std::vector<std::string> reasons;
  for (const ClosedPoint& point : model.closed) reasons.push_back(point.point + ": " + point.reason);
  EXPECT_THAT(reasons, testing::Contains("input(mm): pattern 'Linear4' leaves it float"));
}

TEST(PrecisionRefused, NamesThePatternTheNodeAndTheTarget) {
  const Target trt = load_target("tensorrt"), ort = load_target("onnxruntime-cpu");
  EXPECT_EQ(refused("{ input = \"int16\" }", "tensorrt"),
            "pattern 'Linear4': input = \"int16\" at Gemm 'fc': target 'tensorrt' cannot run it: its Q and DQ take "
            "int8, FP8, "
            "INT4 and FP4; activations in INT4 and any 16-bit integer are not among them | it can be int8 symmetric; "
            "or float");
  EXPECT_EQ(refused("{ input = \"affine\" }", "tensorrt"),
            "pattern 'Linear4': input = \"affine\" at Gemm 'fc': target 'tensorrt' cannot run it: " +
                trt.reason("activation") + " | it can be int8 symmetric; or float");
  EXPECT_EQ(
      refused("{ weight = \"int4 block 32\" }", "tensorrt"),
      "pattern 'Linear4': weight = \"int4 block 32\" at Gemm 'fc': target 'tensorrt' cannot run it: it has no rule "
      "for int4 weights in blocks of 32 of Gemm | it can be int8 symmetric; int4 symmetric block 64, 128 of Gemm, "
      "MatMul; or float");
  EXPECT_THAT(refused("{}", "onnxruntime-cpu", "{ weight = \"int4\" }", resnet_block()),
              HasSubstr("pattern 'Conv': weight = \"int4\" at Conv 'shortcut': target 'onnxruntime-cpu' cannot run it: "
                        "it has no rule "
                        "for int4 weights of Conv"));
  EXPECT_THAT(refused("{ weight = \"int8 affine\" }", "openvino-cpu"),
              HasSubstr("target 'openvino-cpu' cannot run it: its kernels take weights with zero point 0"));
}

TEST(PrecisionRefused, QuantizedActivationsBesideABlockWeight) {
  EXPECT_THAT(refused("{ weight = \"int4 block 32\", input = \"uint8\" }", "onnxruntime-cpu"),
              testing::AllOf(
                  HasSubstr("pattern 'Linear4': input = \"uint8\" at Gemm 'fc': target 'onnxruntime-cpu' runs weight = "
                            "\"int4 block 32\" with float activations only: "),
                  HasSubstr(" | write input = \"float\", or leave it out")));
}

TEST(PrecisionRefused, SettingsAreNamedAsPatternsAre) {
  EXPECT_THAT(refused("{}", "tensorrt", "{}", layers(), {.precision = {{Role::kInput, {.type = DataType::kUint16}}}}),
              HasSubstr("precision: input = \"uint16\" at Gemm 'fc': target 'tensorrt' cannot run it"));
  EXPECT_THAT(
      refused("{}", "tensorrt", "{}", layers(),
              {.precision_for_pattern = {{"Linear4", {{Role::kWeight, {.type = DataType::kInt16}}}}}}),
      HasSubstr("precision_for_pattern['Linear4']: weight = \"int16\" at Gemm 'fc': target 'tensorrt' cannot run it"));
  EXPECT_THAT(
      refused("{}", "tensorrt", "{}", layers(), {.precision_for_pattern = {{"Linear44", {}}}}),
      HasSubstr(
          "precision_for_pattern names 'Linear44', which no list of target 'tensorrt' and no match has, did you mean "
          "'Linear4'?"));
  EXPECT_THAT(refused("{}", "tensorrt", "{}", layers(), {.precision_for_node = {{"mmm", {}}}}),
              HasSubstr("precision_for_node names the node 'mmm', which the model does not have"));
}

TEST(PrecisionOrder, NodeOverPatternSettingOverPatternOverGeneralSetting) {
  const PatternList list = list_of("{ weight = \"int4 block 64\" }");
  const QuantConfig config{.precision = {{Role::kWeight, {.type = DataType::kInt4, .block = 16}}},
                           .precision_for_node = {{"fc", {{Role::kWeight, {.type = DataType::kInt4, .block = 128}}}}}};
  EXPECT_THAT(weights_of(planned(layers(), list, "onnxruntime-cpu", config)),
              ElementsAre("mm: int4 block 64, float", "fc: int4 block 128, float"));
  EXPECT_THAT(weights_of(planned(layers(), list_of("{}"), "onnxruntime-cpu", config)),
              ElementsAre("mm: int4 block 16, float", "fc: int4 block 128, float"));
}

TEST(GroupWeights, SymmetricUsesTheWholeGridAndBlocksTheirOwnScale) {
  const Tensor weight = Tensor::from<float>({4, 2}, std::vector<float>{7, 70, -3, 30, 0.7F, 0, 0.3F, 0});
  const QuantizedWeight blocks = quantize_groups(weight, 0, 2, DataType::kInt4, false, false);
  EXPECT_THAT(blocks.scales, ElementsAre(1, 10, testing::FloatEq(0.1F), 1));
  EXPECT_THAT(blocks.values.to_int64s(), ElementsAre(7, 7, -3, 3, 7, 0, 3, 0));
  EXPECT_THAT(blocks.zero_points, IsEmpty());
  const std::vector<double> back = blocks.dequantized();
  EXPECT_NEAR(back[1], 70, 1e-9);
  EXPECT_NEAR(back[4], 0.7, 1e-6);
  const QuantizedWeight middle = quantize_groups(weight, std::nullopt, 0, DataType::kUint8, false, false);
  EXPECT_THAT(middle.zero_points, ElementsAre(128));
  EXPECT_EQ(middle.values.to_int64s()[1], 255);
}

TEST(GroupWeights, AZeroPointFollowsTheRange) {
  const Tensor weight = Tensor::from<float>({1, 4}, std::vector<float>{0, 5, 10, 15});
  const QuantizedWeight got = quantize_groups(weight, std::nullopt, 0, DataType::kUint4, true, false);
  EXPECT_THAT(got.scales, ElementsAre(1));
  EXPECT_THAT(got.zero_points, ElementsAre(0));
  EXPECT_THAT(got.values.to_int64s(), ElementsAre(0, 5, 10, 15));
}

TEST(GroupWeights, TheSearchNeverLoses) {
  std::vector<float> values;
  for (int i = 0; i < 256; ++i) values.push_back(std::sin(static_cast<float>(i) * 1.7F) * (i % 31 == 0 ? 3.0F : 1.0F));
  for (const bool affine : {false, true}) {
    const IntegerGrid grid = grid_of(DataType::kInt4, affine);
    EXPECT_LE(quantize_group(values, grid, true, 0).squared_error,
              quantize_group(values, grid, false, 0).squared_error);
  }
}

TEST(GroupWeights, TransposedTwiceIsTheSame) {
  const std::vector<int> values = {1, -2, 3, -4, 5, -6};
  const Tensor matrix = integer_tensor(DataType::kInt4, {2, 3}, values);
  EXPECT_THAT(transposed_integers(matrix).to_int64s(), ElementsAre(1, -4, -2, 5, 3, -6));
  EXPECT_EQ(transposed_integers(transposed_integers(matrix)), matrix);
}

TEST(SkipWeightQuantFor, ATargetFileSaysItToo) {
  const std::string path = testing::TempDir() + "/skip.toml";
  {
    std::ofstream file(path);
    file << "name = \"mine\"\nextends = \"tensorrt\"\n[weight]\nskip_weight_quant_for = [\"Gemm\"]\nwhy = \"w\"\n";
  }
  EXPECT_THAT(weights_of(planned(layers(), list_of("{}"), path)), ElementsAre("mm: int8 per_channel"));
}

class PrecisionRuns : public testing::Test {
 protected:
  void SetUp() override {
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
  // Largest difference to the float model over its largest value.
  static double error(const Graph& model, const PatternList& list, const QuantConfig& config = {}) {
    QuantizedModel quantized = planned(model, list, "onnxruntime-cpu", config);
    calibrate(quantized, *onnxruntime(), random_dataset(model, 4));
    const Graph made = emit(quantized).graph;
    const auto a = onnxruntime()->open_bytes(serialize(model)), b = onnxruntime()->open_bytes(serialize(made));
    double difference = 0, magnitude = 0;
    const Dataset data = random_dataset(model, 4);
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
};

TEST_F(PrecisionRuns, EachIsAsCloseAsItsBits) {
  EXPECT_LT(error(layers(), list_of("{ weight = \"int4 block 16\" }")), 0.15);
  EXPECT_LT(error(layers(), list_of("{ weight = \"uint4 affine block 32\" }")), 0.15);
  EXPECT_LT(error(layers(), list_of("{ weight = \"int8 block 32\" }")), 0.03);
  EXPECT_LT(error(layers(), list_of("{ weight = \"uint8 affine\" }"), {.cpu = "vnni"}), 0.03);
  EXPECT_LT(error(resnet_block(), list_of("{ weight = \"float\", input = \"uint16\", output = \"float\" }",
                                          "{ weight = \"float\", input = \"int16\", output = \"int16\" }")),
            1e-3);
}

}  // namespace
}  // namespace quoin
