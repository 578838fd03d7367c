// The pair rule on whole weights: for which CPUs, along which order of K, and what the file says.
#include "quantize/emitted.h"
#include "quantize/pair_rule.h"

namespace quoin {
namespace {

QuantizedModel for_cpu(const Graph& model, const std::string& cpu) {
  return plan_qdq(model, "onnxruntime-cpu", "smart", {.cpu = cpu});
}

// Weights near their largest magnitude everywhere: at full range most pairs break the rule.
std::string flat_weight(const std::string& name, const Shape& shape) {
  std::vector<std::string> numbers;
  for (int64_t i = 0; i < element_count(shape); ++i) numbers.push_back(fmt::format("{}", 0.9 + 0.1 * (i % 7) / 7.0));
  return fmt::format("float[{}] {} = {{{}}}", fmt::join(shape, ","), name, fmt::join(numbers, ","));
}

TEST(WeightPairs, OnlyForCpusThatSaturate) {
  const Graph model =
      model_of("float[1,4,5,5] x", "float[1,8,5,5] y", {flat_weight("w", {8, 4, 1, 1})}, "y = Conv(x, w)");
  for (const char* cpu : {"avx2", "avx512"}) EXPECT_TRUE(for_cpu(model, cpu).weights.at(0).pairs) << cpu;
  for (const char* cpu : {"vnni", "amx"}) EXPECT_FALSE(for_cpu(model, cpu).weights.at(0).pairs) << cpu;
  EXPECT_EQ(for_cpu(model, "native").weights.at(0).pairs, !cpu_info().exact_u8s8());
  EXPECT_EQ(error_text([&] { for_cpu(model, "avx3"); }),
            "unknown CPU 'avx3', did you mean 'avx2'? | it is one of native, avx2, avx512, vnni, amx");
}

TEST(WeightPairs, DepthwiseKernelsAddNoPairs) {
  const Graph model =
      model_of("float[1,4,5,5] x", "float[1,4,3,3] y", {flat_weight("w", {4, 1, 3, 3})}, "y = Conv<group = 4>(x, w)");
  EXPECT_FALSE(for_cpu(model, "avx2").weights.at(0).pairs);
}

TEST(WeightPairs, DepthwiseKernelsWithTwoOutputsPerChannelAddPairs) {
  const Graph model =
      model_of("float[1,4,5,5] x", "float[1,8,3,3] y", {flat_weight("w", {8, 1, 3, 3})}, "y = Conv<group = 4>(x, w)");
  EXPECT_TRUE(for_cpu(model, "avx2").weights.at(0).pairs);
}

// OpenVINO's kernels begin their pairs anew at each place of the kernel.
TEST(WeightPairs, TheOrderIsThatOfTheTarget) {
  const Graph model =
      model_of("float[1,3,5,5] x", "float[1,2,4,4] y", {flat_weight("w", {2, 3, 2, 2})}, "y = Conv(x, w)");
  QuantizedModel quantized = plan_qdq(model, "openvino-cpu", "smart", {.cpu = "avx2"});
  ASSERT_EQ(quantized.weights.at(0).bits, 8);
  for (const PairOrder order : {PairOrder::kAlongK, PairOrder::kEachPlace, PairOrder::kBoth}) {
    quantized.target.weight_pair_order = order;
    const QuantizedWeight weight = quantized_weight(quantized, quantized.weights.at(0));
    const std::span<const int8_t> integers = weight.values.as<int8_t>();
    for (size_t o = 0; o < 2; ++o) {
      std::vector<int8_t> row;
      for (size_t k = 0; k < 4; ++k) {
        for (size_t i = 0; i < 3; ++i) row.push_back(integers[(o * 3 + i) * 4 + k]);
      }
      const auto broken = [&](PairOrder other) { return broken_pairs(row, PairRule(other, 3, {2, 2}, 128)); };
      EXPECT_EQ(broken(order), 0u);
      if (order == PairOrder::kBoth) {
        EXPECT_EQ(broken(PairOrder::kAlongK) + broken(PairOrder::kEachPlace), 0u);
      }
    }
  }
}

// The neighbours of a 3x3 convolution with three channels, in the order kernel row, kernel column, channel.
TEST(WeightPairs, ConvPairsRunOverChannelsFirst) {
  const Graph model =
      model_of("float[1,3,5,5] x", "float[1,2,3,3] y", {flat_weight("w", {2, 3, 3, 3})}, "y = Conv(x, w)");
  const QuantizedModel quantized = for_cpu(model, "avx2");
  const QuantizedWeight weight = quantized_weight(quantized, quantized.weights.at(0));
  const std::span<const int8_t> integers = weight.values.as<int8_t>();
  for (size_t o = 0; o < 2; ++o) {
    std::vector<int8_t> row;
    for (size_t k = 0; k < 9; ++k) {
      for (size_t i = 0; i < 3; ++i) row.push_back(integers[(o * 3 + i) * 9 + k]);
    }
    EXPECT_EQ(broken_pairs(row, PairRule::along(row.size(), 128)), 0u);
    EXPECT_GT(weight.scales[o], 0.0F);
  }
}

TEST(WeightPairs, GemmAndMatMulAlongK) {
  for (const char* nodes : {"y = Gemm<transB = 1>(x, w)", "y = Gemm(x, w)", "y = MatMul(x, w)"}) {
    const bool outputs_first = std::string(nodes).find("transB") != std::string::npos;
    const Graph model =
        model_of("float[1,6] x", "float[1,4] y", {flat_weight("w", outputs_first ? Shape{4, 6} : Shape{6, 4})}, nodes);
    const QuantizedModel quantized = for_cpu(model, "avx2");
    const std::vector<int64_t> integers = quantized_weight(quantized, quantized.weights.at(0)).values.to_int64s();
    for (size_t o = 0; o < 4; ++o) {
      std::vector<int8_t> row;
      for (size_t k = 0; k < 6; ++k)
        row.push_back(static_cast<int8_t>(integers[outputs_first ? o * 6 + k : k * 4 + o]));
      EXPECT_EQ(broken_pairs(row, PairRule::along(row.size(), 128)), 0u) << nodes;
    }
  }
}

TEST(WeightPairs, OneScaleForAllIsKept) {
  const Graph model = model_of("float[1,6] x", "float[1,4] y", {flat_weight("w", {6, 4})}, "y = MatMul(x, w)");
  const QuantizedModel quantized =
      plan_qdq(model, "onnxruntime-cpu", "smart", {.weight = {.per_channel = false}, .cpu = "avx2"});
  const QuantizedWeight weight = quantized_weight(quantized, quantized.weights.at(0));
  ASSERT_EQ(weight.scales.size(), 1u);
  const std::vector<int64_t> integers = weight.values.to_int64s();
  for (size_t o = 0; o < 4; ++o) {
    for (size_t k = 0; k < 6; k += 2) EXPECT_LE(integers[k * 4 + o] + integers[(k + 1) * 4 + o], 128);
  }
}

}  // namespace
}  // namespace quoin
