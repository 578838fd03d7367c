#include "quoin/engine.h"

#include <gmock/gmock.h>

#include "onnxruntime.h"

namespace quoin {
namespace {

using testing::ElementsAre;

TEST(OpenEngine, UnknownNameIsAnErrorWithASuggestion) {
  const Error error = error_of([] { open_engine("onxruntime"); });
  EXPECT_EQ(error.code(), ErrorCode::kUsage);
  EXPECT_EQ(error.message(), "there is no engine 'onxruntime', did you mean 'onnxruntime'?");
  EXPECT_EQ(error.remedy(), "The engines are: onnxruntime, openvino, tensorrt.");
}

TEST(OpenEngine, NamesAreListed) { EXPECT_THAT(engine_names(), ElementsAre("onnxruntime", "openvino", "tensorrt")); }

TEST(OpenEngine, AChosenLibraryThatIsMissingIsNotReplacedByAnother) {
  const Error error = error_of([] { open_engine("onnxruntime", {.library = "/nowhere/libonnxruntime.so.1"}); });
  EXPECT_EQ(error.code(), ErrorCode::kMissingRuntime);
  EXPECT_THAT(error.message(), testing::StartsWith("ONNX Runtime's library was not found; tried:\n"
                                                   "  /nowhere/libonnxruntime.so.1 cannot be opened: "));
  EXPECT_EQ(error.remedy(),
            "Install it (pip install onnxruntime), or set QUOIN_ONNXRUNTIME to the path of its libonnxruntime.so.1.");
}

TEST(OpenEngine, ALibraryThatIsNotOnnxRuntimeIsRefused) {
  const Error error = error_of([] { open_engine("onnxruntime", {.library = "libm.so.6"}); });
  EXPECT_EQ(error.message(),
            "ONNX Runtime's library was not found; tried:\n"
            "  libm.so.6 is not ONNX Runtime: it has no OrtGetApiBase");
}

TEST(CpuInfo, NamesTheProcessor) {
  EXPECT_FALSE(cpu_info().name.empty());
  EXPECT_GE(cpu_info().cores, 1);
}

TEST(CpuInfo, FeaturesAreWords) {
  CpuInfo info;
  EXPECT_EQ(info.features(), "");
  EXPECT_FALSE(info.exact_u8s8());
  info.avx2 = info.avx512 = info.avx512_vnni = true;
  EXPECT_EQ(info.features(), "AVX2 AVX-512 VNNI");
  EXPECT_TRUE(info.exact_u8s8());
}

FakeModel doubling() {
  return {.inputs = {{"x", DataType::kFloat, {-1, 2}}}, .outputs = {{"y", DataType::kFloat, {-1, 2}}}};
}

std::unique_ptr<Engine> fake() {
  return make_fake_engine(doubling(), [](const NamedTensors& feeds) -> NamedTensors {
    std::vector<float> values = feeds.at(0).second.to_floats();
    for (float& value : values) value *= 2;
    return {{"y", Tensor::from<float>(feeds.at(0).second.shape(), values)}};
  });
}

TEST(FakeEngine, RunsWhatItIsGiven) {
  const std::unique_ptr<Engine> engine = fake();
  EXPECT_EQ(engine->name(), "fake");
  EXPECT_EQ(engine->library(), "");
  const auto session = engine->open_bytes("not looked at");
  const NamedTensors results = session->run({{"x", Tensor::from<float>({1, 2}, {1, 2})}});
  ASSERT_EQ(results.size(), 1U);
  EXPECT_EQ(results[0].first, "y");
  EXPECT_THAT(results[0].second.to_floats(), ElementsAre(2, 4));
}

TEST(FakeEngine, ChecksItsFeeds) {
  const auto session = fake()->open_file("not looked at");
  const Error error = error_of([&] { session->run({{"x", Tensor::from<float>({1, 3}, {1, 2, 3})}}); });
  EXPECT_EQ(error.message(), "input 'x' is fed float[1,3], but the model takes float[?,2]");
}

TEST(FakeEngine, HasOneFloatKernelPerOutput) {
  const auto kernels = fake()->kernels("", {{"x", Tensor::from<float>({1, 2}, {1, 2})}});
  ASSERT_EQ(kernels.size(), 1U);
  EXPECT_EQ(kernels[0].node, "y");
  EXPECT_FALSE(kernels[0].integer);
  EXPECT_FALSE(kernels[0].conversion);
}

}  // namespace
}  // namespace quoin
