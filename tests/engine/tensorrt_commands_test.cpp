#include <gmock/gmock.h>

#include "engine/tensorrt/commands.h"
#include "onnxruntime.h"

namespace quoin::tensorrt {
namespace {

using testing::ElementsAre;

const RunRequest kRun = {"engine1.plan", {{"x", {1, 3, 8, 8}}}, {{"x", "1-input.bin"}, {"a:0", "2-input.bin"}}};

TEST(TensorrtCommands, TenAllowsHalfAndIntegerWhereTheFileIsFloat) {
  EXPECT_EQ(choose_typing(10, false, false), Typing::kWeakHalf);
  EXPECT_THAT(build_options(10, {"m.onnx", "e.plan", Typing::kWeakHalf, true, {}}),
              ElementsAre("--onnx=m.onnx", "--saveEngine=e.plan", "--skipInference", "--profilingVerbosity=detailed",
                          "--timingCacheFile=timing.cache", "--fp16", "--int8"));
  EXPECT_THAT(build_options(10, {"m.onnx", "e.plan", Typing::kWeakHalf, false, {}}),
              ElementsAre("--onnx=m.onnx", "--saveEngine=e.plan", "--skipInference", "--profilingVerbosity=detailed",
                          "--timingCacheFile=timing.cache", "--fp16"));
}

TEST(TensorrtCommands, TenIsStronglyTypedWhereTheFileHasHalfItself) {
  EXPECT_EQ(choose_typing(10, true, false), Typing::kStrong);
  EXPECT_EQ(choose_typing(10, true, true), Typing::kStrong);
  EXPECT_THAT(build_options(10, {"m.onnx", "e.plan", Typing::kStrong, true, {}}),
              ElementsAre("--onnx=m.onnx", "--saveEngine=e.plan", "--skipInference", "--profilingVerbosity=detailed",
                          "--timingCacheFile=timing.cache", "--stronglyTyped"));
}

TEST(TensorrtCommands, ElevenHasNoPrecisionOptions) {
  EXPECT_EQ(choose_typing(11, false, false), Typing::kStrong);
  EXPECT_EQ(choose_typing(12, true, false), Typing::kStrong);
  EXPECT_THAT(build_options(11, {"m.onnx", "e.plan", Typing::kStrong, true, {{"x", {2, 3}}, {"n", {4}}}}),
              ElementsAre("--onnx=m.onnx", "--saveEngine=e.plan", "--skipInference", "--profilingVerbosity=detailed",
                          "--timingCacheFile=timing.cache", "--minShapes=x:2x3,n:4", "--optShapes=x:2x3,n:4",
                          "--maxShapes=x:2x3,n:4"));
}

TEST(TensorrtCommands, ExactIsFloatWithoutTf32) {
  EXPECT_EQ(choose_typing(10, false, true), Typing::kExact);
  EXPECT_EQ(choose_typing(11, false, true), Typing::kExact);
  for (const int major : {10, 11}) {
    EXPECT_THAT(build_options(major, {"m.onnx", "e.plan", Typing::kExact, false, {}}),
                ElementsAre("--onnx=m.onnx", "--saveEngine=e.plan", "--skipInference", "--profilingVerbosity=detailed",
                            "--timingCacheFile=timing.cache", "--noTF32"));
  }
}

TEST(TensorrtCommands, TheProtocolIsAskedForInTenAndTheDefaultInEleven) {
  EXPECT_THAT(
      time_options(10, kRun, "t.json"),
      ElementsAre("--loadEngine=engine1.plan", "--shapes=x:1x3x8x8", "--loadInputs=x:1-input.bin,a:0:2-input.bin",
                  "--warmUp=500", "--duration=1", "--iterations=20", "--useCudaGraph", "--useSpinWait",
                  "--noDataTransfers", "--exportTimes=t.json"));
  EXPECT_THAT(
      time_options(11, kRun, "t.json"),
      ElementsAre("--loadEngine=engine1.plan", "--shapes=x:1x3x8x8", "--loadInputs=x:1-input.bin,a:0:2-input.bin",
                  "--warmUp=500", "--duration=1", "--iterations=20", "--exportTimes=t.json"));
}

TEST(TensorrtCommands, OneInferenceMovesItsData) {
  const RunRequest run = {"e.plan", {}, {{"x", "x.bin"}}};
  EXPECT_THAT(run_options(10, run, "o.json"), ElementsAre("--loadEngine=e.plan", "--loadInputs=x:x.bin", "--warmUp=0",
                                                          "--duration=0", "--iterations=1", "--exportOutput=o.json"));
  EXPECT_THAT(run_options(11, run, "o.json"),
              ElementsAre("--loadEngine=e.plan", "--loadInputs=x:x.bin", "--warmUp=0", "--duration=0", "--iterations=1",
                          "--includeDataTransfers", "--exportOutput=o.json"));
}

TEST(TensorrtCommands, TheProfileIsARunOfItsOwn) {
  const RunRequest run = {"e.plan", {}, {}};
  EXPECT_THAT(
      profile_options(10, run, 7, "p.json", "l.json"),
      ElementsAre("--loadEngine=e.plan", "--warmUp=500", "--duration=0", "--iterations=7", "--useSpinWait",
                  "--noDataTransfers", "--separateProfileRun", "--exportProfile=p.json", "--exportLayerInfo=l.json"));
  EXPECT_THAT(profile_options(11, run, 7, "p.json", "l.json"),
              ElementsAre("--loadEngine=e.plan", "--warmUp=500", "--duration=0", "--iterations=7",
                          "--exportProfile=p.json", "--exportLayerInfo=l.json"));
}

TEST(TensorrtCommands, ANameThatItsListsCannotHoldIsRefused) {
  check_input_name("input:0");
  EXPECT_EQ(error_of([] { check_input_name("a,b"); }).message(),
            "trtexec cannot be given the input 'a,b': its name has a comma or a quote");
}

}  // namespace
}  // namespace quoin::tensorrt
