// Sequences and optionals at the ends of a model, taken apart for engines that are fed tensors.
#include "onnx/tensor_ports.h"

#include "engine/onnxruntime.h"

namespace quoin {
namespace {

using testing::ElementsAre;

std::vector<std::string> names_of(const std::vector<Value*>& values) {
  std::vector<std::string> names;
  for (const Value* value : values) names.push_back(value->name());
  return names;
}

Graph graph_of(const std::string& text) { return parse_text("<ir_version: 8, opset_import: [\"\" : 17]>\n" + text); }

class TensorPorts : public OnnxRuntimeTest {
 protected:
  static NamedTensors run(const Graph& graph, const NamedTensors& feeds) {
    return onnxruntime()->open_bytes(serialize(graph), {.level = OptimizationLevel::kNone})->run(feeds);
  }
};

TEST_F(TensorPorts, ASequenceIsTwoTensorsAndItsElements) {
  const Graph model = graph_of("g (seq(float[N]) s) => (seq(float[N]) t) { t = Identity(s) }");
  EXPECT_TRUE(has_other_ports(model));
  const Graph tensors = with_tensor_ports(model);
  EXPECT_FALSE(has_other_ports(tensors));
  EXPECT_THAT(names_of(tensors.inputs()), ElementsAre("s/0", "s/1"));
  EXPECT_THAT(names_of(tensors.outputs()), ElementsAre("t/length", "t/elements"));
}

TEST_F(TensorPorts, RunAsTheyDid) {
  const Graph model = graph_of("g (seq(float[N]) s, float[1] x) => (seq(float[N]) t) { t = SequenceInsert(s, x) }");
  const NamedTensors outputs =
      run(with_tensor_ports(model), {{"s/0", Tensor::from<float>({2}, std::vector<float>{1, 2})},
                                     {"s/1", Tensor::from<float>({1}, std::vector<float>{3})},
                                     {"x", Tensor::from<float>({1}, std::vector<float>{4})}});
  EXPECT_EQ(outputs.at(0).second, Tensor::scalar<int64_t>(3));
  EXPECT_THAT(outputs.at(1).second.to_floats(), ElementsAre(1, 2, 3, 4));
}

TEST_F(TensorPorts, AnOptionalIsThere) {
  const Graph model = graph_of("g (optional(float[2]) o) => (float[2] y) { y = OptionalGetElement(o) }");
  const Graph tensors = with_tensor_ports(model);
  EXPECT_THAT(names_of(tensors.inputs()), ElementsAre("o/value"));
  const NamedTensors outputs = run(tensors, {{"o/value", Tensor::from<float>({2}, std::vector<float>{1, 2})}});
  EXPECT_THAT(outputs.at(0).second.to_floats(), ElementsAre(1, 2));
}

TEST(TensorPortsOfTensors, AreAsTheyWere) { EXPECT_FALSE(has_other_ports(parse_text(kAddModel))); }

}  // namespace
}  // namespace quoin
