// --data and --shape of the verbs that run a model without calibrating it.
#include "cli/run_quoin.h"
#include "quoin/engine.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// Halved three times without padding, then a window of 7: pictures of 56 or more.
constexpr char kWindows[] = R"(
<ir_version: 8, opset_import: ["" : 13]>
net (float[N,3,H,W] image) => (float[N,4,h,w] y) <float[4,3,1,1] w = {1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6}> {
  a = MaxPool <kernel_shape = [8, 8], strides = [8, 8]> (image)
  [c] c = Conv (a, w)
  [r] r = Relu (c)
  y = MaxPool <kernel_shape = [7, 7]> (r)
}
)";

class Inputs : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    try {
      open_engine("onnxruntime");
    } catch (const Error&) {
      GTEST_SKIP() << "ONNX Runtime is not on this machine";
    }
    model_ = make("model.onnx", bytes_of(kWindows));
  }
  Outcome transform(std::vector<std::string> further) {
    std::vector<std::string> words = {"transform", model_, "-o", path("out.onnx")};
    words.insert(words.end(), further.begin(), further.end());
    return run(words);
  }
  std::string model_;
};

TEST_F(Inputs, TransformFindsSizes) {
  const Outcome outcome = transform({});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              HasSubstr("proved lossless by running both on made-up inputs (image 1x3x64x64; image 2x3x128x128): "));
}

TEST_F(Inputs, TransformTakesDataAndShapes) {
  const std::string data = make("data.npy", npy({3, 3, 56, 64}));
  const Outcome with_data = transform({"--data", data, "--json"});
  EXPECT_EQ(with_data.code, 0) << with_data.err;
  EXPECT_EQ(with_data.json()["proved_on"], "samples 0 and 1 of " + data + " (image 1x3x56x64)");
  const Outcome with_shape = transform({"--shape", "image=2x3x60x72"});
  EXPECT_EQ(with_shape.code, 0) << with_shape.err;
  EXPECT_THAT(with_shape.out, HasSubstr("made-up inputs (image 2x3x60x72): "));
}

TEST_F(Inputs, WrongShapesAreWrongUse) {
  const std::string data = make("data.npy", npy({3, 3, 56, 64}));
  const std::pair<std::vector<std::string>, std::string> cases[] = {
      {{"--shape", "picture=1x3x56x56"}, "the model has no input 'picture'"},
      {{"--shape", "image=1x3x56"}, "input 'image' has 4 dimensions, not 3"},
      {{"--shape", "image=1x4x56x56"}, "dimension 1 of input 'image' is 3 in the model, not 4"},
      {{"--shape", "image=1x3xax56"}, "'image=1x3xax56' is no shape of an input"},
      {{"--shape", "image=1x3x56x56", "--data", data}, "with --data none are made up"},
  };
  for (const auto& [words, text] : cases) {
    const Outcome outcome = transform(words);
    EXPECT_EQ(outcome.code, 2) << text;
    EXPECT_THAT(outcome.err, HasSubstr(text));
  }
}

TEST_F(Inputs, SizesThatTheModelDoesNotTake) {
  const Outcome shape = transform({"--shape", "image=1x3x20x20"});
  EXPECT_EQ(shape.code, 3);
  EXPECT_THAT(shape.err, AllOf(HasSubstr("ONNX Runtime cannot run your model"), HasSubstr("MaxPool"),
                               HasSubstr("it was fed image 1x3x20x20"), HasSubstr("--data")));
  const std::string data = make("small.npy", npy({3, 3, 20, 20}));
  const Outcome sample = transform({"--data", data});
  EXPECT_EQ(sample.code, 3);
  EXPECT_THAT(sample.err,
              AllOf(HasSubstr("ONNX Runtime cannot run your model on sample 0 of " + data + " (image 1x3x20x20)"),
                    HasSubstr("MaxPool"), Not(HasSubstr("random"))));
  EXPECT_FALSE(fs::exists(path("out.onnx")));
}

TEST_F(Inputs, QuantizeProvesOnItsCalibrationData) {
  const Outcome outcome = run({"quantize", model_, "-o", path("int8.onnx"), "--target", "onnxruntime-cpu", "--calib",
                               make("data.npy", npy({8, 3, 56, 56})), "--no-timing"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("on calibration samples"));
}

TEST_F(Inputs, BenchTakesData) {
  const Outcome outcome =
      run({"bench", model_, "--rounds", "5", "--data", make("data.npy", npy({2, 3, 56, 60})), "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.json()["input"], "image 1x3x56x60 float");
}

}  // namespace
}  // namespace quoin
