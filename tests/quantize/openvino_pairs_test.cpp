// The pair order of target openvino-cpu on the engine: this program runs itself again on a processor cut down to AVX2,
// and to AVX-512 without VNNI.
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "quantize/emitted.h"

namespace quoin {
namespace {

std::unique_ptr<Engine> openvino() {
  try {
    return open_engine("openvino");
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kMissingRuntime) return nullptr;
    throw;
  }
}

struct Case {
  std::string name, input, output, node;
  Shape weight;
};

// Odd numbers of channels, a single one, groups, products.
const std::vector<Case>& cases() {
  static const std::vector<Case> all = {
      {"conv_3_channels", "float[1,3,9,9]", "float[1,16,7,7]", "y = Conv(x, w)", {16, 3, 3, 3}},
      {"conv_19_channels", "float[1,19,6,6]", "float[1,16,5,5]", "y = Conv(x, w)", {16, 19, 2, 2}},
      {"conv_8_channels", "float[1,8,6,6]", "float[1,16,4,4]", "y = Conv(x, w)", {16, 8, 3, 3}},
      {"conv_1_channel", "float[1,1,9,9]", "float[1,16,7,7]", "y = Conv(x, w)", {16, 1, 3, 3}},
      {"grouped_3", "float[1,6,6,6]", "float[1,16,5,5]", "y = Conv<group = 2>(x, w)", {16, 3, 2, 2}},
      {"depthwise_times_2", "float[1,18,6,6]", "float[1,36,4,4]", "y = Conv<group = 18>(x, w)", {36, 1, 3, 3}},
      {"matmul", "float[4,24]", "float[4,16]", "y = MatMul(x, w)", {24, 16}}};
  return all;
}

// Weights near the largest magnitude, all positive: where pairs saturate at all, they do here.
std::string heavy_weight(const Shape& shape) {
  std::vector<std::string> numbers;
  for (int64_t i = 0; i < element_count(shape); ++i) numbers.push_back(fmt::format("{}", 0.9 + 0.1 * (i % 7) / 7.0));
  return fmt::format("float[{}] w = {{{}}}", fmt::join(shape, ","), fmt::join(numbers, ","));
}

// Largest difference of the integer kernel to Q/DQ in float, over the largest output: inputs all at the end of their
// range.
double lost(const Engine& engine, const Case& one, const std::string& cpu) {
  const Graph model = model_of(one.input + " x", one.output + " y", {heavy_weight(one.weight)}, one.node);
  QuantizedModel quantized = plan_qdq(model, "openvino-cpu", "smart", {.cpu = cpu});
  give_ranges(quantized, 0, 1);
  const std::string bytes = serialize(emit(quantized).graph);
  const Shape shape = *model.inputs().front()->static_shape();
  const Tensor ones = Tensor::from(shape, std::vector<float>(static_cast<size_t>(element_count(shape)), 1.0F));
  const auto run = [&](OptimizationLevel level) {
    return engine.open_bytes(bytes, {level, 1})->run({{"x", ones}}).front().second.to_floats();
  };
  const std::vector<float> exact = run(OptimizationLevel::kBasic), real = run(OptimizationLevel::kFull);
  double largest = 0, difference = 0;
  for (size_t i = 0; i < exact.size(); ++i) {
    largest = std::max(largest, std::abs(double{exact[i]}));
    difference = std::max(difference, std::abs(double{exact[i]} - double{real[i]}));
  }
  return difference / largest;
}

// Not a test of its own: what the tests below run in another process.
TEST(OpenvinoPairs, DISABLED_Print) {
  const auto engine = openvino();
  ASSERT_NE(engine, nullptr);
  for (const Case& one : cases()) {
    EXPECT_LT(lost(*engine, one, "avx2"), 0.01) << one.name;
  }
  // Without the rule the same weights saturate here: the test above is not empty.
  EXPECT_GT(lost(*engine, cases().front(), "vnni"), 0.2);
}

void expect_right_on(const std::string& isa) {
  const std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string command = fmt::format(
      "env -u GTEST_TOTAL_SHARDS -u GTEST_SHARD_INDEX ONEDNN_MAX_CPU_ISA={} '{}' --gtest_also_run_disabled_tests "
      "--gtest_filter=OpenvinoPairs.DISABLED_Print 2>&1",
      isa, program);
  FILE* pipe = popen(command.c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  std::array<char, 4096> buffer{};
  while (const size_t size = fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), size);
  EXPECT_EQ(pclose(pipe), 0) << output;
}

TEST(OpenvinoPairs, NoSumSaturatesWithAvx2) {
  if (openvino() == nullptr) GTEST_SKIP() << "OpenVINO is not on this machine";
  if (!cpu_info().avx2) GTEST_SKIP() << "this processor has no AVX2";
  expect_right_on("AVX2");
}

TEST(OpenvinoPairs, NoSumSaturatesWithAvx512AndNoVnni) {
  if (openvino() == nullptr) GTEST_SKIP() << "OpenVINO is not on this machine";
  if (!cpu_info().avx512) GTEST_SKIP() << "this processor has no AVX-512";
  expect_right_on("AVX512_CORE");
}

}  // namespace
}  // namespace quoin
