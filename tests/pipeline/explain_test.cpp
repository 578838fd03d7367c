#include "quoin/explain.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "quantize/emitted.h"
#include "quoin/patterns.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

const Target& onnxruntime_target() {
  static const Target target = load_target("onnxruntime-cpu");
  return target;
}
const Target& tensorrt() {
  static const Target target = load_target("tensorrt");
  return target;
}

NodeExplanation explain(const Graph& model, std::string_view node, const Target& target = onnxruntime_target()) {
  return explain_node(model, target.smart, target, node);
}

const PointExplanation* point(const NodeExplanation& node, std::string_view text) {
  for (const PointExplanation& one : node.points) {
    if (one.point == text) return &one;
  }
  return nullptr;
}

const Refusal* miss(const Refusals& misses, std::string_view pattern) {
  for (const Refusal& one : misses) {
    if (one.pattern == pattern) return &one;
  }
  return nullptr;
}

TEST(ExplainNode, AClaimedNodeHasItsUnitAndItsPoints) {
  const NodeExplanation node = explain(resnet_block(), "conv1");
  EXPECT_EQ(node.op, "Conv");
  EXPECT_EQ(node.pattern, "ConvBNReLU");
  EXPECT_THAT(node.unit, HasSubstr("Fused"));
  EXPECT_EQ(node.why, onnxruntime_target().smart.find("ConvBNReLU")->why());
  EXPECT_FALSE(node.converted);
  EXPECT_THAT(node.became, ElementsAre("conv1"));
  EXPECT_EQ(node.note, "");
  ASSERT_TRUE(point(node, "weight(conv1)"));
  EXPECT_TRUE(point(node, "weight(conv1)")->opened);
  EXPECT_EQ(point(node, "weight(conv1)")->value, "w1");
  EXPECT_EQ(point(node, "weight(conv1)")->reason,
            "target onnxruntime-cpu: an integer kernel needs its weight quantized");
  ASSERT_TRUE(point(node, "bias(conv1)"));
  EXPECT_TRUE(point(node, "bias(conv1)")->opened);
  // The unit's output is at its last node.
  EXPECT_FALSE(point(node, "output"));
  const NodeExplanation relu = explain(resnet_block(), "relu1");
  EXPECT_EQ(relu.unit, node.unit);
  ASSERT_TRUE(point(relu, "output"));
  EXPECT_TRUE(point(relu, "output")->opened);
  EXPECT_EQ(point(relu, "output")->value, "r1");
}

TEST(ExplainNode, AClosedPointHasTheTargetsReason) {
  const NodeExplanation node = explain(resnet_block(), "relu1", tensorrt());
  ASSERT_TRUE(point(node, "output"));
  EXPECT_FALSE(point(node, "output")->opened);
  EXPECT_EQ(point(node, "output")->reason, "target tensorrt: " + tensorrt().why(Role::kOutput, "Conv"));
}

TEST(ExplainNode, BothOperandsOfAnAddAreToldApart) {
  for (const Target* target : {&onnxruntime_target(), &tensorrt()}) {
    const NodeExplanation node = explain(resnet_block(), "add", *target);
    const QuantizedModel quantized = plan_qdq(resnet_block(), target->name);
    size_t at_add = 0;
    for (const PointExplanation& one : node.points) {
      if (one.node != "add") continue;
      ++at_add;
      bool opened = false;
      for (const QdqTensor& tensor : quantized.tensors) {
        for (const QdqEdge& edge : tensor.edges) opened = opened || (tensor.value == one.value && edge.node == "add");
      }
      EXPECT_EQ(one.opened, opened) << target->name << " " << one.point << " " << one.value;
      EXPECT_THAT(one.reason, HasSubstr("target " + target->name + ": "));
    }
    EXPECT_GE(at_add, 2U) << target->name;
  }
}

