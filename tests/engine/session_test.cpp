#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "onnxruntime.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SessionTest : public OnnxRuntimeTest {
 protected:
  static std::unique_ptr<Session> open(std::string_view text, const SessionOptions& options = {}) {
    return onnxruntime()->open_bytes(model_bytes(text), options);
  }
};

const Tensor kImage = Tensor::from<float>({2, 3}, {1, 2, 3, 4, 5, 6});
const Tensor kOffset = Tensor::from<float>({3}, {10, 20, 30});

TEST_F(SessionTest, EngineSaysWhatItIs) {
  EXPECT_EQ(onnxruntime()->name(), "onnxruntime");
  EXPECT_THAT(onnxruntime()->version(), testing::StartsWith("1."));
  EXPECT_THAT(onnxruntime()->library(), HasSubstr("libonnxruntime.so"));
  EXPECT_STREQ(std::getenv("ORT_DISABLE_TELEMETRY"), "1");
}

TEST_F(SessionTest, PortsAreDescribed) {
  const auto session = open(kAddModel);
  ASSERT_EQ(session->inputs().size(), 2U);
  EXPECT_EQ(session->inputs()[0].name, "image");
  EXPECT_EQ(session->inputs()[0].type, DataType::kFloat);
  EXPECT_THAT(session->inputs()[0].dims, ElementsAre(-1, 3));
  ASSERT_EQ(session->outputs().size(), 1U);
  EXPECT_EQ(session->outputs()[0].name, "y");
}

TEST_F(SessionTest, RunsWithFeedsInAnyOrderAtEveryLevel) {
  for (const OptimizationLevel level :
       {OptimizationLevel::kNone, OptimizationLevel::kBasic, OptimizationLevel::kFull}) {
    const NamedTensors results =
        open(kAddModel, {.level = level, .threads = 1})->run({{"offset", kOffset}, {"image", kImage}});
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].first, "y");
    EXPECT_EQ(results[0].second, Tensor::from<float>({2, 3}, {11, 22, 33, 14, 25, 36}));
  }
}

TEST_F(SessionTest, UnknownFeed) {
  const auto session = open(kAddModel);
  const Error error = error_of([&] { session->run({{"imag", kImage}, {"offset", kOffset}}); });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.message(), "the model has no input 'imag', did you mean 'image'?");
  EXPECT_EQ(error.remedy(), "Its inputs are 'image' (float[?,3]), 'offset' (float[3]).");
}

TEST_F(SessionTest, MissingFeed) {
  const auto session = open(kAddModel);
  const Error error = error_of([&] { session->run({{"image", kImage}}); });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.message(), "input 'offset' is not fed");
  EXPECT_EQ(error.remedy(), "Feed a float[3] tensor named 'offset'.");
}

TEST_F(SessionTest, RepeatedFeed) {
  const auto session = open(kAddModel);
  const Error error = error_of([&] { session->run({{"image", kImage}, {"image", kImage}}); });
  EXPECT_EQ(error.message(), "input 'image' is fed twice");
}

TEST_F(SessionTest, WrongType) {
  const auto session = open(kAddModel);
  const Error error = error_of([&] {
    session->run({{"image", Tensor::from<double>({1, 3}, {1, 2, 3})}, {"offset", kOffset}});
  });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.message(), "input 'image' is fed double[1,3], but the model takes float[?,3]");
  EXPECT_EQ(error.remedy(), "Feed a tensor of the model's type.");
}

TEST_F(SessionTest, WrongShapeAndRank) {
  const auto session = open(kAddModel);
  const Error shape = error_of([&] {
    session->run({{"image", Tensor::from<float>({1, 2}, {1, 2})}, {"offset", kOffset}});
  });
  EXPECT_EQ(shape.message(), "input 'image' is fed float[1,2], but the model takes float[?,3]");
  EXPECT_EQ(shape.remedy(), "Feed a tensor of the model's shape.");
  const Error rank = error_of([&] { session->run({{"image", kOffset}, {"offset", kOffset}}); });
  EXPECT_EQ(rank.message(), "input 'image' is fed float[3], but the model takes float[?,3]");
}

