#include <gmock/gmock.h>

#include <cstdlib>
#include <filesystem>

#include "onnxruntime.h"

namespace quoin {
namespace {

using testing::Contains;
using testing::Not;

// Q/DQ around a convolution with per-tensor int8 weights: an integer kernel at the full level.
constexpr char kQdqConv[] = R"(
<ir_version: 8, opset_import: ["" : 13]>
qdq (float[1,4,6,6] x) => (float[1,8,6,6] y)
<float xs = {0.05}, uint8 xz = {128}, float ws = {0.01}, int8 wz = {0}, float ys = {0.1}, uint8 yz = {128},
 int64[4] shape = {8, 4, 1, 1}, int8[32] flat = {1, -2, 3, -4, 5, -6, 7, -8, 9, 1, 2, 3, 4, 5, 6, 7,
                                              1, -2, 3, -4, 5, -6, 7, -8, 9, 1, 2, 3, 4, 5, 6, 7}>
{
  xq = QuantizeLinear(x, xs, xz)
  xd = DequantizeLinear(xq, xs, xz)
  w = Reshape(flat, shape)
  wd = DequantizeLinear(w, ws, wz)
  c = Conv(xd, wd)
  cq = QuantizeLinear(c, ys, yz)
  y = DequantizeLinear(cq, ys, yz)
}
)";

class KernelsTest : public OnnxRuntimeTest {
 protected:
  static std::vector<Kernel> kernels(OptimizationLevel level) {
    return onnxruntime()->kernels(model_bytes(kQdqConv), feeds(), 3, {.level = level, .threads = 1});
  }
  static NamedTensors feeds() { return {{"x", Tensor::from<float>({1, 4, 6, 6}, std::vector<float>(4 * 36, 1.0F))}}; }
  static std::vector<std::string> ops(const std::vector<Kernel>& kernels) {
    std::vector<std::string> ops;
    for (const Kernel& kernel : kernels) ops.push_back(kernel.op);
    return ops;
  }
  static const Kernel* find(const std::vector<Kernel>& kernels, std::string_view op) {
    for (const Kernel& kernel : kernels) {
      if (kernel.op == op) return &kernel;
    }
    return nullptr;
  }
};

TEST_F(KernelsTest, FullLevelRunsTheConvolutionInInteger) {
  const std::vector<Kernel> found = kernels(OptimizationLevel::kFull);
  EXPECT_THAT(ops(found), Not(Contains("Conv")));
  const Kernel* conv = find(found, "QLinearConv");
  ASSERT_NE(conv, nullptr);
  EXPECT_TRUE(conv->integer);
  EXPECT_FALSE(conv->conversion);
  EXPECT_GE(conv->microseconds, 0);
  EXPECT_EQ(found.front().op, "QuantizeLinear");
  EXPECT_TRUE(found.front().conversion);
  EXPECT_EQ(found.back().op, "DequantizeLinear");
}

TEST_F(KernelsTest, BasicLevelRunsTheConvolutionInFloat) {
  const std::vector<Kernel> found = kernels(OptimizationLevel::kBasic);
  EXPECT_THAT(ops(found), Not(Contains("QLinearConv")));
  const Kernel* conv = find(found, "Conv");
  ASSERT_NE(conv, nullptr);
  EXPECT_FALSE(conv->integer);
}

TEST_F(KernelsTest, WrongFeedsAndRunsAreErrors) {
  const std::string model = model_bytes(kQdqConv);
  EXPECT_EQ(error_of([&] { onnxruntime()->kernels(model, {}); }).message(), "input 'x' is not fed");
  EXPECT_EQ(error_of([&] { onnxruntime()->kernels(model, feeds(), 0); }).message(),
            "a profile cannot be taken from 0 runs");
}

TEST_F(KernelsTest, LeavesNoTemporaryFiles) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "quoin-kernels-test";
  fs::create_directories(folder);
  const char* before = std::getenv("TMPDIR");
  const std::string old = before == nullptr ? "" : before;
  setenv("TMPDIR", folder.c_str(), 1);
  kernels(OptimizationLevel::kFull);
  if (before == nullptr) {
    unsetenv("TMPDIR");
  } else {
    setenv("TMPDIR", old.c_str(), 1);
  }
  EXPECT_TRUE(fs::is_empty(folder));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace quoin