TEST(ExplainNode, AnUnclaimedNodeHasTheNearestMissFirst) {
  const Graph computed = model_of("float[1,16,8,8] x, float[16,16,1,1] w", "float[1,16,8,8] y", {}, R"(
    [conv] c = Conv(x, w)
    [plus] y = Softplus(c))");
  const NodeExplanation node = explain(computed, "conv");
  EXPECT_EQ(node.unit, "");
  EXPECT_THAT(node.points, IsEmpty());
  ASSERT_TRUE(miss(node.misses, "ConvBN"));
  EXPECT_EQ(miss(node.misses, "ConvBN")->node, "conv");
  EXPECT_EQ(miss(node.misses, "ConvBN")->text(),
            "ConvBN at Conv 'conv': wanted a constant as input 1, but 'w' is not constant");
  // What ends with another operator was tried nowhere: the reader that stands there is told.
  ASSERT_TRUE(miss(node.misses, "ConvBNReLU"));
  EXPECT_THAT(miss(node.misses, "ConvBNReLU")->text(), HasSubstr("but it is read by Softplus 'plus'"));
  for (size_t i = 1; i < node.misses.size(); ++i) EXPECT_GE(node.misses[i - 1].depth, node.misses[i].depth);
  EXPECT_THAT(node.elsewhere, testing::Contains("Linear"));
  EXPECT_THAT(node.elsewhere, testing::Not(testing::Contains("ConvBN")));
  const NodeExplanation plus = explain(computed, "plus");
  EXPECT_THAT(plus.misses, IsEmpty());
  EXPECT_THAT(plus.elsewhere, testing::Contains("ConvBN"));
}

TEST(ExplainNode, AMissFurtherDownTheChainIsFound) {
  // ConvBNAddReLU ends at the Relu and fails at the Add: of interest to the Conv.
  const PatternList list = {builtin_pattern("ConvBNAddReLU")};
  const Graph model = model_of("float[1,16,8,8] x", "float[1,16,8,8] y, float[1,16,8,8] a",
                               {random_initializer("w", {16, 16, 1, 1})}, R"(
    [conv] c = Conv(x, w)
    [add] a = Add(c, x)
    [relu] y = Relu(a))");
  const NodeExplanation node = explain_node(model, list, onnxruntime_target(), "conv");
  ASSERT_THAT(node.misses, SizeIs(1));
  EXPECT_EQ(node.misses[0].root, "relu");
  EXPECT_EQ(node.misses[0].node, "add");
  EXPECT_EQ(node.misses[0].condition, "no use outside the match");
}

TEST(ExplainNode, AClaimedNodeHasTheMissesOfWhatCameBefore) {
  const NodeExplanation node = explain(resnet_block(), "conv1");
  ASSERT_TRUE(miss(node.misses, "ConvBNAddReLU"));
  EXPECT_FALSE(miss(node.misses, "ConvBN")) << "later in the list";
  EXPECT_FALSE(miss(node.misses, "ConvBNReLU")) << "it has the node";
}

TEST(ExplainNode, WhatHeldButCameLaterIsLost) {
  PatternList list = {builtin_pattern("ConvBN"), builtin_pattern("ConvBNReLU")};
  list.name = "short";
  const NodeExplanation node = explain_node(resnet_block(), list, onnxruntime_target(), "conv1");
  EXPECT_EQ(node.pattern, "ConvBN");
  ASSERT_THAT(node.lost, SizeIs(1));
  EXPECT_EQ(node.lost[0].pattern, "ConvBNReLU");
  EXPECT_EQ(node.lost[0].root, "relu1");
  EXPECT_EQ(node.lost[0].winner, "ConvBN");
  EXPECT_EQ(node.lost[0].unit, node.unit);
  EXPECT_THAT(explain_node(resnet_block(), list, onnxruntime_target(), "fc").lost, IsEmpty());
}

