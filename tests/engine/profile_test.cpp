#include "engine/ort/profile.h"

#include <gmock/gmock.h>

#include <sstream>

#include "onnxruntime.h"

namespace quoin::ort {
namespace {

std::string node_event(const std::string& node, const std::string& op, int microseconds, const std::string& input,
                       const std::string& output) {
  return R"({"cat":"Node","dur":)" + std::to_string(microseconds) + R"(,"name":")" + node +
         R"(_kernel_time","args":{"op_name":")" + op + R"(","node_index":"1","input_type_shape":[{")" + input +
         R"(":[1,2]}],"output_type_shape":[{")" + output + R"(":[1,2]}],"thread_scheduling_stats":{"cat":[1,2,3]}}},)";
}

const std::string kRunEvent = R"({"cat":"Session","dur":9,"name":"model_run","args":{}},)";

std::vector<Kernel> read(std::string events, int warm_ups) {
  events.back() = ']';
  std::istringstream file("[" + events);
  return read_profile(file, warm_ups);
}

TEST(Profile, MedianLeavesTheWarmUpOut) {
  std::string events;
  for (const int microseconds : {1000, 10, 30, 20}) {
    events += node_event("a", "Conv", microseconds, "float", "float") +
              node_event("b", "Relu", microseconds / 2, "float", "float") + kRunEvent;
  }
  const std::vector<Kernel> kernels = read(events, 1);
  ASSERT_EQ(kernels.size(), 2U);
  EXPECT_EQ(kernels[0].node, "a");
  EXPECT_EQ(kernels[0].op, "Conv");
  EXPECT_EQ(kernels[0].microseconds, 20);
  EXPECT_EQ(kernels[1].node, "b");
  EXPECT_EQ(kernels[1].microseconds, 10);
}

TEST(Profile, ANodeThatRanTwiceInOneRunCountsWithItsSum) {
  const std::vector<Kernel> kernels =
      read(node_event("a", "Conv", 3, "float", "float") + node_event("a", "Conv", 4, "float", "float") + kRunEvent, 0);
  ASSERT_EQ(kernels.size(), 1U);
  EXPECT_EQ(kernels[0].microseconds, 7);
}

TEST(Profile, TellsIntegerKernelsAndConversions) {
  struct Case {
    const char *op, *input, *output;
    bool integer, conversion;
  };
  for (const Case& c : std::vector<Case>{{"QLinearConv", "uint8", "uint8", true, false},
                                         {"QGemm", "uint8", "float", true, false},
                                         {"MatMulIntegerToFloat", "uint8", "float", true, false},
                                         {"ConvInteger", "uint8", "int32", true, false},
                                         {"MaxPool", "uint8", "uint8", true, false},
                                         {"MaxPool", "float", "float", false, false},
                                         {"Transpose", "int8", "int8", true, false},
                                         {"Conv", "float", "float", false, false},
                                         {"Shape", "uint8", "int64", false, false},
                                         {"Greater", "float", "bool", false, false},
                                         {"QuantizeLinear", "float", "uint8", false, true},
                                         {"DequantizeLinear", "uint8", "float", false, true},
                                         {"Cast", "uint8", "float", false, true},
                                         {"ReorderOutput", "float", "float", false, true}}) {
    const std::vector<Kernel> kernels = read(node_event("n", c.op, 1, c.input, c.output) + kRunEvent, 0);
    ASSERT_EQ(kernels.size(), 1U) << c.op;
    EXPECT_EQ(kernels[0].integer, c.integer) << c.op << " of " << c.input;
    EXPECT_EQ(kernels[0].conversion, c.conversion) << c.op;
  }
}

TEST(Profile, ABrokenFileIsAnError) {
  const Error error = error_of([] {
    std::istringstream file("[{\"cat\":");
    read_profile(file, 0);
  });
  EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
  EXPECT_THAT(error.message(), testing::StartsWith("ONNX Runtime's profile cannot be read: "));
}

}  // namespace
}  // namespace quoin::ort
