#include "onnxruntime.h"
#include "tensorrt_standin.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kFloat[] = R"(
<ir_version: 8, opset_import: ["" : 13]>
m (float[1,3] x) => (float[1,3] y) { y = Relu(x) }
)";
constexpr char kQuantized[] = R"(
<ir_version: 8, opset_import: ["" : 13]>
m (float[1,3] x) => (float[1,3] y) <float s = {0.5}, int8 z = {0}> {
  q = QuantizeLinear(x, s, z)
  y = DequantizeLinear(q, s, z)
}
)";
constexpr char kFree[] = R"(
<ir_version: 8, opset_import: ["" : 13]>
m (float[N,3] x) => (float[N,3] y) { y = Relu(x) }
)";
constexpr char kHalf[] = R"(
<ir_version: 8, opset_import: ["" : 13]>
m (float[1,3] x) => (float[1,3] y) <float16[1] s = {15360}> {
  h = Cast<to: int = 10>(x)
  m = Mul(h, s)
  y = Cast<to: int = 1>(m)
}
)";

NamedTensors feeds(Shape shape = {1, 3}, std::vector<float> values = {1, -2, 0.25}) {
  return {{"x", Tensor::from<float>(std::move(shape), values)}};
}

class TensorrtEngine : public testing::Test {
 protected:
  void SetUp() override {
    if (!Standin::can_run()) GTEST_SKIP() << "python3 is not on PATH";
  }
  static std::unique_ptr<Engine> open(const Standin& standin) {
    return open_engine("tensorrt", {.library = standin.path()});
  }
};

TEST_F(TensorrtEngine, SaysWhatItIs) {
  const Standin standin(100300);
  const auto engine = open(standin);
  EXPECT_EQ(engine->name(), "tensorrt");
  EXPECT_EQ(engine->version(), "10.3.0");
  EXPECT_EQ(engine->library(), standin.path());
  EXPECT_EQ(engine->note(),
            "TensorRT 10.3.0 through trtexec at " + standin.path() +
                "; times are of its own measuring: CUDA graph, spin wait, no data transfers, warm-up 500 ms, 1 s or "
                "more a round, the median of each round. UNVERIFIED: Quoin's driver of TensorRT was tested against "
                "a stand-in program only, no GPU was at hand.");
  engine->open_bytes(model_bytes(kFloat));
  EXPECT_THAT(engine->note(), HasSubstr(" on Stand-in GPU, engines weakly typed, FP16 allowed; times"));
}

TEST_F(TensorrtEngine, RunsATenWithItsOptions) {
  const Standin standin(100300);
  const auto engine = open(standin);
  const auto session = engine->open_bytes(model_bytes(kQuantized));
  ASSERT_EQ(session->inputs().size(), 1);
  EXPECT_EQ(session->inputs()[0].name, "x");
  EXPECT_EQ(session->inputs()[0].type, DataType::kFloat);
  EXPECT_THAT(session->inputs()[0].dims, ElementsAre(1, 3));
  EXPECT_EQ(session->outputs()[0].name, "y");
  const NamedTensors outputs = session->run(feeds());
  EXPECT_THAT(outputs[0].second.to_floats(), ElementsAre(2, -4, 0.5));
  const auto times = session->timed_by_engine(feeds());
  ASSERT_TRUE(times.has_value());
  EXPECT_THAT(*times, ElementsAre(3, 1, 2));
  EXPECT_THAT(
      standin.runs(),
      ElementsAre("--onnx=model1.onnx --saveEngine=engine1.plan --skipInference --profilingVerbosity=detailed "
                  "--timingCacheFile=timing.cache --fp16 --int8",
                  "--loadEngine=engine1.plan --loadInputs=x:1-input.bin --warmUp=0 --duration=0 --iterations=1 "
                  "--exportOutput=2-output.json",
                  "--loadEngine=engine1.plan --loadInputs=x:3-input.bin --warmUp=500 --duration=1 --iterations=20 "
                  "--useCudaGraph --useSpinWait --noDataTransfers --exportTimes=4-times.json"));
}

