// Sessions that simulate compute Q/DQ as the model says it: no bias becomes an integer that cannot hold it.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "onnxruntime.h"

namespace quoin {
namespace {

class FloatQdq : public OnnxRuntimeTest {
 protected:
  static std::vector<float> run(const std::string& model, OptimizationLevel level) {
    const auto session = onnxruntime()->open_bytes(model_bytes(model), {.level = level, .threads = 1});
    return session->run({{"x", Tensor::from<float>({1, 2, 1, 1}, {0.5F, -0.25F})}}).front().second.to_floats();
  }
};

constexpr OptimizationLevel kInFloat[] = {OptimizationLevel::kNone, OptimizationLevel::kBasic,
                                          OptimizationLevel::kNoIntegers};

// Weights of 1e-8 beside biases of 2 and 3: 2e10 steps of input scale x weight scale, and int32 holds 2e9.
TEST_F(FloatQdq, ABiasBeyondInt32StaysWhatItIs) {
  for (const char* node : {"y = Conv(d, v, b)",
                           "f = Flatten(d)\nt = Flatten(v)\ng = Gemm<transB = 1>(f, t, b)\n"
                           "y = Unsqueeze(g, axes)"}) {
    const std::string model = fmt::format(R"(<ir_version: 8, opset_import: ["" : 13]>
model (float[1,2,1,1] x) => (float[1,2,1,1] y)
<float s = {{0.01}}, uint8 z = {{128}}, float[2] ws = {{0.00000001, 0.00000002}}, int8[2] wz = {{0, 0}},
 int8[2,2,1,1] w = {{100, -50, 25, 75}}, float[2] b = {{2, 3}}, int64[2] axes = {{2, 3}}> {{
  q = QuantizeLinear(x, s, z)
  d = DequantizeLinear(q, s, z)
  v = DequantizeLinear<axis = 0>(w, ws, wz)
  {}
}})",
                                          node);
    for (const OptimizationLevel level : kInFloat) {
      const std::vector<float> y = run(model, level);
      EXPECT_NEAR(y[0], 2, 1e-5) << node << ", level " << static_cast<int>(level);
      EXPECT_NEAR(y[1], 3, 1e-5) << node << ", level " << static_cast<int>(level);
    }
  }
}

// Everything in float16, as in TensorRT's dialect: 571,000 steps, and float16 ends at 65504.
TEST_F(FloatQdq, ABiasBeyondFloat16sStepsStaysWhatItIs) {
  const std::string model = R"(<ir_version: 9, opset_import: ["" : 19]>
model (float[1,2,1,1] x) => (float[1,2,1,1] y)
<float s = {0.005}, int8 z = {0}, float ws = {0.0007}, int8 wz = {0}, int8[2,2,1,1] w = {100, -50, 25, 75}, float[2] b = {2, 3}> {
  hs = Cast<to = 10>(s)
  hws = Cast<to = 10>(ws)
  hb = Cast<to = 10>(b)
  h = Cast<to = 10>(x)
  q = QuantizeLinear(h, hs, z)
  d = DequantizeLinear(q, hs, z)
  v = DequantizeLinear(w, hws, wz)
  c = Conv(d, v, hb)
  y = Cast<to = 1>(c)
})";
  for (const OptimizationLevel level : kInFloat) {
    const std::vector<float> y = run(model, level);
    EXPECT_NEAR(y[0], 2 + 0.5 * 0.07 + 0.25 * 0.035, 0.005) << "level " << static_cast<int>(level);
    EXPECT_NEAR(y[1], 3 + 0.5 * 0.0175 - 0.25 * 0.0525, 0.005) << "level " << static_cast<int>(level);
  }
}

}  // namespace
}  // namespace quoin
