#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "openvino.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class OpenvinoSessionTest : public OpenvinoTest {
 protected:
  static std::unique_ptr<Session> open(std::string_view text, const SessionOptions& options = {}) {
    return openvino_engine()->open_bytes(model_bytes(text), options);
  }
};

const Tensor kImage = Tensor::from<float>({2, 3}, {1, 2, 3, 4, 5, 6});
const Tensor kOffset = Tensor::from<float>({3}, {10, 20, 30});

std::string with_opset(const std::string& graph) { return "<ir_version: 8, opset_import: [\"\" : 17]>\n" + graph; }

std::vector<std::string> names(const std::vector<PortInfo>& ports) {
  std::vector<std::string> names;
  for (const PortInfo& port : ports) names.push_back(port.name);
  return names;
}

TEST_F(OpenvinoSessionTest, EngineSaysWhatItIs) {
  EXPECT_EQ(openvino_engine()->name(), "openvino");
  EXPECT_THAT(openvino_engine()->version(), StartsWith("20"));
  EXPECT_THAT(openvino_engine()->version(), Not(HasSubstr("-")));
  EXPECT_THAT(openvino_engine()->library(), HasSubstr("libopenvino_c.so"));
}

TEST_F(OpenvinoSessionTest, PortsAreDescribed) {
  const auto session = open(kAddModel);
  ASSERT_THAT(names(session->inputs()), ElementsAre("image", "offset"));
  EXPECT_EQ(session->inputs()[0].type, DataType::kFloat);
  EXPECT_THAT(session->inputs()[0].dims, ElementsAre(-1, 3));
  EXPECT_THAT(session->inputs()[1].dims, ElementsAre(3));
  EXPECT_THAT(names(session->outputs()), ElementsAre("y"));
}

TEST_F(OpenvinoSessionTest, RunsWithFeedsInAnyOrderAndShapeAtEveryLevel) {
  for (const OptimizationLevel level :
       {OptimizationLevel::kNone, OptimizationLevel::kBasic, OptimizationLevel::kFull}) {
    const auto session = open(kAddModel, {.level = level, .threads = 2});
    const NamedTensors results = session->run({{"offset", kOffset}, {"image", kImage}});
    ASSERT_EQ(results.size(), 1U);
    EXPECT_EQ(results[0].first, "y");
    EXPECT_EQ(results[0].second, Tensor::from<float>({2, 3}, {11, 22, 33, 14, 25, 36}));
    const Tensor row = Tensor::from<float>({1, 3}, {1, 1, 1});
    EXPECT_EQ(session->run({{"image", row}, {"offset", kOffset}})[0].second, Tensor::from<float>({1, 3}, {11, 21, 31}));
    // The first results are not overwritten by the second run.
    EXPECT_EQ(results[0].second, Tensor::from<float>({2, 3}, {11, 22, 33, 14, 25, 36}));
  }
}

TEST_F(OpenvinoSessionTest, WrongFeeds) {
  const auto session = open(kAddModel);
  const Error unknown = error_of([&] { session->run({{"imag", kImage}, {"offset", kOffset}}); });
  EXPECT_EQ(unknown.code(), ErrorCode::kBadInput);
  EXPECT_EQ(unknown.message(), "the model has no input 'imag', did you mean 'image'?");
  EXPECT_EQ(unknown.remedy(), "Its inputs are 'image' (float[?,3]), 'offset' (float[3]).");
  EXPECT_EQ(error_of([&] { session->run({{"image", kImage}}); }).message(), "input 'offset' is not fed");
  const Tensor doubles = Tensor::from<double>({1, 3}, {1, 2, 3});
  EXPECT_EQ(error_of([&] {
              session->run({{"image", doubles}, {"offset", kOffset}});
            }).message(),
            "input 'image' is fed double[1,3], but the model takes float[?,3]");
  EXPECT_EQ(error_of([&] {
              session->run({{"image", kOffset}, {"offset", kOffset}});
            }).message(),
            "input 'image' is fed float[3], but the model takes float[?,3]");
}

TEST_F(OpenvinoSessionTest, WrongOptions) {
  EXPECT_EQ(error_of([] { open(kAddModel, {.level = OptimizationLevel::kFull, .threads = 0}); }).message(),
            "a session cannot run on 0 threads");
}

