#include "quoin/error.h"

#include <gtest/gtest.h>

namespace quoin {
namespace {

TEST(Error, SaysWhereWhatAndWhatToDo) {
  const Error error(ErrorCode::kBadInput, "the kernel is empty", "give it a size", "stem/conv");
  EXPECT_STREQ(error.what(), "stem/conv: the kernel is empty; give it a size");
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.message(), "the kernel is empty");
  EXPECT_EQ(error.remedy(), "give it a size");
  EXPECT_EQ(error.where(), "stem/conv");
}

TEST(Error, LeavesOutWhatIsNotKnown) {
  EXPECT_STREQ(Error(ErrorCode::kUsage, "no such verb").what(), "no such verb");
  EXPECT_STREQ(Error(ErrorCode::kUsage, "no such verb", "see --help").what(), "no such verb; see --help");
  EXPECT_STREQ(Error(ErrorCode::kUsage, "cannot be read", "", "a.onnx").what(), "a.onnx: cannot be read");
}

TEST(Require, ThrowsCheckFailedOnlyWhereItDoesNotHold) {
  EXPECT_NO_THROW(require(true));
  try {
    require(false, "the outputs differ");
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
    EXPECT_STREQ(error.what(), "the outputs differ");
  }
}

TEST(CheckDeathTest, AbortsWithTheConditionAndTheMessage) {
  EXPECT_DEATH(QUOIN_CHECK(1 > 2, "one is small"), "check failed: 1 > 2: one is small");
  QUOIN_CHECK(2 > 1, "never seen");
}

TEST(DidYouMean, NamesTheNearest) {
  const std::vector<std::string> targets = {"tensorrt", "onnxruntime-cpu", "openvino-cpu"};
  EXPECT_EQ(did_you_mean("tensort", targets), ", did you mean 'tensorrt'?");
  EXPECT_EQ(did_you_mean("TensorRT", targets), ", did you mean 'tensorrt'?");
  EXPECT_EQ(did_you_mean("onnxruntime", targets), "");
  EXPECT_EQ(did_you_mean("openvino_cpu", targets), ", did you mean 'openvino-cpu'?");
}

TEST(DidYouMean, SaysNothingWhereNothingIsNear) {
  EXPECT_EQ(did_you_mean("x", {"y", "z"}), "");
  EXPECT_EQ(did_you_mean("", {"y"}), "");
  EXPECT_EQ(did_you_mean("relu", {}), "");
  EXPECT_EQ(did_you_mean("relu", {"softmax"}), "");
}

}  // namespace
}  // namespace quoin
