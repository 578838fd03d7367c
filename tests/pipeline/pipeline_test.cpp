#include "quoin/pipeline.h"

#include "quantize/emitted.h"

namespace quoin {
namespace {

using testing::HasSubstr;

class Pipeline : public testing::Test {
 protected:
  void SetUp() override {
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
};

TEST_F(Pipeline, QuantizesInOneCall) {
  const Graph model = resnet_block();
  const QuantizeResult result =
      quantize_model(model, load_target("onnxruntime-cpu"), *onnxruntime(), random_dataset(model, 4));
  EXPECT_GE(result.max_abs_difference, 0);
  EXPECT_LT(result.max_abs_difference, 1e-4);
  EXPECT_EQ(result.cost.samples, 4U);
  EXPECT_GT(result.cost.calibrate_seconds, 0);
  EXPECT_GT(result.cost.peak_memory_mib, 1);
  EXPECT_EQ(result.model.quantized_units(), 6);
  EXPECT_THAT(qdq_places(result.emitted.graph), HasSubstr("Conv conv1(q, int8[0], int32[0])"));
  EXPECT_EQ(qdq_places(model).find("int8"), std::string::npos) << "the input is left as it is";
}

TEST_F(Pipeline, TheProofMayBeLeftOut) {
  const Graph model = resnet_block();
  const QuantizeResult result =
      quantize_model(model, load_target("tensorrt"), *onnxruntime(), random_dataset(model, 2), {.prove = false});
  EXPECT_EQ(result.max_abs_difference, -1);
  EXPECT_EQ(result.cost.prove_seconds, 0);
}

TEST_F(Pipeline, GivesTheSameBytesTwice) {
  const Graph model = resnet_block();
  const auto once = [&](int threads) {
    QuantizeOptions options;
    options.collect.threads = threads;
    return serialize(
        quantize_model(model, load_target("onnxruntime-cpu"), *onnxruntime(), random_dataset(model, 8), options)
            .emitted.graph);
  };
  EXPECT_EQ(once(1), once(4));
}

TEST_F(Pipeline, AListThatMatchesNothingIsAnError) {
  const Graph model = model_of("float[1,4] x", "float[1,4] y", {}, "[tanh] y = Tanh(x)");
  EXPECT_EQ(
      error_text([&] { quantize_model(model, load_target("tensorrt"), *onnxruntime(), random_dataset(model, 1)); }),
      "the list 'smart' matched nothing in this model (1 node): there is nothing to quantize | `quoin explain` says "
      "why each "
      "pattern does not match; or give another list");
}

TEST_F(Pipeline, AListThatOpensNoPointIsAnError) {
  const Graph model = model_of("float[1,16,8,8] x", "float[1,16,8,8] y", {random_initializer("w", {16, 1, 3, 3})},
                               "[depthwise] y = Conv <group = 16, pads = [1, 1, 1, 1]> (x, w)");
  EXPECT_EQ(
      error_text([&] { quantize_model(model, load_target("tensorrt"), *onnxruntime(), random_dataset(model, 1)); }),
      "the list 'smart' made 1 unit, but no Q/DQ point was opened for target 'tensorrt'; 1 unit of a pattern that "
      "declares "
      "no point: fused, never quantized | nothing here pays in integers on this target: ship the float model, or try "
      "another list or target; `quoin explain` lists every closed point");
  EXPECT_THAT(error_text([&] {
                quantize_model(resnet_block(), load_target("tensorrt"), *onnxruntime(),
                               random_dataset(resnet_block(), 1),
                               {.config = {.skip_weight_quant_for = {"Conv", "Gemm"}}});
              }),
              testing::AllOf(HasSubstr("no Q/DQ point was opened for target 'tensorrt'; "), HasSubstr(" closed: "),
                             HasSubstr(" (first: input(stem) of '")));
}

TEST_F(Pipeline, ARewriteThatChangesNumbersIsAnError) {
  const Graph model = model_of("float[1,4] x", "float[1,4] y", {}, "[relu] y = Relu(x)");
  const Graph wrong = model_of("float[1,4] x", "float[1,4] y", {}, "[relu] y = Tanh(x)");
  EXPECT_THAT(error_text([&] { prove_lossless(model, wrong, *onnxruntime()); }),
              testing::MatchesRegex(
                  "the rewrite is not lossless: the output 'y' differs by .*, where values reach .* \\(allowed: "
                  ".*\\) \\| leave patterns out of the list one by one to find the one that changes it"));
  const Graph other_type = model_of("float[1,4] x", "int64[1,4] y", {}, "[cast] y = Cast <to = 7> (x)");
  EXPECT_EQ(error_text([&] { prove_lossless(model, other_type, *onnxruntime()); }),
            "the rewrite changes type or shape of the output 'y'");
  EXPECT_EQ(prove_lossless(model, model, *onnxruntime()).max_abs_difference, 0);
}

TEST_F(Pipeline, TransformProved) {
  const ProvedTransform proved = transform_proved(resnet_block(), load_target("tensorrt").smart, *onnxruntime());
  EXPECT_FALSE(proved.result.matches.units.empty());
  EXPECT_LT(proved.proof.max_abs_difference, 1e-4);
  EXPECT_GT(proved.proof.max_magnitude, 0);
}

}  // namespace
}  // namespace quoin