TEST_F(OpenvinoSessionTest, RefusedModels) {
  const Error garbage = error_of([] { openvino_engine()->open_bytes("no model at all"); });
  EXPECT_EQ(garbage.code(), ErrorCode::kCheckFailed);
  EXPECT_THAT(garbage.message(), HasSubstr("refuses the model: "));
  const Error op = error_of([] {
    open(
        "<ir_version: 8, opset_import: [\"\" : 17, \"example\" : 1]>\n"
        "g (float[3] x) => (float[3] y) { y = example.Foo(x) }");
  });
  EXPECT_EQ(op.code(), ErrorCode::kCheckFailed);
  EXPECT_THAT(op.message(), HasSubstr("Foo"));
  EXPECT_THAT(op.message(), Not(HasSubstr("Exception from")));
  const Error file = error_of([] { openvino_engine()->open_file("/no/such/model.onnx"); });
  EXPECT_EQ(file.code(), ErrorCode::kBadInput);
  EXPECT_EQ(file.message(), "there is no model file '/no/such/model.onnx'");
}

TEST_F(OpenvinoSessionTest, AFailingRunIsAnErrorAndTheNextOneWorks) {
  for (const int threads : {1, 2}) {
    const auto session = open(with_opset("g (float[N] x, float[M] z) => (float[K] y) { y = Add(x, z) }"),
                              {.level = OptimizationLevel::kFull, .threads = threads});
    const Tensor two = Tensor::from<float>({2}, {1, 2}), three = Tensor::from<float>({3}, {1, 2, 3});
    const Error error = error_of([&] { session->run({{"x", two}, {"z", three}}); });
    EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
    EXPECT_THAT(error.message(), HasSubstr("cannot run the model: [CPU] Add node with name 'y'"));
    EXPECT_EQ(session->run({{"x", two}, {"z", two}})[0].second, Tensor::from<float>({2}, {2, 4}));
  }
}

TEST_F(OpenvinoSessionTest, EveryElementTypeGoesInAndOut) {
  const auto same = [](const std::string& type, const Tensor& tensor) {
    const auto session = open(with_opset("same (" + type + "[N] x) => (" + type + "[N] y) { y = Identity(x) }"));
    EXPECT_EQ(session->inputs()[0].type, tensor.type()) << type;
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
  same("int64", Tensor::from<int64_t>({2}, {-70000, 70000}));
  same("uint64", Tensor::from<uint64_t>({2}, {0, 70000}));
  same("bool", Tensor(DataType::kBool, {3}, std::string("\1\0\1", 3)));
  same("float16", Tensor(DataType::kFloat16, {2}, std::string("\0\x3c\0\xc0", 4)));
  same("bfloat16", Tensor(DataType::kBfloat16, {2}, std::string("\x80\x3f\0\xc0", 4)));
}

TEST_F(OpenvinoSessionTest, StringsAreRefused) {
  const auto session = open(with_opset("g (string[N] x) => (string[N] y) { y = Identity(x) }"));
  const Error error = error_of([&] { session->run({{"x", Tensor({1}, std::vector<std::string>{"a"})}}); });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.message(), "OpenVINO cannot be fed string tensors");
  EXPECT_EQ(error.remedy(), "Run this model with the engine onnxruntime.");
}

TEST_F(OpenvinoSessionTest, ScalarsAndEmptyTensors) {
  const auto scalar = open(with_opset("g (float x) => (float y) { y = Relu(x) }"));
  EXPECT_EQ(scalar->run({{"x", Tensor::scalar(3.0F)}})[0].second, Tensor::scalar(3.0F));
  const auto session = open(with_opset("g (float[N] x) => (float[N] y) { y = Relu(x) }"));
  const Tensor empty(DataType::kFloat, {0}, std::string());
  EXPECT_EQ(session->run({{"x", empty}})[0].second, empty);
}

TEST_F(OpenvinoSessionTest, AFeedNeedNotBeAligned) {
  const auto bytes = std::make_shared<std::string>(13, '\0');
  const float values[3] = {1, 2, 3};
  std::memcpy(bytes->data() + 1, values, sizeof(values));
  const Tensor odd(DataType::kFloat, {1, 3}, bytes, reinterpret_cast<const std::byte*>(bytes->data() + 1), 12);
  EXPECT_EQ(open(kAddModel)->run({{"image", odd}, {"offset", kOffset}})[0].second,
            Tensor::from<float>({1, 3}, {11, 22, 33}));
}