TEST_F(SessionTest, ThreadsMustBePositive) {
  const Error error = error_of([] { open(kAddModel, {.level = OptimizationLevel::kFull, .threads = 0}); });
  EXPECT_EQ(error.code(), ErrorCode::kUsage);
  EXPECT_EQ(error.message(), "a session cannot run on 0 threads");
}

TEST_F(SessionTest, EveryElementTypeGoesInAndOut) {
  const auto same = [](const std::string& type, const Tensor& tensor) {
    const auto session = open(
        "<ir_version: 8, opset_import: [\"\" : 14]>\n"
        "same (" +
        type + "[N] x) => (" + type + "[N] y) { y = Identity(x) }");
    EXPECT_EQ(session->run({{"x", tensor}}).at(0).second, tensor) << type;
  };
  same("float", Tensor::from<float>({2}, {1, -2}));
  same("double", Tensor::from<double>({2}, {1, -2}));
  same("int8", Tensor::from<int8_t>({3}, {-128, 0, 127}));
  same("uint8", Tensor::from<uint8_t>({3}, {0, 1, 255}));
  same("int16", Tensor::from<int16_t>({2}, {-300, 300}));
  same("uint16", Tensor::from<uint16_t>({2}, {0, 65535}));
  same("int32", Tensor::from<int32_t>({2}, {-70000, 70000}));
  same("uint32", Tensor::from<uint32_t>({2}, {0, 4000000000U}));
  same("int64", Tensor::from<int64_t>({2}, {-5000000000, 5000000000}));
  same("uint64", Tensor::from<uint64_t>({2}, {0, 5000000000U}));
  same("bool", Tensor(DataType::kBool, {2}, std::string("\1\0", 2)));
  same("float16", Tensor(DataType::kFloat16, {2}, std::string("\x00\x3c\x00\xc0", 4)));
  same("bfloat16", Tensor(DataType::kBfloat16, {2}, std::string("\x80\x3f\x00\xc0", 4)));
  same("string", Tensor({3}, std::vector<std::string>{"one", "", std::string("a\0b", 3)}));
  same("float", Tensor::from<float>({0}, std::vector<float>{}));
}

TEST_F(SessionTest, MisalignedBytesAreFed) {
  auto buffer = std::make_shared<std::vector<std::byte>>(3 * sizeof(float) + 1);
  const std::vector<float> values = {1, 2, 3};
  std::memcpy(buffer->data() + 1, values.data(), 3 * sizeof(float));
  const Tensor image(DataType::kFloat, {1, 3}, buffer, buffer->data() + 1, 3 * sizeof(float));
  EXPECT_THAT(open(kAddModel)->run({{"image", image}, {"offset", kOffset}}).at(0).second.to_floats(),
              ElementsAre(11, 22, 33));
}

TEST_F(SessionTest, LargeOutputsOutliveTheirSessionAndFeeds) {
  NamedTensors results;
  {
    const auto session = open(R"(
<ir_version: 8, opset_import: ["" : 13]>
keep (float[N] x) => (float[N] y, float[N] same) {
  y = Neg(x)
  same = Identity(x)
})");
    results = session->run({{"x", Tensor::from<float>({10000}, std::vector<float>(10000, 3.0F))}});
  }
  EXPECT_EQ(results.at(0).second.as<float>().back(), -3.0F);
  EXPECT_EQ(results.at(1).second.as<float>().back(), 3.0F);
}

TEST_F(SessionTest, AnOutputThatIsAnInputIsACopy) {
  const auto session = open(R"(
<ir_version: 8, opset_import: ["" : 13]>
pass (float[N] x) => (float[N] y, float[N] x) { y = Neg(x) })");
  const Tensor x = Tensor::from<float>({10000}, std::vector<float>(10000, 3.0F));
  const NamedTensors results = session->run({{"x", x}});
  EXPECT_EQ(results.at(1).second, x);
  EXPECT_FALSE(results.at(1).second.same_storage(x));
}

TEST_F(SessionTest, AModelWithoutInputsRuns) {
  const auto session = open(R"(
<ir_version: 8, opset_import: ["" : 13]>
none () => (float[2] y) { y = Constant <value_floats = [1.0, 2.0]> () })");
  EXPECT_THAT(session->run({}).at(0).second.to_floats(), ElementsAre(1, 2));
  const Error error = error_of([&] { session->run({{"x", kOffset}}); });
  EXPECT_EQ(error.remedy(), "The model has no inputs.");
}

