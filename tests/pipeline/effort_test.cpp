#include "quoin/effort.h"

#include "quantize/emitted.h"

namespace quoin {
namespace {

TEST(Effort, HasThreeNames) {
  for (const Effort effort : {Effort::kFast, Effort::kDefault, Effort::kBest})
    EXPECT_EQ(parse_effort(to_string(effort)), effort);
  EXPECT_EQ(error_text([] { parse_effort("beste"); }),
            "there is no effort 'beste', did you mean 'best'? | the efforts are fast, default and best");
}

TEST(Effort, FastTakesStepsAwayButNotWhatWasSaid) {
  QuantizeOptions options;
  apply(Effort::kFast, options);
  EXPECT_EQ(options.config.activation.method, RangeMethod::kMinMax);
  EXPECT_FALSE(options.equalize || options.round_weights);
  EXPECT_TRUE(options.correct_biases);
  QuantizeOptions said;
  said.config.activation.method = RangeMethod::kEntropy;
  said.correct_biases = false;
  apply(Effort::kFast, said);
  EXPECT_EQ(said.config.activation.method, RangeMethod::kEntropy);
  EXPECT_FALSE(said.correct_biases);
}

TEST(Effort, DefaultAndBestLeaveEveryStep) {
  for (const Effort effort : {Effort::kDefault, Effort::kBest}) {
    QuantizeOptions options;
    options.equalize = false;
    apply(effort, options);
    EXPECT_FALSE(options.config.activation.method.has_value());
    EXPECT_TRUE(options.round_weights && options.correct_biases);
    EXPECT_FALSE(options.equalize) << "what was said wins";
  }
}

TEST(Effort, BestCorrectsEveryBiasByAllSamples) {
  QuantizeOptions usual, best;
  apply(Effort::kDefault, usual);
  apply(Effort::kBest, best);
  EXPECT_LT(usual.propagation.most_samples, best.propagation.most_samples);
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  const Graph model = resnet_block();
  const Dataset data = random_dataset(model, 40);
  const auto made = [&](const QuantizeOptions& options) {
    return serialize(
        quantize_model(model, load_target("onnxruntime-cpu"), *onnxruntime(), data, options).emitted.graph);
  };
  EXPECT_NE(made(usual), made(best)) << "40 samples, of which the default looks at 32";
}

TEST(Effort, FastIsOnePass) {
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  const Graph model = resnet_block();
  QuantizeOptions options;
  apply(Effort::kFast, options);
  const QuantizeResult made =
      quantize_model(model, load_target("onnxruntime-cpu"), *onnxruntime(), random_dataset(model, 4), options);
  EXPECT_TRUE(made.equalizations.empty() && made.roundings.empty() && made.ranges.empty());
  EXPECT_FALSE(made.corrections.empty());
}

}  // namespace
}  // namespace quoin