TEST_F(TensorrtEngine, RunsAnElevenWithItsOptions) {
  const Standin standin(110100);
  const auto engine = open(standin);
  const auto session = engine->open_bytes(model_bytes(kQuantized));
  session->run(feeds());
  session->timed_by_engine(feeds());
  engine->kernels(model_bytes(kQuantized), feeds(), 7);
  EXPECT_THAT(
      standin.runs(),
      ElementsAre("--onnx=model1.onnx --saveEngine=engine1.plan --skipInference --profilingVerbosity=detailed "
                  "--timingCacheFile=timing.cache",
                  "--loadEngine=engine1.plan --loadInputs=x:1-input.bin --warmUp=0 --duration=0 --iterations=1 "
                  "--includeDataTransfers --exportOutput=2-output.json",
                  "--loadEngine=engine1.plan --loadInputs=x:3-input.bin --warmUp=500 --duration=1 --iterations=20 "
                  "--exportTimes=4-times.json",
                  "--loadEngine=engine1.plan --loadInputs=x:5-input.bin --warmUp=500 --duration=0 --iterations=7 "
                  "--exportProfile=6-profile.json --exportLayerInfo=7-layers.json"));
}

TEST_F(TensorrtEngine, AFileWithHalfOfItsOwnIsStronglyTyped) {
  const Standin standin(101600);
  const auto engine = open(standin);
  engine->open_bytes(model_bytes(kHalf));
  EXPECT_THAT(standin.runs(), ElementsAre(HasSubstr("--stronglyTyped")));
  EXPECT_THAT(engine->note(), HasSubstr("engines strongly typed;"));
}

TEST_F(TensorrtEngine, AnEngineIsBuiltOncePerModelAndShape) {
  const Standin standin(110000);
  const auto engine = open(standin);
  const auto session = engine->open_bytes(model_bytes(kFree));
  EXPECT_TRUE(standin.runs().empty());  // its shape is not known yet
  EXPECT_THAT(session->inputs()[0].dims, ElementsAre(-1, 3));
  session->timed_by_engine(feeds());
  session->timed_by_engine(feeds());
  session->timed_by_engine(feeds({2, 3}, {1, 2, 3, 4, 5, 6}));
  engine->open_bytes(model_bytes(kFree))->timed_by_engine(feeds());
  std::vector<std::string> builds;
  for (const std::string& run : standin.runs()) {
    if (run.starts_with("--onnx")) builds.push_back(run);
  }
  EXPECT_THAT(builds, ElementsAre(HasSubstr("--minShapes=x:1x3 --optShapes=x:1x3 --maxShapes=x:1x3"),
                                  HasSubstr("--minShapes=x:2x3 --optShapes=x:2x3 --maxShapes=x:2x3")));
  EXPECT_THAT(standin.runs()[1], HasSubstr("--shapes=x:1x3 --loadInputs="));
}

TEST_F(TensorrtEngine, GivesItsLayersAsKernels) {
  const Standin standin(100300);
  const std::vector<Kernel> kernels = open(standin)->kernels(model_bytes(kFloat), feeds(), 3);
  ASSERT_EQ(kernels.size(), 1);
  EXPECT_EQ(kernels[0].op, "kgen");
  EXPECT_DOUBLE_EQ(kernels[0].microseconds, 500);
}

TEST_F(TensorrtEngine, ARefusedModelIsToldWithTheEndOfTheLog) {
  const Standin standin(100300,
                        R"("fail": {"--onnx": "ModelImporter.cpp:949: Conv_3: unsupported\nEngine set up failed"})");
  const Error error = error_of([&] { open(standin)->open_bytes(model_bytes(kFloat)); });
  EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
  EXPECT_EQ(error.message(),
            "TensorRT 10.3.0 cannot build the model: " + standin.path() +
                " ended with 1:\n  [11/25/2026-00:00:00] [E] ModelImporter.cpp:949: Conv_3: unsupported\n"
                "  [11/25/2026-00:00:00] [E] Engine set up failed");
  EXPECT_EQ(error.remedy(),
            "Its command line was: " + standin.path() +
                " --onnx=model1.onnx --saveEngine=engine1.plan --skipInference --profilingVerbosity=detailed "
                "--timingCacheFile=timing.cache --fp16");
}

