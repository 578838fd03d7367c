// Weights that the file lists as inputs too.
#include "emitted.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Graph model_of_ir(int ir, int opset) {
  return parse_text(fmt::format(
      "<ir_version: {}, opset_import: [\"\" : {}]>\nm (float[1,4] x, float[4,4] w, float[4] b, float[4] k) => "
      "(float[1,4] z) <{}, {}, {}> "
      "{{\n[product] y = Gemm(x, w, b)\n[scale] z = Mul(y, k)\n}}",
      ir, opset, random_initializer("w", {4, 4}), random_initializer("b", {4}), random_initializer("k", {4})));
}

EmitResult quantized(const Graph& model) {
  QuantizedModel plan = plan_qdq(model, "openvino-cpu");
  give_ranges(plan, -1, 1);
  return emit(plan);
}

std::vector<std::string> inputs_of(const Graph& graph) {
  std::vector<std::string> names;
  for (const Value* input : graph.inputs()) names.push_back(input->name());
  return names;
}

TEST(WeightInputs, OfOldFilesAreConstants) {
  const EmitResult result = quantized(model_of_ir(3, 8));
  EXPECT_THAT(inputs_of(result.graph), ElementsAre("x"));
  EXPECT_EQ(result.graph.find_value("w"), nullptr) << "the float weight";
  ASSERT_EQ(result.notes.size(), 1u);
  EXPECT_THAT(result.notes[0].text, HasSubstr("listed as inputs beside their values, as IR version 3 wanted"));
}

TEST(WeightInputs, WithDefaultsAreTold) {
  const EmitResult result = quantized(model_of_ir(8, 13));
  EXPECT_EQ(result.graph.find_value("w"), nullptr);
  ASSERT_EQ(result.notes.size(), 1u);
  EXPECT_THAT(result.notes[0].text, HasSubstr("a caller can no longer give another weight there"));
  for (const Value* input : result.graph.inputs()) {
    EXPECT_TRUE(!input->is_initializer() || !input->uses().empty()) << input->name();
  }
}

TEST(WeightInputs, NothingIsSaidWhereThereAreNone) {
  const Graph model = model_of({"float[1,4] x"}, "float[1,4] y", {random_initializer("w", {4, 4})}, "y = MatMul(x, w)");
  EXPECT_THAT(quantized(model).notes, IsEmpty());
}

}  // namespace
}  // namespace quoin