TEST(ExplainNode, ANodeThatAConversionReplacedIsFound) {
  const Graph model = model_of("float[1,16,8,8] x", "float[1,16,1,1] y", {random_initializer("w", {16, 16, 1, 1})}, R"(
    [conv] c = Conv(x, w)
    [mean] y = ReduceMean <axes = [2, 3]> (c))");
  const NodeExplanation node = explain(model, "mean");
  EXPECT_EQ(node.op, "ReduceMean");
  EXPECT_TRUE(node.converted);
  EXPECT_THAT(node.conversions, ElementsAre("ReduceMeanToGlobalAveragePool"));
  ASSERT_THAT(node.became, SizeIs(1));
  EXPECT_EQ(node.pattern, "AdaptiveAvgPool") << "what came of it is in a unit";
  EXPECT_NE(node.unit, "");
  const PatternList conversions = {builtin_pattern("ReduceMeanToGlobalAveragePool")};
  const NodeExplanation alone = explain_node(model, conversions, onnxruntime_target(), "mean");
  EXPECT_EQ(alone.unit, "");
  EXPECT_EQ(alone.pattern, "ReduceMeanToGlobalAveragePool");
  EXPECT_EQ(alone.why, builtin_pattern("ReduceMeanToGlobalAveragePool")->why());
}

TEST(ExplainNode, ANodeThatIsGoneIsExplainedToo) {
  const Graph model = model_of("float[1,16,1,1] x", "float[1,16,1,1] y", {}, R"(
    [pool] p = GlobalAveragePool(x)
    [tanh] y = Tanh(p))");
  const PatternList list = {builtin_pattern("RemoveIdentityAdaptiveAvgPool")};
  const NodeExplanation node = explain_node(model, list, onnxruntime_target(), "pool");
  EXPECT_TRUE(node.converted);
  EXPECT_EQ(node.pattern, "RemoveIdentityAdaptiveAvgPool");
  EXPECT_THAT(node.became, IsEmpty());
  EXPECT_THAT(node.misses, IsEmpty());
}

TEST(ExplainNode, AFoldedBatchNormalizationIsAtItsConv) {
  const Graph model = model_of("float[1,4,8,8] x", "float[1,4,8,8] y",
                               {random_initializer("w", {4, 4, 1, 1}), "float[4] s = {1,2,1,2}",
                                "float[4] b = {0,0,0,1}", "float[4] m = {0,0,1,0}", "float[4] v = {1,1,1,1}"},
                               R"(
    [conv] c = Conv(x, w)
    [bn] y = BatchNormalization(c, s, b, m, v))");
  const NodeExplanation node = explain(model, "bn");
  EXPECT_EQ(node.op, "BatchNormalization");
  EXPECT_EQ(node.pattern, "ConvBN");
  ASSERT_THAT(node.became, SizeIs(1));
  EXPECT_TRUE(point(node, "input(" + node.became[0] + ")"));
}

TEST(ExplainNode, AnUnknownNodeIsNamedWithASuggestion) {
  EXPECT_EQ(
      error_text([&] { explain(resnet_block(), "conv3"); }),
      "the model has no node 'conv3', did you mean 'conv1'? | `quoin explain MODEL` without a node shows all of them");
  EXPECT_EQ(error_text([&] { explain(resnet_block(), "r1"); }),
            "the model has no node 'r1': it is a value, which Relu 'relu1' gives | `quoin explain MODEL` without a "
            "node shows all of them");
  EXPECT_THAT(error_text([&] { explain(resnet_block(), "x"); }), HasSubstr("'x': it is a value that no node gives"));
}

TEST(ExplainNode, AModelThatIsQuantizedAlreadySaysSo) {
  const Graph model = model_of("float[1,16,8,8] x", "float[1,16,8,8] y",
                               {random_initializer("w", {16, 16, 1, 1}), "float s = {0.1}", "int8 z = {0}"}, R"(
    [q] xq = QuantizeLinear(x, s, z)
    [dq] xd = DequantizeLinear(xq, s, z)
    [conv] y = Conv(xd, w))");
  const NodeExplanation node = explain(model, "conv");
  EXPECT_EQ(node.pattern, "ConvBN");
  EXPECT_THAT(node.note, HasSubstr("no Q/DQ point can be opened: "));
  ASSERT_FALSE(node.points.empty());
  EXPECT_EQ(node.points[0].reason, node.note);
}