// A shell's script, which starts at once on a busy machine too.
TEST(TensorrtTimeout, AProgramThatDoesNotEndIsEnded) {
  const fs::path folder = fs::path(testing::TempDir()) / "quoin-endless";
  fs::create_directories(folder);
  const fs::path program = folder / "trtexec";
  std::ofstream(program) << "#!/bin/sh\necho '&&&& RUNNING TensorRT.trtexec [TensorRT v110000] # trtexec'\n"
                            "case \"$1\" in --loadEngine=*) echo '[I] Starting inference'; sleep 600;; esac\n";
  fs::permissions(program, fs::perms::owner_all);
  const auto engine = open_engine("tensorrt", {.library = program.string(), .timeout_seconds = 5});
  const auto session = engine->open_bytes(model_bytes(kFloat));
  EXPECT_EQ(error_of([&] { session->timed_by_engine(feeds()); }).message(),
            "TensorRT 11.0.0 cannot time the model: " + program.string() +
                " did not end within 5 s:\n  &&&& RUNNING TensorRT.trtexec [TensorRT v110000] # trtexec\n  [I] "
                "Starting inference");
  fs::remove_all(folder);
}

TEST_F(TensorrtEngine, AFileThatIsNotWrittenOrCutOffIsNamed) {
  {
    const Standin standin(110000, R"("omit": "--exportTimes")");
    EXPECT_EQ(error_of([&] { open(standin)->open_bytes(model_bytes(kFloat))->timed_by_engine(feeds()); }).message(),
              "TensorRT 11.0.0 ended well but wrote no 2-times.json");
  }
  for (const std::string option : {"--exportTimes", "--exportOutput", "--exportLayerInfo"}) {
    const Standin standin(110000, "\"garbage\": \"" + option + "\"");
    const auto engine = open(standin);
    const auto session = engine->open_bytes(model_bytes(kFloat));
    EXPECT_THAT(error_of([&] {
                  if (option == "--exportTimes") session->timed_by_engine(feeds());
                  if (option == "--exportOutput") session->run(feeds());
                  if (option == "--exportLayerInfo") engine->kernels(model_bytes(kFloat), feeds());
                }).message(),
                HasSubstr("cannot be read: "))
        << option;
  }
}

TEST_F(TensorrtEngine, SimulatesNoQuantizedModel) {
  const Standin standin(110000);
  const auto engine = open(standin);
  const Error error = error_of([&] { engine->open_bytes(model_bytes(kQuantized), {OptimizationLevel::kBasic, 1}); });
  EXPECT_EQ(error.code(), ErrorCode::kUsage);
  EXPECT_EQ(error.message(), "TensorRT computes Q/DQ in integer always: it cannot give the simulated accuracy");
  engine->open_bytes(model_bytes(kFloat), {OptimizationLevel::kNone, 1});
  EXPECT_THAT(standin.runs(), ElementsAre(HasSubstr("--noTF32")));
}

TEST_F(TensorrtEngine, ChecksItsFeedsAndItsModel) {
  const Standin standin(110000);
  const auto engine = open(standin);
  const auto session = engine->open_bytes(model_bytes(kFloat));
  EXPECT_EQ(error_of([&] { session->run({}); }).message(), "input 'x' is not fed");
  EXPECT_EQ(error_of([&] { engine->open_bytes("no model"); }).code(), ErrorCode::kBadInput);
  EXPECT_EQ(error_of([&] { engine->open_file("/none/m.onnx"); }).message(), "there is no model file '/none/m.onnx'");
}

TEST_F(TensorrtEngine, LeavesNothingBehind) {
  const Standin standin(110000);
  const fs::path temporary = standin.folder() / "tmp";
  fs::create_directories(temporary);
  const char* const before = std::getenv("TMPDIR");
  const std::string saved = before ? before : "";
  setenv("TMPDIR", temporary.c_str(), 1);
  {
    const auto engine = open(standin);
    const auto session = engine->open_bytes(model_bytes(kFloat));
    session->run(feeds());
    session->timed_by_engine(feeds());
    std::vector<std::string> left;
    for (const auto& entry : fs::recursive_directory_iterator(temporary)) {
      if (entry.is_regular_file()) left.push_back(entry.path().filename().string());
    }
    EXPECT_THAT(left, testing::UnorderedElementsAre("engine1.plan", "log.txt", "model1.onnx"));
  }
  EXPECT_TRUE(fs::is_empty(temporary));
  saved.empty() ? unsetenv("TMPDIR") : setenv("TMPDIR", saved.c_str(), 1);
}

}  // namespace
}  // namespace quoin
