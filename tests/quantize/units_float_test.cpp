// Variants of a calibrated model with some units in float.
#include "quoin/units_float.h"

#include "quantize/emitted.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Of resnet_block for ONNX Runtime, calibrated with made-up ranges and a method of its own at every activation.
QuantizedModel calibrated() {
  QuantizedModel model = plan_qdq(resnet_block(), "onnxruntime-cpu");
  give_ranges(model, -1, 3);
  for (QdqTensor& tensor : model.tensors) tensor.range.method = RangeMethod::kMinMax;
  return model;
}

std::string unit_of(const QuantizedModel& model, const std::string& node) {
  return model.matches.unit_of_node(node)->unit;
}

std::vector<std::string> closed_in(const QuantizedModel& model, const std::string& unit) {
  std::vector<std::string> reasons;
  for (const ClosedPoint& point : model.closed) {
    if (point.unit == unit) reasons.push_back(point.reason);
  }
  return reasons;
}

TEST(UnitsFloat, NamesTheQuantizedUnitsInOrder) {
  const QuantizedModel model = calibrated();
  const std::vector<std::string> names = quantized_unit_names(model);
  ASSERT_EQ(names.size(), static_cast<size_t>(model.quantized_units()));
  EXPECT_EQ(names.front(), unit_of(model, "stem"));
}

TEST(UnitsFloat, NoUnitGivesTheSameFile) {
  const QuantizedModel model = calibrated();
  EXPECT_EQ(serialize(emit(with_units_float(model, {})).graph), serialize(emit(model).graph));
}

TEST(UnitsFloat, AUnitIsFloatAndTheOthersStay) {
  const QuantizedModel model = calibrated();
  const QuantizedModel variant = with_units_float(model, {unit_of(model, "conv1")}, "for the test");
  EXPECT_EQ(variant.quantized_units(), model.quantized_units() - 1);
  const std::string places = qdq_places(emit(variant).graph);
  EXPECT_THAT(places, HasSubstr("Conv conv1(q, const, const)"));
  EXPECT_THAT(places, HasSubstr("Conv stem(q, int8[0], int32[0])"));
  EXPECT_THAT(closed_in(variant, unit_of(model, "conv1")), testing::Each("for the test"));
  EXPECT_THAT(qdq_places(emit(model).graph), HasSubstr("Conv conv1(q, int8[0], int32[0])")) << "untouched";
}

// The same as if a plan had left the unit out, calibration and all.
TEST(UnitsFloat, IsWhatAPlanWouldMakeOfTheSameRanges) {
  const Target target = load_target("onnxruntime-cpu");
  auto [fused, matches] = transform(resnet_block(), target.smart);
  const QuantizedModel whole = calibrated();
  for (UnitMatch& match : matches.units) match.apply = match.unit != unit_of(whole, "conv2");
  QuantizedModel planned = insert_qdq(fused, matches, target);
  give_ranges(planned, -1, 3);
  for (QdqTensor& tensor : planned.tensors) tensor.range.method = RangeMethod::kMinMax;
  EXPECT_EQ(serialize(emit(with_units_float(whole, {unit_of(whole, "conv2")})).graph), serialize(emit(planned).graph));
}

TEST(UnitsFloat, OnlyOneUnitIsQuantized) {
  const QuantizedModel model = calibrated();
  const std::string unit = unit_of(model, "conv1");
  const QuantizedModel variant = with_only_units(model, {unit});
  EXPECT_THAT(quantized_unit_names(variant), ElementsAre(unit));
  const std::string places = qdq_places(emit(variant).graph);
  EXPECT_THAT(places, HasSubstr("Conv conv1(q, int8[0], int32[0])"));
  EXPECT_THAT(places, HasSubstr("Conv stem(x, const, const)"));
}

TEST(UnitsFloat, ChosenRangesAndIntegersAreKept) {
  QuantizedModel model = calibrated();
  for (QdqTensor& tensor : model.tensors) {
    if (tensor.value == "r0") tensor.range = {RangeMethod::kPercentile, 8, false, 99.0};
  }
  keep_integers(model);
  const QuantizedModel variant = with_units_float(model, {unit_of(model, "fc")});
  for (const QdqTensor& tensor : variant.tensors) {
    EXPECT_EQ(tensor.range.method, tensor.value == "r0" ? RangeMethod::kPercentile : RangeMethod::kMinMax);
  }
  for (const QdqWeight& weight : variant.weights) EXPECT_TRUE(weight.chosen) << weight.node;
}

TEST(UnitsFloat, KeptIntegersGiveTheSameFile) {
  QuantizedModel model = calibrated();
  const std::string before = serialize(emit(model).graph);
  keep_integers(model);
  EXPECT_EQ(serialize(emit(model).graph), before);
}

TEST(UnitsFloat, NodesThatShareAWeightShareItsKeptIntegers) {
  const Graph graph =
      model_of("float[1,16,8,8] x", "float[1,16,8,8] y", {random_initializer("w", {16, 16, 1, 1}, 0.3F)},
               "[a] u = Conv(x, w)\n[b] y = Conv(u, w)");
  QuantizedModel model = plan_qdq(graph, "onnxruntime-cpu");
  give_ranges(model, -1, 1);
  const std::string before = serialize(emit(model).graph);
  keep_integers(model);
  EXPECT_EQ(serialize(emit(model).graph), before);
}

TEST(UnitsFloat, AUnitThatIsNotThereIsAnError) {
  const QuantizedModel model = calibrated();
  const std::string near = unit_of(model, "conv1") + "x";
  EXPECT_EQ(error_text([&] { with_units_float(model, {near}); }), "the model has no unit '" + near +
                                                                      "', did you mean '" + unit_of(model, "conv1") +
                                                                      "'? | `quoin match` lists the units");
}

}  // namespace
}  // namespace quoin
