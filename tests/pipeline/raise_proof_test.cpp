// The proof runs the model in the opset that its file will have.
#include "quantize/emitted.h"
#include "quoin/pipeline.h"

namespace quoin {
namespace {

using testing::HasSubstr;

// Scales that nobody can know before it runs: a Resize of opset 10 that shrinks takes the pixels above, one that grows
// those below, and since opset 11 one has to say which.
Graph model_with_scales(const std::string& scales) {
  return model_of("float[1,4,8,8] x", "float[1,4,h,w] y",
                  {random_initializer("w", {4, 4, 1, 1}), "float[4] s = {" + scales + "}"},
                  "[conv] c = Conv(x, w)\n[computed] r = Relu(s)\n[size] y = Resize<mode = \"nearest\">(c, r)", 10);
}

TEST(RaiseProof, SeesWhatRaisingTheOpsetChanges) {
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  const auto quantized = [](const std::string& scales) {
    const Graph model = model_with_scales(scales);
    return quantize_model(model, load_target("onnxruntime-cpu"), *onnxruntime(), random_dataset(model, 2));
  };
  EXPECT_EQ(quantized("1, 1, 2.5, 2").max_abs_difference, 0);
  EXPECT_THAT(error_text([&] { quantized("1, 1, 0.4, 0.7"); }), HasSubstr("the rewrite is not lossless"));
}

}  // namespace
}  // namespace quoin