TEST_F(SessionTest, AFailedRunCarriesTheEnginesMessage) {
  const auto session = open(R"(
<ir_version: 8, opset_import: ["" : 13]>
shaped (float[N] x, int64[K] s) => (float[A,B] y) { y = Reshape(x, s) })");
  const Error error = error_of([&] { session->run({{"x", kOffset}, {"s", Tensor::from<int64_t>({2}, {2, 2})}}); });
  EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
  EXPECT_THAT(error.message(), HasSubstr(" cannot run the model: "));
  EXPECT_THAT(error.message(), HasSubstr("Reshape"));
}

TEST_F(SessionTest, NonTensorPortsAreRefused) {
  const Error error = error_of([] {
    open(R"(
<ir_version: 8, opset_import: ["" : 13]>
split (float[4] x) => (seq(float[2]) parts) { parts = SplitToSequence(x) })");
  });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.message(), "output 'parts' of the model is not a tensor");
}

TEST_F(SessionTest, TruncatedModelIsRefused) {
  std::string bytes = model_bytes(kAddModel);
  bytes.resize(bytes.size() - 7);
  const Error error = error_of([&] { onnxruntime()->open_bytes(bytes); });
  EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
  EXPECT_THAT(error.message(), HasSubstr(" refuses the model: "));
  EXPECT_EQ(error.remedy(),
            "Check that the file is whole, and that this version of ONNX Runtime knows its opset and operators.");
  EXPECT_THROW(onnxruntime()->open_bytes(""), Error);
}

TEST_F(SessionTest, FilesAreOpenedAndMissingOnesNamed) {
  const std::string path = testing::TempDir() + "/quoin-engine-add.onnx";
  std::ofstream(path, std::ios::binary) << model_bytes(kAddModel);
  EXPECT_EQ(onnxruntime()->open_file(path)->outputs().size(), 1U);
  std::filesystem::remove(path);
  const Error error = error_of([&] { onnxruntime()->open_file(path); });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.message(), "there is no model file '" + path + "'");
  EXPECT_EQ(error.where(), path);
}

class RealModelTest : public SessionTest {
 protected:
  void SetUp() override {
    SessionTest::SetUp();
    if (!IsSkipped() && !std::filesystem::exists(path_)) GTEST_SKIP() << "no shared models here";
  }
  static Tensor image(int seed) {
    std::vector<float> values(3 * 32 * 32);
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>((i * 37 + static_cast<size_t>(seed) * 101) % 255) / 255;
    }
    return Tensor::from<float>({1, 3, 32, 32}, values);
  }
  const std::string path_ = QUOIN_SOURCE_DIR "/../shared/data/models/resnet20_cifar10.onnx";
};

TEST_F(RealModelTest, RunsAndGivesFiniteLogits) {
  const auto session = onnxruntime()->open_file(path_);
  ASSERT_EQ(session->inputs().size(), 1U);
  EXPECT_THAT(session->inputs()[0].dims, ElementsAre(-1, 3, 32, 32));
  const Tensor logits = session->run({{session->inputs()[0].name, image(0)}}).at(0).second;
  EXPECT_THAT(logits.shape(), ElementsAre(1, 10));
  for (const float value : logits.as<float>()) EXPECT_TRUE(std::isfinite(value));
}

TEST_F(RealModelTest, ConcurrentRunsEqualSequentialOnes) {
  constexpr int kThreads = 4, kRuns = 5;
  const auto session = onnxruntime()->open_file(path_);
  const std::string input = session->inputs().at(0).name;
  std::vector<Tensor> expected;
  for (int i = 0; i < kThreads; ++i) expected.push_back(session->run({{input, image(i)}}).at(0).second);
  std::vector<int> equal(kThreads, 0);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&, i] {
      const auto at = static_cast<size_t>(i);
      for (int run = 0; run < kRuns; ++run) {
        if (session->run({{input, image(i)}}).at(0).second == expected[at]) ++equal[at];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(equal, testing::Each(kRuns));
}

}  // namespace
}  // namespace quoin
