#include "engine/openvino/layers.h"
#include "openvino.h"

namespace quoin {
namespace {

using testing::ElementsAre;

std::string qdq_conv(const std::string& weights) {
  return R"(
<ir_version: 8, opset_import: ["" : 13]>
qdq (float[1,4,6,6] x) => (float[1,8,6,6] y)
<float xs = {0.05}, uint8 xz = {128}, float ws = {0.01}, int8 wz = {0}, float ys = {0.1}, uint8 yz = {128},
 int64[4] shape = {8, 4, 1, 1}, )" +
         weights + R"(>
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
}

std::string qdq_conv() {
  std::string flat;
  for (int i = 0; i < 32; ++i) flat += (i == 0 ? "" : ", ") + std::to_string(i % 2 == 0 ? i : -i);
  return qdq_conv("int8[32] flat = {" + flat + "}");
}

class OpenvinoKernelsTest : public OpenvinoTest {
 protected:
  static std::vector<Kernel> kernels(std::string_view text, OptimizationLevel level) {
    return openvino_engine()->kernels(model_bytes(text), feeds(), 3, {.level = level, .threads = 1});
  }
  static NamedTensors feeds() { return {{"x", Tensor::from<float>({1, 4, 6, 6}, std::vector<float>(4 * 36, 1.0F))}}; }
  static const Kernel* find(const std::vector<Kernel>& kernels, std::string_view op) {
    for (const Kernel& kernel : kernels) {
      if (kernel.op == op) return &kernel;
    }
    return nullptr;
  }
};

TEST_F(OpenvinoKernelsTest, FullLevelRunsTheConvolutionInInteger) {
  const std::vector<Kernel> found = kernels(qdq_conv(), OptimizationLevel::kFull);
  const Kernel* conv = find(found, "Convolution");
  ASSERT_NE(conv, nullptr);
  EXPECT_TRUE(conv->integer);
  EXPECT_FALSE(conv->conversion);
  EXPECT_GE(conv->microseconds, 0);
}

TEST_F(OpenvinoKernelsTest, LowerLevelsRunItInFloat) {
  for (const OptimizationLevel level : {OptimizationLevel::kNone, OptimizationLevel::kBasic}) {
    const std::vector<Kernel> found = kernels(qdq_conv(), level);
    const Kernel* conv = find(found, "Convolution");
    ASSERT_NE(conv, nullptr);
    EXPECT_FALSE(conv->integer);
  }
}

TEST_F(OpenvinoKernelsTest, AFloatModelHasNone) {
  const std::vector<Kernel> found = kernels(R"(
<ir_version: 8, opset_import: ["" : 13]>
plain (float[1,4,6,6] x) => (float[1,2,6,6] y) <float[2,4,1,1] w = {1, 2, 3, 4, 5, 6, 7, 8}> { y = Conv(x, w) }
)",
                                            OptimizationLevel::kFull);
  EXPECT_NE(find(found, "Convolution"), nullptr);
  for (const Kernel& kernel : found) EXPECT_FALSE(kernel.integer) << kernel.node;
}

TEST_F(OpenvinoKernelsTest, WrongFeedsAndRunsAreErrors) {
  const std::string model = model_bytes(qdq_conv());
  EXPECT_EQ(error_of([&] { openvino_engine()->kernels(model, {}); }).message(), "input 'x' is not fed");
  EXPECT_EQ(error_of([&] { openvino_engine()->kernels(model, feeds(), 0); }).message(),
            "a profile cannot be taken from 0 runs");
}

TEST(OpenvinoLayers, BecomeKernelsWithTheirMedians) {
  using openvino::Layer;
  const std::vector<Kernel> kernels = openvino::to_kernels({
      {Layer{"q", "Subgraph", "jit_avx2_I8", 5}, Layer{"q_abcd", "Reorder", "jit_uni_I8", 1},
       Layer{"conv", "Convolution", "brgconv_avx512_1x1_I8", 10}},
      {Layer{"q", "Subgraph", "jit_avx2_I8", 7}, Layer{"conv", "Convolution", "brgconv_avx512_1x1_I8", 30}},
      {Layer{"q", "Subgraph", "jit_avx2_I8", 9}, Layer{"conv", "Convolution", "brgconv_avx512_1x1_I8", 11},
       Layer{"fc", "FullyConnected", "brgemm_avx512_f32", 4}},
  });
  std::vector<std::string> ops;
  std::vector<bool> integer, conversion;
  std::vector<double> microseconds;
  for (const Kernel& kernel : kernels) {
    ops.push_back(kernel.op);
    integer.push_back(kernel.integer);
    conversion.push_back(kernel.conversion);
    microseconds.push_back(kernel.microseconds);
  }
  EXPECT_THAT(ops, ElementsAre("Subgraph", "Reorder", "Convolution", "FullyConnected"));
  EXPECT_THAT(integer, ElementsAre(false, false, true, false));
  EXPECT_THAT(conversion, ElementsAre(false, true, false, false));
  EXPECT_THAT(microseconds, ElementsAre(7, 1, 11, 4));
}

TEST(OpenvinoLayers, AKernelsLastWordTellsItsType) {
  const auto integer = [](const std::string& kernel) {
    return openvino::to_kernels({{openvino::Layer{"n", "MaxPool", kernel, 1}}}).at(0).integer;
  };
  EXPECT_TRUE(integer("jit_avx2_I8"));
  EXPECT_TRUE(integer("unknown_u8"));
  EXPECT_FALSE(integer("jit_i8_f32"));
  EXPECT_FALSE(integer("ref_boolean"));
  EXPECT_FALSE(integer(""));
}

}  // namespace
}  // namespace quoin
