// What a rewrite is proved on, and what the proof lets through.
#include "quoin/prove.h"

#include "quantize/emitted.h"
#include "quoin/pipeline.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Prove : public testing::Test {
 protected:
  void SetUp() override {
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
};

Graph graph_of(const std::string& text) { return parse_text("<ir_version: 8, opset_import: [\"\" : 17]>\n" + text); }

Dataset lengths(std::vector<int64_t> sizes) {
  return Dataset(
      sizes.size(),
      [sizes](size_t index) {
        const int64_t size = sizes[index];
        return Sample{{{"x", Tensor::from<float>({1, 1, size}, std::vector<float>(static_cast<size_t>(size), 0.5F))}},
                      {}};
      },
      "sounds");
}

TEST_F(Prove, RunsOnTheFirstSampleAndOneOfAnotherSize) {
  const Graph model = graph_of("g (float[N,1,L] x) => (float[N,1,M] y) { y = MaxPool <kernel_shape = [70]> (x) }");
  const Dataset data = lengths({80, 80, 90, 100});
  const Proof proof = prove_lossless(model, model, *onnxruntime(), {.data = &data});
  EXPECT_EQ(proof.inputs, "samples 0 and 2 of sounds (x 1x1x80; x 1x1x90)");
  EXPECT_EQ(proof.max_abs_difference, 0);
  EXPECT_EQ(proof.max_magnitude, 0.5);
  const Dataset one = lengths({70});
  EXPECT_EQ(prove_lossless(model, model, *onnxruntime(), {.data = &one}).inputs, "sample 0 of sounds (x 1x1x70)");
}

TEST_F(Prove, GathersSamplesForAFixedBatch) {
  const Graph model = graph_of("g (float[3,1,4] x) => (float[3,1,4] y) { y = Relu(x) }");
  const Dataset data = lengths({4, 4, 4, 4});
  EXPECT_EQ(prove_lossless(model, model, *onnxruntime(), {.data = &data}).inputs,
            "samples 0 to 2 and 3 to 3 of sounds (x 3x1x4)");
}

TEST_F(Prove, NaNAloneProvesNothing) {
  const Graph model = graph_of("g (float[1,1,4] x) => (float[1,1,4] y) { y = Log(x) }");
  const auto data = [](std::vector<float> values) {
    return Dataset(
        values.size(),
        [values](size_t index) {
          return Sample{{{"x", Tensor::from<float>({1, 1, 4}, std::vector<float>(4, values[index]))}}, {}};
        },
        "numbers");
  };
  const Dataset later = data({-1, -1, -1, 2});
  EXPECT_EQ(prove_lossless(model, model, *onnxruntime(), {.data = &later}).inputs, "sample 3 of numbers (x 1x1x4)");
  const Dataset never = data({-1, -2, -3});
  EXPECT_EQ(
      error_text([&] { prove_lossless(model, model, *onnxruntime(), {.data = &never}); }),
      "your model gives nothing but NaN and infinity on the first 3 samples of numbers, so that nothing made of it "
      "can be proved | check that the data are what the model takes (scale, missing values), and its constants "
      "for NaN");
}

TEST_F(Prove, AModelThatTheRuntimeCannotRunIsBadInput) {
  const Graph model =
      graph_of("g (float[N,1,L] x) => (float[A] y) <int64[1] s = {7}> { [reshape_it] y = Reshape(x, s) }");
  const Dataset data = lengths({8});
  EXPECT_THAT(
      error_text([&] { prove_lossless(model, model, *onnxruntime(), {.data = &data}); }),
      AllOf(HasSubstr("ONNX Runtime cannot run your model on sample 0 of sounds (x 1x1x8), so that nothing made of it "
                      "can be proved: "),
            HasSubstr("reshape_it")));
  const Graph unknown = parse_text(
      "<ir_version: 8, opset_import: [\"\" : 17, \"com.acme\" : 1]>\ng (float[1,1,8] x) => (float[1,1,8] y) { "
      "[strange] y = "
      "com.acme.NoSuchOp(x) }");
  EXPECT_THAT(error_text([&] { prove_lossless(unknown, unknown, *onnxruntime()); }),
              AllOf(HasSubstr("ONNX Runtime cannot run your model, so that nothing"), HasSubstr("NoSuchOp")));
}

// The largest of numbers that are equal but for rounding: nothing of the rewrite's.
TEST_F(Prove, DecisionsOnRoundingAreNamed) {
  const Graph model =
      graph_of("g (float[1,4] x) => (bool[1,4] y, float[1,4] z) <float[1] c = {0.5}> { z = Relu(x)\n y = Less(x, c) }");
  const Graph other = graph_of(
      "g (float[1,4] x) => (bool[1,4] y, float[1,4] z) <float[1] c = {0.50000006}> { z = Relu(x)\n y = Less(x, c) }");
  const Dataset data(
      1,
      [](size_t) {
        return Sample{{{"x", Tensor::from<float>({1, 4}, std::vector<float>{0.5F, 0.5F, 0.5F, 2})}}, {}};
      },
      "ties");
  EXPECT_THAT(prove_lossless(model, other, *onnxruntime(), {.data = &data}).undecided, ElementsAre("y"));
  EXPECT_THAT(prove_lossless(model, model, *onnxruntime(), {.data = &data}).undecided, IsEmpty());
  // Not where the model is sure.
  const Graph wrong =
      graph_of("g (float[1,4] x) => (bool[1,4] y, float[1,4] z) <float[1] c = {3}> { z = Relu(x)\n y = Less(x, c) }");
  const Dataset sure(
      1,
      [](size_t) {
        return Sample{{{"x", Tensor::from<float>({1, 4}, std::vector<float>{1, 1, 1, 2})}}, {}};
      },
      "sure");
  EXPECT_EQ(error_text([&] { prove_lossless(model, wrong, *onnxruntime(), {.data = &sure}); }),
            "the rewrite changes the output 'y', which is bool");
}

// 32 products of one row, as of a decoder with past keys: why nothing is quantized is told by reason.
TEST_F(Prove, ClosedPointsAreToldByReason) {
  const Graph model =
      model_of("float[1,32] x", "float[1,32] y", {random_initializer("a", {32, 32}), random_initializer("b", {32, 32})},
               "[first] f = MatMul(x, a)\n[second] y = MatMul(f, b)");
  EXPECT_THAT(
      error_text([&] { quantize_model(model, load_target("tensorrt"), *onnxruntime(), random_dataset(model, 1)); }),
      AllOf(HasSubstr("made 2 units, but no Q/DQ point was opened for target 'tensorrt'; "),
            HasSubstr("a product with one row or column is bound by memory"), HasSubstr("(first: "),
            HasSubstr("ship the float model")));
}

}  // namespace
}  // namespace quoin
