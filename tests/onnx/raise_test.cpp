// What ONNX's converter loses is put back: each operator before and after raising, run.
#include <cmath>

#include "base/float16.h"
#include "engine/onnxruntime.h"
#include "quoin/edit.h"
#include "quoin/error.h"

namespace quoin {
namespace {

class Raise : public OnnxRuntimeTest {};

Graph model_of(int64_t opset, const std::string& signature, const std::string& initializers, const std::string& nodes) {
  return parse_text("<ir_version: 8, opset_import: [\"\" : " + std::to_string(opset) + "]>\nm " + signature + " <" +
                    initializers + "> {\n" + nodes + "\n}");
}

Tensor some_numbers(DataType type, const Shape& shape) {
  std::string bytes;
  const auto append = [&](auto number) { bytes.append(reinterpret_cast<const char*>(&number), sizeof(number)); };
  for (int64_t i = 0; i < element_count(shape); ++i) {
    const double number = std::sin(1.7 * static_cast<double>(i) + 0.3);
    if (type == DataType::kBool) append(uint8_t{1});
    if (type == DataType::kFloat) append(static_cast<float>(number));
    if (type == DataType::kDouble) append(number);
    if (type == DataType::kFloat16) append(float_to_float16(static_cast<float>(number)));
  }
  return {type, shape, bytes};
}

std::vector<double> run(const Graph& model) {
  NamedTensors feeds;
  for (const Value* input : model.inputs()) {
    feeds.emplace_back(input->name(), some_numbers(input->type(), input->static_shape().value()));
  }
  const auto session = onnxruntime()->open_bytes(serialize(model), {.level = OptimizationLevel::kNone, .threads = 1});
  return session->run(feeds).front().second.to_doubles();
}

// The largest difference at the first output after raising to opset 13 and 21.
double lost(const Graph& model) {
  double largest = 0;
  for (const int64_t opset : {int64_t{13}, int64_t{21}}) {
    const Graph raised = convert_opset(model, opset);
    EXPECT_THAT(verify_graph(raised), testing::IsEmpty());
    check_model(raised);
    const std::vector<double> before = run(model), after = run(raised);
    EXPECT_EQ(before.size(), after.size());
    if (before.size() != after.size()) return HUGE_VAL;
    for (size_t i = 0; i < before.size(); ++i) largest = std::max(largest, std::abs(before[i] - after[i]));
  }
  return largest;
}

TEST_F(Raise, UpsampleAndResizeKeepTheirPixels) {
  const std::string signature = "(float[1,2,6,7] x) => (float[1,2,h,w] y)";
  for (const std::string mode : {"linear", "nearest"}) {
    for (const std::string scales : {"1, 1, 2, 2", "1, 1, 1.3, 2.5"}) {
      const std::string initializer = "float[4] s = {" + scales + "}";
      EXPECT_EQ(lost(model_of(9, signature, initializer, "[up] y = Upsample<mode = \"" + mode + "\">(x, s)")), 0)
          << mode << " " << scales;
      EXPECT_EQ(lost(model_of(10, signature, initializer, "[up] y = Resize<mode = \"" + mode + "\">(x, s)")), 0)
          << mode << " " << scales;
    }
  }
  EXPECT_EQ(lost(model_of(7, signature, "", "y = Upsample<mode = \"linear\", scales = [1.0, 1.0, 1.5, 2.0]>(x)")), 0);
}

TEST_F(Raise, NearestResizeGoesUpAlongSmallerAxes) {
  const std::string signature = "(float[1,2,6,7] x) => (float[1,2,h,w] y)";
  const std::string nodes = "[size] y = Resize<mode = \"nearest\">(x, s)";
  EXPECT_EQ(lost(model_of(10, signature, "float[4] s = {1, 1, 0.4, 0.7}", nodes)), 0);
  const Graph both = model_of(10, signature, "float[4] s = {1, 1, 0.4, 1.7}", nodes);
  EXPECT_EQ(lost(both), 0);
  const Graph raised = convert_opset(both, 13);
  size_t resizes = 0;
  for (const Node* node : raised.nodes()) resizes += node->is("Resize") ? 1 : 0;
  EXPECT_EQ(resizes, 2u) << "a Resize has one way of rounding";
  ASSERT_TRUE(raised.find_node("size"));
  EXPECT_EQ(raised.find_node("size")->attribute("nearest_mode", ""), "ceil");
}

TEST_F(Raise, ResizeInABranch) {
  const Graph model = parse_text(R"(<ir_version: 8, opset_import: ["" : 10]>
    m (bool c, float[1,1,4,4] x) => (float[1,1,8,8] y) <float[4] s = {1, 1, 2, 2}> {
      y = If (c) <then_branch = t () => (float[1,1,8,8] a) { a = Resize<mode = "linear">(x, s) },
                  else_branch = e () => (float[1,1,8,8] b) { b = Resize<mode = "nearest">(x, s) }>
    })");
  EXPECT_EQ(lost(model), 0);
}

TEST_F(Raise, HardmaxFlattensItsInput) {
  const std::string signature = "(float[2,3,4] x) => (float[2,3,4] y)";
  for (const std::string axis : {"0", "1", "2"}) {
    EXPECT_EQ(lost(model_of(9, signature, "", "[hard] y = Hardmax<axis = " + axis + ">(x)")), 0) << axis;
  }
  EXPECT_EQ(lost(model_of(12, signature, "", "y = Hardmax(x)")), 0);
  EXPECT_EQ(lost(model_of(11, signature, "", "y = Hardmax<axis = -2>(x)")), 0);
  EXPECT_EQ(convert_opset(model_of(9, signature, "", "[hard] y = Hardmax(x)"), 13).find_node("hard")->op(), "Hardmax");
}

TEST_F(Raise, AttributesBecomeInputsOfTheirType) {
  for (const std::string type : {"float16", "double"}) {
    const std::string same = "(" + type + "[1,2,3,4] x) => (" + type + "[1,2,3,4] y)";
    const Graph clip = model_of(9, same, "", "[clip] y = Clip<min = -0.5, max = 0.25>(x)");
    const Graph raised = convert_opset(clip, 13);
    check_model(raised);
    EXPECT_EQ(raised.find_node("clip")->input(2).type(), raised.find_node("clip")->input(0).type());
    if (type == "double") continue;  // which ONNX Runtime has no Clip of opset 6 for
    EXPECT_EQ(lost(clip), 0);
    EXPECT_EQ(lost(model_of(9, same, "", "y = Clip<max = 0.25>(x)")), 0) << type;
    const std::string padded = "(" + type + "[1,2,3,4] x) => (" + type + "[1,2,3,6] y)";
    EXPECT_EQ(lost(model_of(9, padded, "", "y = Pad<pads = [0,0,0,1,0,0,0,1], value = 1.5>(x)")), 0) << type;
  }
}

TEST_F(Raise, PadLosesAValueThatItDoesNotUse) {
  const std::string signature = "(float[1,2,3,4] x) => (float[1,2,3,6] y)";
  const Graph model = model_of(9, signature, "", "y = Pad<mode = \"edge\", pads = [0,0,0,1,0,0,0,1], value = 1.5>(x)");
  EXPECT_EQ(lost(model), 0);
}

// Left behind at their own opset, they would make the raised model invalid; the unused one too.
TEST_F(Raise, FunctionsBecomeTheirNodes) {
  const Graph model = parse_text(R"(<ir_version: 8, opset_import: ["" : 13, "f" : 1]>
    m (float[2,3] x) => (float[2,3] y) { [call] y = f.swish(x) }
    <domain: "f", opset_import: ["" : 13]> swish (a) => (b) { s = Sigmoid(a) b = Mul(a, s) }
    <domain: "f", opset_import: ["" : 13]> unused (a) => (b) { b = Mul(a, a) })");
  EXPECT_EQ(lost(model), 0);
  std::vector<std::string> ops;
  const Graph raised = convert_opset(model, 21);
  for (const Node* node : raised.nodes()) ops.push_back(node->op());
  EXPECT_THAT(ops, testing::ElementsAre("Sigmoid", "Mul"));
}

TEST_F(Raise, RefusesAMaskOfDropoutThatIsRead) {
  const std::string signature = "(float[4] x) => (float[4] z)";
  const Graph read = model_of(9, signature, "", "[drop] y, mask = Dropout(x)\n z = Mul(y, mask)");
  EXPECT_THAT([&] { convert_opset(read, 13); },
              testing::ThrowsMessage<Error>(testing::HasSubstr(
                  "the mask of 'drop' (Dropout) is read, and it means something else from opset 12 on")));
  EXPECT_EQ(lost(model_of(9, signature, "", "[drop] y, mask = Dropout(x)\n z = Relu(y)")), 0);
}

// Its scale and bias are per group before opset 21, per channel since.
TEST_F(Raise, GroupNormalizationHasAScaleForEachChannel) {
  const std::string signature = "(float[2,6,3,3] x) => (float[2,6,3,3] y)",
                    numbers = "float[3] s = {1, 2, 3}, float[3] b = {0.5, 0, -1}";
  for (const int opset : {18, 20}) {
    const Graph model = model_of(opset, signature, numbers, "[norm] y = GroupNormalization<num_groups = 3>(x, s, b)");
    const std::vector<double> before = run(model), after = run(convert_opset(model, 21));
    ASSERT_EQ(before.size(), after.size());
    for (size_t i = 0; i < before.size(); ++i) ASSERT_NEAR(before[i], after[i], 1e-6) << opset << " " << i;
  }
}

TEST_F(Raise, AGroupNormalizationWithAComputedScaleIsRefused) {
  const Graph model = model_of(18, "(float[2,6,3,3] x, float[3] s) => (float[2,6,3,3] y)", "float[3] b = {0.5, 0, -1}",
                               "[norm] y = GroupNormalization<num_groups = 3>(x, s, b)");
  try {
    convert_opset(model, 21);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "'norm' (GroupNormalization) has one scale and bias for each group, from opset 21 on it has one for each "
              "channel, and 's' is no constant of 3 numbers or the number of channels not known");
  }
}

TEST_F(Raise, AGroupNormalizationWithAScaleForEachChannelIsNotLowered) {
  const Graph model = model_of(21, "(float[2,6,3,3] x) => (float[2,6,3,3] y)",
                               "float[6] s = {1, 2, 3, 4, 5, 6}, float[6] b = {0.5, 0, -1, 0, 0, 1}",
                               "[norm] y = GroupNormalization<num_groups = 3>(x, s, b)");
  try {
    convert_opset(model, 20);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.message(),
                testing::StartsWith("the node 'norm' (GroupNormalization) cannot be converted from opset 21 to 20: "));
  }
}

}  // namespace
}  // namespace quoin
