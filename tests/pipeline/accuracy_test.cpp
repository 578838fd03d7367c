// Whole runs on small models that a quantizer gets wrong easily, judged on samples that it has not seen.
#include <cmath>
#include <random>

#include "quantize/emitted.h"
#include "quoin/effort.h"
#include "quoin/pipeline.h"

namespace quoin {
namespace {

constexpr const char* kTargets[] = {"onnxruntime-cpu", "openvino-cpu", "tensorrt"};

Dataset samples(const Shape& shape, unsigned seed, float scale = 1, size_t count = 24) {
  return Dataset(count, [=](size_t index) {
    std::mt19937 random(seed * 1000 + static_cast<unsigned>(index));
    std::normal_distribution<float> normal(0.3F, 1);
    std::vector<float> values(static_cast<size_t>(element_count(shape)));
    for (float& value : values) value = scale * normal(random);
    return Sample{{{"x", Tensor::from(shape, values)}}, {}};
  });
}

// dB, Q/DQ computed as the file says.
double sqnr(const Graph& model, const Graph& made, const Dataset& data) {
  const auto a = onnxruntime()->open_bytes(serialize(model), {.level = OptimizationLevel::kNone}),
             b = onnxruntime()->open_bytes(serialize(made), {.level = OptimizationLevel::kNone});
  double signal = 0, noise = 0;
  for (size_t i = 0; i < data.size(); ++i) {
    const NamedTensors feeds = data.sample(i).inputs;
    const std::vector<double> x = a->run(feeds).front().second.to_doubles(),
                              y = b->run(feeds).front().second.to_doubles();
    for (size_t k = 0; k < x.size(); ++k) {
      signal += x[k] * x[k];
      noise += (x[k] - y[k]) * (x[k] - y[k]);
    }
  }
  return 10 * std::log10(signal / noise);
}

class Accurate : public testing::Test {
 protected:
  void SetUp() override {
    if (!onnxruntime()) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
  static double made(const Graph& model, const char* target, const Shape& shape, Effort effort, float scale = 1) {
    QuantizeOptions options;
    apply(effort, options);
    const QuantizeResult result =
        quantize_model(model, load_target(target), *onnxruntime(), samples(shape, 1, scale), options);
    return sqnr(model, result.emitted.graph, samples(shape, 2, scale));
  }
};

TEST_F(Accurate, PositionsAreNoBias) {
  const Graph model = model_of(
      "float[1,8,16] x", "float[1,8,16] y",
      {random_initializer("w", {16, 16}), random_initializer("v", {16, 16}), random_initializer("p", {1, 8, 16}, 2)},
      "m = MatMul(x, w)\na = Add(m, p)\nr = Relu(a)\ny = MatMul(r, v)");
  for (const char* target : kTargets) {
    for (const Effort effort : {Effort::kFast, Effort::kDefault})
      EXPECT_GT(made(model, target, {1, 8, 16}, effort), 28) << target << " " << to_string(effort);
  }
}

TEST_F(Accurate, AGemmWithoutCHasABetaToo) {
  const Graph model =
      model_of("float[8,16] x", "float[8,16] y", {random_initializer("w", {16, 16}), random_initializer("v", {16, 16})},
               "a = Gemm<beta = 0.25, transB = 1>(x, w)\nr = Relu(a)\ny = Gemm(r, v)");
  for (const char* target : kTargets) EXPECT_GT(made(model, target, {8, 16}, Effort::kDefault), 30) << target;
}

// Channels that all reach as far: factors from 24 samples fill the range to the brim, and other samples are clipped.
TEST_F(Accurate, DefaultIsNotBelowFastOnFewSamples) {
  const Graph model =
      model_of("float[4,16] x", "float[4,16] y",
               {random_initializer("w", {32, 16}), random_initializer("c", {32}, 1), random_initializer("v", {32, 16})},
               "a = Gemm<alpha = -1.5, transB = 1>(x, w, c)\nr = Relu(a)\ny = Gemm(r, v)");
  for (const char* target : kTargets) {
    EXPECT_GT(made(model, target, {4, 16}, Effort::kDefault), made(model, target, {4, 16}, Effort::kFast) - 1)
        << target;
  }
}

// Weights of 1e-9 with a bias of its own beside: pruned channels. And activations beyond float16, which the next
// weights scale back.
TEST_F(Accurate, NumbersFarFromOne) {
  const std::string tiny =
      fmt::format("float[16,16,1,1] t = {{{}}}", fmt::join(std::vector<std::string>(256, "0.000000001"), ","));
  const Graph dead = model_of("float[1,16,6,6] x", "float[1,16,6,6] y",
                              {tiny, random_initializer("w", {16, 16, 1, 1}), random_initializer("b", {16}, 0.6F),
                               random_initializer("v", {16, 32, 1, 1})},
                              "h = Conv(x, t, b)\ng = Conv(x, w)\nj = Concat<axis = 1>(h, g)\nr = Relu(j)\n"
                              "y = Conv(r, v)");
  const Graph large = model_of("float[1,16,6,6] x", "float[1,16,6,6] y",
                               {random_initializer("w", {16, 16, 1, 1}, 1e6F),
                                fmt::format("float[16,16,1,1] v = {{{}}}",
                                            fmt::join(std::vector<std::string>(128, "0.0000003, -0.0000001"), ","))},
                               "h = Conv(x, w)\nr = Relu(h)\ny = Conv(r, v)");
  for (const char* target : kTargets) {
    EXPECT_GT(made(dead, target, {1, 16, 6, 6}, Effort::kDefault), 25) << target;
    EXPECT_GT(made(large, target, {1, 16, 6, 6}, Effort::kDefault), 25) << target;
    EXPECT_GT(made(large, target, {1, 16, 6, 6}, Effort::kDefault, 1e-7F), 25) << target << ", a small input";
  }
}

}  // namespace
}  // namespace quoin