TEST(ExplainPattern, GivesMatchesAndEveryNearMiss) {
  const Target& target = onnxruntime_target();
  const PatternExplanation pattern = explain_pattern(resnet_block(), target.smart, "ConvBNAddReLU");
  EXPECT_THAT(pattern.units, SizeIs(1));
  std::vector<std::string> roots;
  for (const Refusal& one : pattern.misses) roots.push_back(one.root);
  EXPECT_THAT(roots, UnorderedElementsAre("stem_relu", "relu1"));
  for (size_t i = 1; i < pattern.misses.size(); ++i) EXPECT_GE(pattern.misses[i - 1].depth, pattern.misses[i].depth);
  const PatternExplanation later = explain_pattern(resnet_block(), target.smart, "ConvBN");
  EXPECT_FALSE(later.lost.empty());
  EXPECT_EQ(
      error_text([&] {
        explain_pattern(resnet_block(), target.smart, "ConvBNAdRelu");
      }).find("the list 'smart' has no pattern 'ConvBNAdRelu', did you mean 'ConvBNAddReLU'? | its patterns are "),
      0U);
}

TEST(ExplainPattern, GivesWhereAConversionWasAppliedOrRefused) {
  const Graph model = model_of("float[1,16,8,8] x", "float[1,16] y", {random_initializer("w", {16, 16, 1, 1})}, R"(
    [mean] m = ReduceMean <axes = [2, 3]> (x)
    [other] r = ReduceMean <axes = [1]> (x)
    [again] s = ReduceMean <axes = [2, 3]> (r)
    [flatten] y = Flatten(m))");
  const PatternExplanation pattern =
      explain_pattern(model, onnxruntime_target().smart, "ReduceMeanToGlobalAveragePool");
  ASSERT_FALSE(pattern.conversions.empty());
  EXPECT_THAT(pattern.conversions[0].origins, ElementsAre("mean"));
  ASSERT_FALSE(pattern.misses.empty());
  EXPECT_EQ(pattern.misses[0].root, "other");
}

TEST(ExplainModel, HasEveryUnitAndWhatIsLeft) {
  const Target& target = onnxruntime_target();
  const ModelExplanation all = explain_model(resnet_block(), target.smart, target);
  EXPECT_EQ(all.list, target.smart.name);
  EXPECT_EQ(all.target, "onnxruntime-cpu");
  EXPECT_THAT(all.units, SizeIs(6));
  EXPECT_THAT(all.unclaimed, IsEmpty());
  const QuantizedModel quantized = plan_qdq(resnet_block(), "onnxruntime-cpu");
  size_t opened = 0, edges = quantized.weights.size() + quantized.biases.size();
  for (const QdqTensor& tensor : quantized.tensors) edges += tensor.edges.size();
  for (const UnitExplanation& unit : all.units) {
    for (const PointExplanation& one : unit.points) {
      opened += one.opened ? 1 : 0;
      EXPECT_NE(one.reason, "") << unit.unit << " " << one.point;
    }
  }
  EXPECT_EQ(opened, edges) << "what is told is what is done";
}

TEST(ExplainModel, TellsWhatIsDoneOnEveryTarget) {
  for (const std::string& name : builtin_target_names()) {
    const Target target = load_target(name);
    for (const Graph& model : {resnet_block(), separable_block(), stem_and_max_pool(), concat_block()}) {
      for (const std::string list : {"smart", "blanket"}) {
        const ModelExplanation all = explain_model(model, target.list(list), target);
        const QuantizedModel quantized = plan_qdq(model, name, list);
        size_t opened = 0, edges = quantized.weights.size() + quantized.biases.size();
        for (const QdqTensor& tensor : quantized.tensors) edges += tensor.edges.size();
        for (const UnitExplanation& unit : all.units) {
          for (const PointExplanation& one : unit.points) {
            opened += one.opened ? 1 : 0;
            EXPECT_NE(one.reason, "") << name << " " << list << " " << unit.unit << " " << one.point;
          }
        }
        EXPECT_EQ(opened, edges) << name << " " << list;
      }
    }
  }
}

}  // namespace
}  // namespace quoin
