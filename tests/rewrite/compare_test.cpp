#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "helpers.h"
#include "quoin/check_pattern.h"

namespace quoin::testing {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<Engine> engine_or_null() {
  try {
    return open_engine("onnxruntime");
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kMissingRuntime) return nullptr;
    throw;
  }
}

const NamedTensors kFeed = {{"x", Tensor::from<float>({4}, std::vector<float>{-2, -1, 1, 4})}};

class Compare : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!(engine_ = engine_or_null())) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
  Difference compare(const std::string& a, const std::string& b) const {
    return compare_outputs(*engine_, model(a), model(b), {kFeed});
  }
  std::unique_ptr<Engine> engine_;
};

TEST_F(Compare, GivesTheLargestDifference) {
  const Difference difference = compare("agraph (float[4] x) => (float[4] y) { y = Abs (x) }",
                                        "agraph (float[4] x) => (float[4] y) { y = Relu (x) }");
  EXPECT_EQ(difference.max_abs, 2);
  EXPECT_EQ(difference.max_magnitude, 4);
  EXPECT_EQ(difference.relative(), 0.5);
  EXPECT_EQ(difference.output, "y");
}

TEST_F(Compare, IsZeroForTheSame) {
  const std::string text = "agraph (float[4] x) => (float[4] y) { y = Sqrt (x) }";  // NaN in both
  EXPECT_EQ(compare(text, text).max_abs, 0);
}

TEST_F(Compare, RefusesOtherShapesNamesAndNaN) {
  const std::string relu = "agraph (float[4] x) => (float[4] y) { y = Relu (x) }";
  EXPECT_EQ(error_of([&] { compare(relu, "agraph (float[4] x) => (float[4] y) { y = Sqrt (x) }"); }).message(),
            "the models differ at output 'y': one gives NaN where the other does not");
  EXPECT_EQ(error_of([&] { compare(relu, "agraph (float[4] x) => (float[4] z) { z = Relu (x) }"); }).message(),
            "the models differ at output 'y': the other model's is named 'z'");
  EXPECT_EQ(error_of([&] {
              compare(
                  relu,
                  "agraph (float[4] x) => (float[1,4] y) <int64[1] a = {0}> { t = Relu (x)  y = Unsqueeze (t, a) }");
            }).message(),
            "the models differ at output 'y': float[4] against float[1,4]");
}

TEST_F(Compare, ChecksAPatternByRunningIt) {
  const Graph graph = model("agraph (float[4] x) => (float[4] y) { a = Neg (x)  b = Neg (a)  y = Relu (b) }");
  const PatternRef lossless = conversion("RemoveDoubleNeg", "Neg(Neg(x))", "x"),
                   lossy = conversion("ReluToAbs", "Relu(x)", "Abs(x)"),
                   absent = conversion("DropExp", "Exp(Log(x))", "x");
  const PatternCheck good = check_pattern(*lossless, graph, *engine_, {kFeed});
  EXPECT_EQ(good.matches, 1);
  EXPECT_EQ(good.difference.max_abs, 0);
  const PatternCheck bad = check_pattern(*lossy, graph, *engine_, {kFeed});
  EXPECT_EQ(bad.matches, 1);
  EXPECT_EQ(bad.difference.max_abs, 2);
  EXPECT_EQ(check_pattern(*absent, graph, *engine_, {kFeed}).matches, 0);
}

}  // namespace
}  // namespace quoin::testing
