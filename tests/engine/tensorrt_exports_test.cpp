#include <gmock/gmock.h>

#include <cmath>

#include "engine/tensorrt/exports.h"
#include "engine/tensorrt/layers.h"
#include "onnxruntime.h"

namespace quoin::tensorrt {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kTimes = R"json([
  { "startEnqMs" : 0.1, "endEnqMs" : 0.2, "startComputeMs" : 0.1, "endComputeMs" : 1.6, "computeMs" : 1.5, "latencyMs" : 1.9 }
, { "startEnqMs" : 2.1, "endEnqMs" : 2.2, "startComputeMs" : 2.1, "endComputeMs" : 3.35, "computeMs" : 1.25, "latencyMs" : 1.3 }
]
)json";

TEST(TensorrtTimes, AreThoseOfTheGpu) { EXPECT_THAT(read_times(kTimes, "t.json"), ElementsAre(1.5, 1.25)); }

TEST(TensorrtTimes, WhatCannotBeReadIsNamed) {
  EXPECT_THAT(error_of([] { read_times("[ { \"computeMs\" : 1.5 }", "t.json"); }).message(),
              HasSubstr("what TensorRT wrote to t.json cannot be read: "));
  EXPECT_THAT(error_of([] { read_times("[ { \"latencyMs\" : 1.5 } ]", "t.json"); }).message(), HasSubstr("computeMs"));
  EXPECT_EQ(error_of([] { read_times("[ ]", "t.json"); }).message(),
            "what TensorRT wrote to t.json cannot be read: no inference was timed");
  EXPECT_EQ(error_of([] { read_times("[ ]", "t.json"); }).code(), ErrorCode::kCheckFailed);
}

// In another order than the model's, with a name that has quotes, NaN, infinity, and integers beyond double's 53 bits.
constexpr const char* kOutputs = R"json([
  { "name" : "say "hi""
  , "dimensions" : "2"
  , "values" : [ 9007199254740993, -1 ]
  }
, { "name" : "y"
  , "dimensions" : "1x4"
  , "values" : [ 0.5, nan, -inf, 1e-05 ]
  }
, { "name" : "half"
  , "dimensions" : "1"
  , "values" : [ 1.5 ]
  }
, { "name" : "scalar"
  , "dimensions" : ""
  , "values" : [ 1 ]
  }
]
)json";

TEST(TensorrtOutputs, HaveTheModelsTypesAndOrder) {
  const std::vector<PortInfo> ports = {{"y", DataType::kFloat, {1, 4}},
                                       {"say \"hi\"", DataType::kInt64, {2}},
                                       {"half", DataType::kFloat16, {1}},
                                       {"scalar", DataType::kBool, {}}};
  const NamedTensors outputs = read_outputs(kOutputs, ports, "o.json");
  ASSERT_EQ(outputs.size(), 4);
  EXPECT_EQ(outputs[0].first, "y");
  EXPECT_EQ(outputs[0].second.shape(), (Shape{1, 4}));
  const auto y = outputs[0].second.as<float>();
  EXPECT_EQ(y[0], 0.5f);
  EXPECT_TRUE(std::isnan(y[1]));
  EXPECT_EQ(y[2], -INFINITY);
  EXPECT_EQ(y[3], 1e-05f);
  EXPECT_THAT(outputs[1].second.to_int64s(), ElementsAre(9007199254740993, -1));
  EXPECT_EQ(outputs[2].second.type(), DataType::kFloat16);
  EXPECT_THAT(outputs[2].second.to_floats(), ElementsAre(1.5f));
  EXPECT_EQ(outputs[3].second.shape(), Shape{});
  EXPECT_EQ(outputs[3].second.type(), DataType::kBool);
}

