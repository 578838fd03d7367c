// Plans, configuration, and what is refused.
#include <algorithm>

#include "quantize/emitted.h"

namespace quoin {
namespace {

using testing::HasSubstr;

std::string config_error(const QuantConfig& config, const std::string& target) {
  return error_text([&] { plan_qdq(resnet_block(), target, "smart", config); });
}

constexpr char kDefault[] = " | leave the setting out: the target's default is what it can run";

TEST(Config, WhatTheTargetCannotRunNamesBoth) {
  const Target trt = load_target("tensorrt"), ort = load_target("onnxruntime-cpu");
  EXPECT_EQ(config_error({.activation = {.symmetric = false}}, "tensorrt"),
            "target 'tensorrt' cannot run asymmetric activations (activation.symmetric = false): " +
                trt.reason("activation") + kDefault);
  EXPECT_EQ(config_error({.weight = {.symmetric = false}}, "onnxruntime-cpu"),
            "target 'onnxruntime-cpu' cannot run asymmetric weights (weight.symmetric = false): " + ort.weight_why +
                kDefault);
  EXPECT_EQ(config_error({.activation = {.per_channel = true}}, "tensorrt"),
            "target 'tensorrt' cannot run per-channel activations (activation.per_channel = true): integer kernels "
            "take one scale "
            "per tensor" +
                std::string(kDefault));
  EXPECT_EQ(config_error({.activation_for_node = {{"conv1", {.symmetric = false}}}}, "tensorrt"),
            "target 'tensorrt' cannot run asymmetric activations (activation_for_node['conv1'].symmetric = false): " +
                trt.reason("activation") + kDefault);
}

TEST(Config, ValuesOutOfRange) {
  EXPECT_EQ(config_error({.activation = {.n_bits = 9}}, "tensorrt"), "activation.n_bits is 9, wanted 2 to 8");
  EXPECT_EQ(config_error({.weight = {.n_bits = 1}}, "tensorrt"), "weight.n_bits is 1, wanted 2 to 8");
  EXPECT_EQ(config_error({.activation = {.percentile = 40.0}}, "tensorrt"),
            "activation.percentile is 40, wanted more than 50 and at most 100");
  EXPECT_EQ(config_error({.weight = {.method = RangeMethod::kEntropy}}, "tensorrt"),
            "weight.method is 'entropy': weights are scaled by least squared error or by their largest magnitude | set "
            "weight.method to 'mse' or 'minmax', or leave it out");
}

TEST(Config, UnknownNamesHaveASuggestion) {
  EXPECT_EQ(config_error({.skip_nodes = {"conv3"}}, "tensorrt"),
            "skip_nodes names the node 'conv3', which the model does not have, did you mean 'conv1'?");
  EXPECT_EQ(config_error({.activation_for_node = {{"sten", {}}}}, "tensorrt"),
            "activation_for_node names the node 'sten', which the model does not have, did you mean 'stem'?");
  EXPECT_EQ(config_error({.activation_for_pattern = {{"ConvBNRelu6", {}}}}, "tensorrt"),
            "activation_for_pattern names 'ConvBNRelu6', which no list of target 'tensorrt' and no match has, did you "
            "mean 'ConvBNReLU'?");
}

const QdqTensor& tensor_of(const QuantizedModel& model, const std::string& value) {
  for (const QdqTensor& tensor : model.tensors) {
    if (tensor.value == value) return tensor;
  }
  throw Error(ErrorCode::kUsage, "no tensor " + value);
}

TEST(Config, NodesWinOverPatternsOverTheDefault) {
  const QuantizedModel model = plan_qdq(resnet_block(), "onnxruntime-cpu", "smart",
                                        {.activation = {.method = RangeMethod::kPercentile, .percentile = 99.0},
                                         .activation_for_pattern = {{"ConvBNReLU", {.method = RangeMethod::kMse}}},
                                         .activation_for_node = {{"conv1", {.n_bits = 6}}}});
  EXPECT_EQ(tensor_of(model, "x").range.method, RangeMethod::kMse) << "read by a unit of the pattern";
  EXPECT_EQ(tensor_of(model, "r0").range.bits, 6) << "read by the node";
  EXPECT_EQ(tensor_of(model, "r0").range.method, RangeMethod::kPercentile);
  EXPECT_EQ(tensor_of(model, "s").range.percentile, 99.0);
  EXPECT_FALSE(tensor_of(model, "s").range.symmetric);
}

TEST(Config, SkippedOpsAndNodesStayFloat) {
  const QuantizedModel no_gemm =
      plan_qdq(resnet_block(), "onnxruntime-cpu", "smart", {.skip_weight_quant_for = {"Gemm"}});
  std::vector<std::string> closed;
  for (const ClosedPoint& point : no_gemm.closed) closed.push_back(point.point + ": " + point.reason);
  EXPECT_THAT(closed, testing::IsSupersetOf({"weight(fc): skip_weight_quant_for names Gemm",
                                             "input(fc): skip_weight_quant_for names Gemm",
                                             "bias(fc): skip_weight_quant_for names Gemm"}));
  QuantizedModel no_conv = plan_qdq(resnet_block(), "onnxruntime-cpu", "smart", {.skip_nodes = {"conv2"}});
  give_ranges(no_conv, -1, 1);
  EXPECT_THAT(qdq_places(emit(no_conv).graph), HasSubstr("Conv conv2(q, const, const)\n"))
      << "it reads what the integer convolution before it gives, and computes in float";
}

TEST(Plan, UnitsAndPointsLeftFloat) {
  const Target target = load_target("onnxruntime-cpu");
  const auto [fused, matches] = transform(resnet_block(), target.smart);
  MatchReport unit_off = matches, point_off = matches;
  for (MatchReport* report : {&unit_off, &point_off}) {
    for (UnitMatch& unit : report->units) {
      if (std::find(unit.nodes.begin(), unit.nodes.end(), "conv1") == unit.nodes.end()) continue;
      if (report == &unit_off) unit.apply = false;
      for (PointPlace& point : unit.points) {
        if (report == &point_off && point.role == Role::kWeight) point.apply = false;
      }
    }
  }
  for (const MatchReport* report : {&unit_off, &point_off}) {
    QuantizedModel model = insert_qdq(fused, *report, target);
    give_ranges(model, -1, 1);
    EXPECT_THAT(qdq_places(emit(model).graph), HasSubstr("Conv conv1(q, const, const)\n"))
        << "it reads what the integer convolution before it gives, and computes in float";
    for (const ClosedPoint& point : model.closed) {
      if (point.point == "input(conv1)") {
        EXPECT_EQ(point.reason, "left float by the plan");
      }
    }
  }
}

TEST(Refused, AModelWithQdq) {
  const auto model = [](const std::string& nodes) {
    return parse_text(
        "<ir_version: 8, opset_import: [\"\" : 13, \"com.microsoft\" : 1]>\nm (float[4] x) => (float[4] y) "
        "<float s = {0.1}, uint8 z = {0}> {\n" +
        nodes + "\n}");
  };
  const Target target = load_target("tensorrt");
  EXPECT_EQ(error_text([&] {
              insert_qdq(model("[q] a = QuantizeLinear(x, s, z)\n[dq] y = DequantizeLinear(a, s, z)"), {}, target);
            }),
            "the model already has Q/DQ: node 'q' is a QuantizeLinear | give the float model");
  EXPECT_EQ(error_text([&] {
              insert_qdq(model("[d] a, b, c = DynamicQuantizeLinear(x)\n[i] y = Cast <to = 1> (a)"), {}, target);
            }),
            "the model already has Q/DQ: node 'd' is a DynamicQuantizeLinear | give the float model");
}

TEST(Refused, MatchesOfAnotherGraph) {
  const Target target = load_target("tensorrt");
  const auto result = transform(resnet_block(), target.smart);
  EXPECT_THAT(error_text([&] { insert_qdq(separable_block(), result.matches, target); }),
              HasSubstr("the matches are not this graph's: unit '"));
}

TEST(Refused, EmittingBeforeCalibrating) {
  const QuantizedModel model = plan_qdq(resnet_block(), "tensorrt");
  EXPECT_EQ(error_text([&] { emit(model); }),
            "the model was not calibrated: no ranges for its activations | call calibrate() before emit() or save()");
}

TEST(Model, CountsUnitsAndListsValuesInTheGraphsOrder) {
  const QuantizedModel model = plan_qdq(resnet_block(), "tensorrt");
  EXPECT_EQ(model.calibrated_values(), (std::vector<std::string>{"x", "r0", "r1", "s", "p"}));
  EXPECT_EQ(model.quantized_units(), 5);
}

}  // namespace
}  // namespace quoin