// OpenVINO calls this input 'y' and drops the other.
TEST_F(OpenvinoSessionTest, NamesAreTheModelsOwn) {
  const Tensor three = Tensor::from<float>({3}, {-1, 0, 1});
  const auto renamed = open(with_opset("g (float[3] x) => (float[3] y, float[3] z) { y = Dropout(x) z = Dropout(y) }"));
  EXPECT_THAT(names(renamed->inputs()), ElementsAre("x"));
  EXPECT_THAT(names(renamed->outputs()), ElementsAre("y", "z"));
  EXPECT_EQ(renamed->run({{"x", three}})[1].second, three);
  const auto aliases =
      open(with_opset("g (float[3] x) => (float[3] y, float[3] a) { b = Relu(x) a = Identity(b) y = Identity(b) }"));
  EXPECT_THAT(names(aliases->outputs()), ElementsAre("y", "a"));
}

TEST_F(OpenvinoSessionTest, AnInputThatNothingUsesMayBeFed) {
  const auto session = open(with_opset("g (float[3] unused, float[3] x) => (float[3] y) { y = Relu(x) }"));
  EXPECT_THAT(names(session->inputs()), ElementsAre("x"));
  const Tensor three = Tensor::from<float>({3}, {-1, 0, 1});
  const Tensor relu = Tensor::from<float>({3}, {0, 0, 1});
  EXPECT_EQ(session->run({{"x", three}})[0].second, relu);
  EXPECT_EQ(session->run({{"unused", three}, {"x", three}})[0].second, relu);
}

TEST_F(OpenvinoSessionTest, ThreadsShareASession) {
  const auto session = open(kAddModel);
  std::vector<int> right(8, 0);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const auto rows = static_cast<int64_t>(1 + (t + i) % 3);
        const Tensor image =
            Tensor::from<float>({rows, 3}, std::vector<float>(static_cast<size_t>(rows) * 3, 1.0F * t));
        const std::vector<float> sums = session->run({{"image", image}, {"offset", kOffset}})[0].second.to_floats();
        if (static_cast<int64_t>(sums.size()) == rows * 3 && sums[1] == 20.0F + 1.0F * t)
          ++right[static_cast<size_t>(t)];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(right, testing::Each(50));
}

TEST_F(OpenvinoSessionTest, AMissingLibraryListsThePlace) {
  const Error error = error_of([] { open_engine("openvino", {.library = "/no/such/libopenvino_c.so"}); });
  EXPECT_EQ(error.code(), ErrorCode::kMissingRuntime);
  EXPECT_THAT(error.message(), StartsWith("OpenVINO's library was not found; tried:\n  /no/such/libopenvino_c.so "));
  EXPECT_THAT(error.remedy(), HasSubstr("QUOIN_OPENVINO"));
}

TEST_F(OpenvinoSessionTest, AnotherLibraryIsRefused) {
  const Error error = error_of([] { open_engine("openvino", {.library = "libm.so.6"}); });
  EXPECT_THAT(error.message(), HasSubstr("libm.so.6 is not OpenVINO's C library: it has no ov_get_openvino_version"));
}

TEST_F(OpenvinoSessionTest, ARealModelAgreesWithOnnxRuntime) {
  const std::string path = std::string(QUOIN_SOURCE_DIR) + "/../shared/data/models/resnet20_cifar10.onnx";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  const auto reference = onnxruntime()->open_file(path);
  NamedTensors feeds;
  for (const PortInfo& port : reference->inputs()) {
    Shape shape = port.dims;
    for (int64_t& dim : shape) dim = dim < 0 ? 2 : dim;
    std::vector<float> values(static_cast<size_t>(element_count(shape)));
    for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
    feeds.emplace_back(port.name, Tensor::from<float>(shape, values));
  }
  const std::vector<float> expected = reference->run(feeds).at(0).second.to_floats();
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  for (const auto& session : {openvino_engine()->open_file(path), openvino_engine()->open_bytes(bytes)}) {
    EXPECT_EQ(names(session->inputs()), names(reference->inputs()));
    EXPECT_EQ(names(session->outputs()), names(reference->outputs()));
    const std::vector<float> given = session->run(feeds).at(0).second.to_floats();
    ASSERT_EQ(given.size(), expected.size());
    for (size_t i = 0; i < given.size(); ++i) EXPECT_NEAR(given[i], expected[i], 1e-4F * (1 + std::abs(expected[i])));
  }
}

}  // namespace
}  // namespace quoin
