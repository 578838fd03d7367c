// Values without elements, and shapes that the calibration data contradict.
#include "quantize/emitted.h"

namespace quoin {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class EmptyValues : public testing::Test {
 protected:
  void SetUp() override {
    if (!onnxruntime()) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
  struct Made {
    std::vector<std::string> notes;
    Graph graph;
  };
  static Made make(const Graph& model, const Dataset& data, const std::string& target = "onnxruntime-cpu") {
    QuantizedModel quantized = plan_qdq(model, target);
    calibrate(quantized, *onnxruntime(), data);
    EmitResult result = emit(quantized);
    check_model(result.graph);
    Made made;
    for (const EmitNote& note : result.notes) made.notes.push_back(note.node + ": " + note.text);
    made.graph = std::move(result.graph);
    const auto session = onnxruntime()->open_bytes(serialize(made.graph));
    for (size_t i = 0; i < data.size(); ++i) session->run(data.sample(i).inputs);
    return made;
  }
};

TEST_F(EmptyValues, AnEmptyConstantFitsAnyRange) {
  const Graph model = model_of("float[1,16,4,4] x", "float[1,16,4,4] y",
                               {"float[1,0,4,4] none = {}", random_initializer("w", {16, 16, 1, 1}, 0.3F)},
                               "[join] j = Concat <axis = 1> (x, none)\n[conv] y = Conv(j, w)");
  const Made made = make(model, random_dataset(model, 4));
  EXPECT_THAT(qdq_places(made.graph), HasSubstr("Conv conv(q, int8[0])"));
}

// Rows of x above 99: none.
Graph branch_without_rows() {
  return model_of("float[8,16] x", "float[n,16] y, float[8,16] z",
                  {"float most = {99}", random_initializer("w0", {16, 16}, 0.3F),
                   random_initializer("w1", {16, 16}, 0.3F), "int64[1] last = {1}", "int64[1] flat = {-1}"},
                  R"(
    [all] z = MatMul(x, w0)
    [max] m = ReduceMax <axes = [1], keepdims = 0> (x)
    [over] o = Greater(m, most)
    [some] s = Compress <axis = 0> (x, o)
    [fc] y = MatMul(s, w1))");
}

TEST_F(EmptyValues, ABranchThatNoSampleTakesStaysFloatWithANote) {
  const Graph model = branch_without_rows();
  for (const char* target : {"onnxruntime-cpu", "openvino-cpu", "tensorrt"}) {
    const Made made = make(model, random_dataset(model, 4), target);
    EXPECT_THAT(made.notes, Contains(HasSubstr("some: 's' held nothing in any calibration sample: it has no range, and "
                                               "'FusedLinear_2' stays float")))
        << target;
    EXPECT_THAT(qdq_places(made.graph), HasSubstr("MatMul all(q, int8[1])")) << target;
    EXPECT_THAT(qdq_places(made.graph), HasSubstr("MatMul fc(x, const)")) << target;
  }
}

// x and z both name their second axis t; it is 6 and 9.
TEST_F(EmptyValues, ADimensionOfTwoSizesGetsTwoNames) {
  const Graph model = model_of("float[n,t,16] x, float[n,t,16] z", "float[n,u,16] y",
                               {random_initializer("w0", {16, 16}, 0.3F), random_initializer("w1", {16, 16}, 0.3F)},
                               R"(
    [a] p = MatMul(x, w0)
    [b] q = MatMul(z, w1)
    [join] y = Concat <axis = 1> (p, q))");
  const Dataset data(4, [](size_t) {
    Sample sample;
    sample.inputs = {{"x", Tensor::from(Shape{1, 6, 16}, std::vector<float>(96, 0.5F))},
                     {"z", Tensor::from(Shape{1, 9, 16}, std::vector<float>(144, 0.25F))}};
    return sample;
  });
  const Made made = make(model, data);
  EXPECT_THAT(made.notes, Contains(HasSubstr("the dimension 't' was of several sizes in one calibration sample")));
  EXPECT_EQ(made.graph.find_value("x")->dims()[1].name, "x_t_1");
  EXPECT_EQ(made.graph.find_value("z")->dims()[1].name, "z_t_1");
  EXPECT_EQ(made.graph.find_value("x")->dims()[0].name, "n") << "that one is true";
  EXPECT_EQ(made.graph.find_value("y")->dims()[1].name, "u");
}

TEST_F(EmptyValues, AFalseShapeOfAnInnerValueIsLeftOut) {
  // value_info says [1,16]; it is [4,16].
  const Graph model = parse_text(fmt::format(
      R"(<ir_version: 8, opset_import: ["" : 13]> g (float[m,16] x) => (float[m,16] y)
         <{}, {}, float[1,16] p> {{ [a] p = MatMul(x, w0)  [act] r = Relu(p)  [b] y = MatMul(r, w1) }})",
      random_initializer("w0", {16, 16}, 0.3F), random_initializer("w1", {16, 16}, 0.3F)));
  if (!model.find_value("p")->has_rank() || model.find_value("p")->dim(0) != 1) GTEST_SKIP() << "inference knew better";
  const Dataset data(2, [](size_t) {
    Sample sample;
    sample.inputs = {{"x", Tensor::from(Shape{4, 16}, std::vector<float>(64, 0.5F))}};
    return sample;
  });
  const Made made = make(model, data);
  for (const Value* value : std::as_const(made.graph).values()) {
    if (!value->has_rank() || value->rank() != 2 || value->constant()) continue;
    EXPECT_NE(value->dim(0), 1) << value->name();
  }
}

}  // namespace
}  // namespace quoin