TEST(TensorrtOutputs, WhatIsMissingIsNamed) {
  const auto message = [](const std::string& text, DataType type = DataType::kFloat) {
    return error_of([&] { read_outputs(text, {{"y", type, {1, 2}}}, "o.json"); }).message();
  };
  const std::string head = "what TensorRT wrote to o.json cannot be read: ";
  EXPECT_EQ(message("[\n]\n"), head + "output 'y' is not in it");
  const std::string begin = "[\n  { \"name\" : \"y\"\n  , \"dimensions\" : \"1x2\"\n  , \"values\" : ";
  EXPECT_EQ(message(begin + "[ 1, 2"), head + "its values are cut off");
  EXPECT_EQ(message(begin + "[ 1 ]\n"), head + "output 'y' has too few or too many values");
  EXPECT_EQ(message(begin + "[ 1, zwei ]\n"), head + "'zwei' is no number");
  EXPECT_EQ(message(begin + "[ 1, 2.5 ]\n", DataType::kInt32), head + "'2.5' is no value of its output's type");
  EXPECT_EQ(message(begin + "[ 1, 2 ]\n", DataType::kString),
            head + "output 'y' is string, which Quoin does not read from it");
}

constexpr const char* kProfile = R"json([
  { "count" : 100 }
, { "name" : "q", "timeMs" : 0.4, "averageMs" : 0.004, "medianMs" : 0.005, "percentage" : 4 }
, { "name" : "w + wq + conv1 + PWN(relu1)", "timeMs" : 7, "averageMs" : 0.07, "medianMs" : 0.0625, "percentage" : 70 }
, { "name" : "a "quoted" name", "timeMs" : 1, "averageMs" : 0.01, "medianMs" : 0.01, "percentage" : 10 }
, { "name" : "Reformatting CopyNode for Input Tensor 0 to pool", "timeMs" : 1, "averageMs" : 0.01, "medianMs" : 0.02, "percentage" : 10 }
]
)json";

TEST(TensorrtProfile, NamesAreReadThoughNothingEscapesThem) {
  const std::vector<LayerTime> layers = read_profile(kProfile, "p.json");
  ASSERT_EQ(layers.size(), 4);
  EXPECT_EQ(layers[0].name, "q");
  EXPECT_DOUBLE_EQ(layers[1].microseconds, 62.5);
  EXPECT_EQ(layers[2].name, "a \"quoted\" name");
}

TEST(TensorrtProfile, WhatCannotBeReadIsNamed) {
  EXPECT_EQ(error_of([] { read_profile("[\n  { \"count\" : 100 }\n]\n", "p.json"); }).message(),
            "what TensorRT wrote to p.json cannot be read: no layer is in it");
  EXPECT_EQ(
      error_of([] { read_profile(", { \"name\" : \"q\", \"timeMs\" : 0.", "p.json"); }).message(),
      "what TensorRT wrote to p.json cannot be read: there are no times in ', { \"name\" : \"q\", \"timeMs\" : 0.'");
}

ModelInfo model_of(const std::vector<std::pair<std::string, std::string>>& nodes) {
  ModelInfo model;
  for (const auto& [name, op] : nodes) model.ops.emplace(name, op);
  return model;
}

// As 10.x writes it.
constexpr const char* kLayers = R"json({"Layers": [
{"Name": "q", "LayerType": "Reformat", "Inputs": [{"Name": "x", "Dimensions": [1,3,8,8], "Format/Datatype": "Row major linear FP32"}],
 "Outputs": [{"Name": "1", "Format/Datatype": "Four wide channel vectorized row major Int8 format"}], "Origin": "QDQ"},
{"Name": "w + wq + conv1 + PWN(relu1)", "LayerType": "CaskConvolution",
 "Inputs": [{"Name": "1", "Format/Datatype": "Four wide channel vectorized row major Int8 format"}],
 "Outputs": [{"Name": "2", "Format/Datatype": "Row major linear FP16 format"}], "Weights": {"Type": "Int8", "Count": 864}},
{"Name": "Reformatting CopyNode for Input Tensor 0 to pool", "LayerType": "Reformat", "Inputs": [], "Outputs": [], "Origin": "REFORMAT"},
{"Name": "pool", "LayerType": "TiledPooling", "Inputs": [{"Name": "2", "Format/Datatype": "Row major linear FP16 format"}], "Outputs": []}
], "Bindings": ["x", "y"]})json";

