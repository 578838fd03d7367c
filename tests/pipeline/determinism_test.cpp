// The same file, byte for byte: run after run, whatever the threads and the batch that the model was exported with.
#include <fstream>
#include <map>

#include "quantize/emitted.h"
#include "quoin/pipeline.h"

namespace quoin {
namespace {

// Enough for ranges of least error, and not a multiple of the batches.
constexpr size_t kSamples = 67;

class Determinism : public testing::Test {
 protected:
  void SetUp() override {
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
};

// Of a depthwise convolution: channels of very different sizes, which equalization evens out.
std::string uneven_weight() {
  std::vector<std::string> numbers;
  for (int i = 0; i < 72; ++i) numbers.push_back(fmt::format("{:.4f}", (i * 29 % 37 - 15) * 0.002 * (1 << i / 9)));
  return fmt::format("float[8,1,3,3] w1 = {{{}}}", fmt::join(numbers, ","));
}

// A place for every step: equalization between the convolutions, ranges, rounding, biases, a residual and a Linear.
Graph network(int batch) {
  return model_of(fmt::format("float[{},4,8,8] x", batch), fmt::format("float[{},5] y", batch),
                  {random_initializer("w0", {8, 4, 3, 3}), random_initializer("b0", {8}), uneven_weight(),
                   random_initializer("b1", {8}), random_initializer("w2", {8, 8, 1, 1}), random_initializer("b2", {8}),
                   random_initializer("wf", {5, 8}), random_initializer("bf", {5})},
                  R"(
    [stem] c0 = Conv <pads = [1, 1, 1, 1]> (x, w0, b0)
    [stem_relu] r0 = Relu(c0)
    [depthwise] c1 = Conv <group = 8, pads = [1, 1, 1, 1]> (r0, w1, b1)
    [depthwise_relu] r1 = Relu(c1)
    [pointwise] c2 = Conv(r1, w2, b2)
    [add] a = Add(c2, r0)
    [relu] r2 = Relu(a)
    [pool] p = GlobalAveragePool(r2)
    [flatten] f = Flatten(p)
    [fc] y = Gemm <transB = 1> (f, wf, bf))");
}

struct Made {
  std::string bytes, ranges;
  std::map<std::string, std::string> constants;  // bytes by name
  size_t equalized = 0, chosen = 0, rounded = 0, corrected = 0;
};

Made make(const std::string& target, int threads, int batch = 1) {
  const Graph model = network(batch);
  QuantizeOptions options;
  options.collect.threads = threads;
  const Dataset data = random_dataset(network(1), kSamples, 5);
  const QuantizeResult result = quantize_model(model, load_target(target), *onnxruntime(), data, options);
  Made made;
  made.bytes = serialize(result.emitted.graph);
  const std::string path = testing::TempDir() + fmt::format("determinism-{}-{}-{}.ranges", target, threads, batch);
  result.model.ranges->save(path);
  std::ifstream file(path, std::ios::binary);
  made.ranges.assign(std::istreambuf_iterator<char>(file), {});
  for (const Value* value : result.emitted.graph.values()) {
    if (!value->constant()) continue;
    const auto bytes = value->constant()->bytes();
    made.constants[value->name()].assign(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  for (const Equalization& one : result.equalizations) made.equalized += one.strength > 0 ? 1 : 0;
  for (const WeightRounding& one : result.roundings) made.rounded += one.sqnr_after > one.sqnr_before ? 1 : 0;
  made.chosen = result.ranges.size();
  made.corrected = result.corrections.size();
  return made;
}

TEST_F(Determinism, TheSameBytesRunAfterRunAndWithAnyNumberOfThreads) {
  for (const std::string target : {"onnxruntime-cpu", "openvino-cpu", "tensorrt"}) {
    const Made one = make(target, 1);
    EXPECT_TRUE(one.bytes == make(target, 1).bytes) << target;
    EXPECT_TRUE(one.bytes == make(target, 2).bytes) << target;
  }
}

TEST_F(Determinism, TheSameRangesAndConstantsInBatchesOf1And8And32) {
  const Made one = make("onnxruntime-cpu", 1);
  EXPECT_GT(one.equalized, 0U);
  EXPECT_GT(one.chosen, 0U);
  EXPECT_GT(one.rounded, 0U);
  EXPECT_GT(one.corrected, 0U);
  for (const int batch : {8, 32}) {
    const Made made = make("onnxruntime-cpu", 2, batch);
    EXPECT_TRUE(one.ranges == made.ranges) << batch;
    EXPECT_TRUE(one.constants == made.constants) << batch;
  }
}

}  // namespace
}  // namespace quoin
