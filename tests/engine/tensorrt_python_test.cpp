// Our script for TensorRT's Python package, run by a real Python with stand-ins for the package and for CUDA's runtime.
#include <map>

#include "onnxruntime.h"
#include "tensorrt_standin.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::SizeIs;

constexpr char kTwice[] = R"(
<ir_version: 8, opset_import: ["" : 13]>
m (float[N,2] x) => (float[N,2] y) { y = Add(x, x) }
)";

class TensorrtPython : public testing::Test {
 protected:
  void SetUp() override {
    python_ = find_python();
    if (python_.empty()) GTEST_SKIP() << "python3 is not on PATH";
    log_ = fs::path(testing::TempDir()) / "quoin-fake-tensorrt.txt";
    fs::remove(log_);
    set("PYTHONPATH", QUOIN_SOURCE_DIR "/tests/engine/fake_tensorrt");
    set("PYTHONDONTWRITEBYTECODE", "1");
    set("QUOIN_CUDART", QUOIN_FAKE_CUDART);
    set("FAKE_TENSORRT_LOG", log_.string());
  }
  void TearDown() override {
    for (const auto& [name, value] : before_)
      value.empty() ? unsetenv(name.c_str()) : setenv(name.c_str(), value.c_str(), 1);
    fs::remove(log_);
  }
  void set(const std::string& name, const std::string& value) {
    const char* const old = std::getenv(name.c_str());
    before_.emplace(name, old ? old : "");
    setenv(name.c_str(), value.c_str(), 1);
  }
  static std::string find_python() {
    std::istringstream path(std::getenv("PATH"));
    for (std::string folder; std::getline(path, folder, ':');) {
      if (fs::exists(fs::path(folder) / "python3")) return (fs::path(folder) / "python3").string();
    }
    return "";
  }
  std::string built() const {
    std::ifstream file(log_);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::unique_ptr<Engine> open() const { return open_engine("tensorrt", {.library = python_, .timeout_seconds = 120}); }
  static NamedTensors feeds() { return {{"x", Tensor::from<float>({1, 2}, std::vector<float>{1.5, -0.1f})}}; }

  std::string python_;
  fs::path log_;
  std::map<std::string, std::string> before_;
};

TEST_F(TensorrtPython, RunsTimesAndProfiles) {
  const auto engine = open();
  EXPECT_EQ(engine->version(), "10.3.0");
  const auto session = engine->open_bytes(model_bytes(kTwice));
  EXPECT_THAT(session->run(feeds())[0].second.to_floats(), ElementsAre(3, -0.2f));
  const auto times = session->timed_by_engine(feeds());
  ASSERT_TRUE(times.has_value());
  EXPECT_THAT(*times, SizeIs(Ge(20)));
  EXPECT_THAT(*times, Each(1.5));
  const std::vector<Kernel> kernels = engine->kernels(model_bytes(kTwice), feeds(), 3);
  ASSERT_EQ(kernels.size(), 1);
  EXPECT_EQ(kernels[0].node, "twice");
  EXPECT_DOUBLE_EQ(kernels[0].microseconds, 250);
  EXPECT_EQ(built(), "flags 0 +FP16 [('x', ((1, 2), (1, 2), (1, 2)))]\n");
  EXPECT_THAT(engine->note(), HasSubstr("TensorRT 10.3.0 through the Python package of " + python_ +
                                        ", by Quoin's script on Fake GPU"));
}

TEST_F(TensorrtPython, ElevenIsBuiltWithoutPrecisionFlags) {
  set("FAKE_TENSORRT", "11.1.0.106");
  const auto engine = open();
  EXPECT_EQ(engine->version(), "11.1.0");
  EXPECT_THAT(engine->open_bytes(model_bytes(kTwice))->run(feeds())[0].second.to_floats(), ElementsAre(3, -0.2f));
  EXPECT_EQ(built(), "flags 0  [('x', ((1, 2), (1, 2), (1, 2)))]\n");
}

TEST_F(TensorrtPython, ARefusedModelIsTold) {
  set("FAKE_TENSORRT_REFUSES", "1");
  const auto session = open()->open_bytes(model_bytes(kTwice));
  EXPECT_THAT(error_of([&] { session->run(feeds()); }).message(), HasSubstr("[E] Conv_3 is not supported"));
}

TEST_F(TensorrtPython, APythonWithoutThePackageIsNoTensorrt) {
  set("PYTHONPATH", "");
  set("PYTHONNOUSERSITE", "1");
  const Error error = error_of([&] { open(); });
  EXPECT_EQ(error.code(), ErrorCode::kMissingRuntime);
  EXPECT_THAT(
      error.message(),
      HasSubstr("ended with 1 and did not say which TensorRT it is:  ModuleNotFoundError: No module named 'tensorrt'"));
}

}  // namespace
}  // namespace quoin