TEST(TensorrtLayers, AreKernelsWithTheirTimes) {
  const ModelInfo model = model_of({{"q", "QuantizeLinear"},
                                    {"wq", "QuantizeLinear"},
                                    {"conv1", "Conv"},
                                    {"relu1", "Relu"},
                                    {"pool", "AveragePool"}});
  const std::vector<Kernel> kernels = read_layers(kLayers, read_profile(kProfile, "p.json"), model, "l.json");
  ASSERT_EQ(kernels.size(), 5);
  EXPECT_TRUE(kernels[0].conversion);
  EXPECT_FALSE(kernels[0].integer);
  EXPECT_DOUBLE_EQ(kernels[0].microseconds, 5);
  EXPECT_TRUE(kernels[1].integer);
  EXPECT_FALSE(kernels[1].conversion);
  EXPECT_EQ(kernels[1].op, "CaskConvolution");
  EXPECT_THAT(kernels[1].nodes, ElementsAre("wq", "conv1", "relu1"));
  EXPECT_TRUE(kernels[2].conversion);
  EXPECT_DOUBLE_EQ(kernels[2].microseconds, 20);
  EXPECT_FALSE(kernels[3].integer);
  EXPECT_DOUBLE_EQ(kernels[3].microseconds, 0);
  // The layer information has none of that name.
  EXPECT_EQ(kernels[4].op, "unknown");
  EXPECT_EQ(kernels[4].node, "a \"quoted\" name");
}

// 11.x: I/O Tensors in place of Bindings; Metadata maps a layer to the model's nodes.
TEST(TensorrtLayers, NodesAreThoseOfTheMetadata) {
  const char* const text = R"json({"Layers": [
{"Name": "__myl_Fc_1", "LayerType": "gemm", "Inputs": [{"Name": "a", "Format": "Row major INT8 format (kLINEAR)"}], "Outputs": [],
 "TacticName": "sm89_xmma_gemm_i8f16", "Metadata": "[ONNX Layer: /mlp/fc[1]/MatMul]\u001e[ONNX Layer: /mlp/Add]"},
{"Name": "__myl_Q_2", "LayerType": "kgen", "Inputs": [{"Name": "b", "DataType": "Int8"}], "Outputs": [],
 "Metadata": "[ONNX Layer: dq1]\u001e[ONNX Layer: cast1]"}],
"I/O Tensors": [{"Name": "x", "IOMode": "Input", "DataType": "Float"}]})json";
  const ModelInfo model =
      model_of({{"/mlp/fc[1]/MatMul", "MatMul"}, {"/mlp/Add", "Add"}, {"dq1", "DequantizeLinear"}, {"cast1", "Cast"}});
  const std::vector<Kernel> kernels = read_layers(text, {{"__myl_Fc_1", 12}}, model, "l.json");
  ASSERT_EQ(kernels.size(), 2);
  EXPECT_THAT(kernels[0].nodes, ElementsAre("/mlp/fc[1]/MatMul", "/mlp/Add"));
  EXPECT_TRUE(kernels[0].integer);
  EXPECT_DOUBLE_EQ(kernels[0].microseconds, 12);
  EXPECT_TRUE(kernels[1].conversion);
  EXPECT_FALSE(kernels[1].integer);
}

TEST(TensorrtLayers, OfOneNameTakeTheirTimesInOrder) {
  const std::vector<Kernel> kernels =
      read_layers(R"({"Layers": [{"Name": "a"}, {"Name": "a"}]})", {{"a", 1}, {"a", 2}}, {}, "l.json");
  ASSERT_EQ(kernels.size(), 2);
  EXPECT_DOUBLE_EQ(kernels[0].microseconds, 1);
  EXPECT_DOUBLE_EQ(kernels[1].microseconds, 2);
  EXPECT_THAT(kernels[0].nodes, IsEmpty());
}

TEST(TensorrtLayers, WhatCannotBeReadIsNamed) {
  const auto message = [](const char* text) {
    return error_of([&] { read_layers(text, {}, {}, "l.json"); }).message();
  };
  EXPECT_EQ(message(R"({"Layers": ["conv1", "conv2"], "Bindings": []})"),
            "what TensorRT wrote to l.json cannot be read: its layers have no details; the engine was not built with "
            "--profilingVerbosity=detailed");
  EXPECT_EQ(message(R"({"Layers": []})"), "what TensorRT wrote to l.json cannot be read: no layer is in it");
  EXPECT_THAT(message("{\"Layers\": ["), HasSubstr("what TensorRT wrote to l.json cannot be read: "));
}

}  // namespace
}  // namespace quoin::tensorrt
