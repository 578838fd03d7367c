// Average pools that OpenVINO's CPU plugin computes otherwise than the Q/DQ graph says (docs/targets.md). Each test
// holds the fault; one that fails on a newer OpenVINO says that the rule of targets/openvino-cpu.toml, and the lint
// rule, can go.
#include "conformance/openvino_results.h"

namespace quoin {
namespace {

using OpenvinoPools = OpenvinoResults;

QdqGraph pooled(const Quantization& q, const std::string& attributes) {
  QdqGraph graph(kWideImage);
  graph.output(graph.op("AveragePool", {graph.qdq("x", q)}, "kernel_shape = [3, 3], " + attributes));
  return graph;
}
TEST_F(OpenvinoPools, V13_AnAveragePoolThatCountsPaddingTakesItForMinusTheZeroPoint) {
  const std::string pads = "pads = [1, 1, 1, 1], ", counted = "count_include_pad = 1";
  EXPECT_GT(difference(pooled(kUint8, pads + counted)), kWrong);
  EXPECT_GT(difference(pooled(kUint8, "auto_pad = \"SAME_UPPER\", " + counted)), kWrong);
  EXPECT_GT(difference(pooled(kUint8, "pads = [0, 0, 1, 1], " + counted)), kWrong);
}

TEST_F(OpenvinoPools, V13_WithoutPaddingOrCountingOrZeroPointItIsRight) {
  const std::string pads = "pads = [1, 1, 1, 1]", counted = "count_include_pad = 1";
  EXPECT_LT(difference(pooled(kUint8, pads)), kRight);
  EXPECT_LT(difference(pooled(kUint8, counted)), kRight);
  EXPECT_LT(difference(pooled(kUint8, "strides = [2, 2], ceil_mode = 1, " + counted)), kRight);
  EXPECT_LT(difference(pooled(kUint8Positive, pads + ", " + counted)), kRight);
  EXPECT_LT(difference(pooled(kInt8, pads + ", " + counted)), kRight);
}

TEST_F(OpenvinoPools, V13_AMaxPoolBetweenHidesNothing) {
  QdqGraph graph(kWideImage);
  const std::string moved = graph.op("MaxPool", {graph.qdq("x")}, "kernel_shape = [2, 2]");
  graph.output(graph.op("AveragePool", {moved}, "kernel_shape = [3, 3], pads = [1, 1, 1, 1], count_include_pad = 1"));
  EXPECT_GT(difference(graph), kWrong);
}

// x of `channels` - integer AveragePool over all of height and width - `between` - Q - `then`.
QdqGraph whole_average(size_t channels, const Quantization& q, const std::string& between = "", bool conv = false,
                       const std::string& op = "AveragePool") {
  QdqGraph graph(fmt::format("float[1,{},6,6] x", channels));
  std::string value = graph.op(op, {graph.qdq("x", q)}, op == "AveragePool" ? "kernel_shape = [6, 6]" : "");
  if (!between.empty()) value = graph.op(between, {value});
  value = graph.qdq(value, {q.type, 0.02, q.zero_point});
  graph.output(conv ? graph.op("Conv", {value, graph.weight({8, channels, 1, 1})}) : value);
  return graph;
}

TEST_F(OpenvinoPools, V20_FewerThanSixteenAveragesInFrontOfAQ) {
  if (cpu_info().avx512) GTEST_SKIP() << "with AVX-512 it has a kernel for them";
  EXPECT_GT(difference(whole_average(8, kUint8)), kWrong);
  EXPECT_GT(difference(whole_average(15, kUint8)), kWrong);
  EXPECT_GT(difference(whole_average(8, kUint8, "", true)), kWrong);
  EXPECT_THAT(error_of([&] { openvino_engine()->open_bytes(whole_average(8, kInt8, "", true).bytes()); }).message(),
              testing::HasSubstr("Supported primitive descriptors list is empty"));
}

TEST_F(OpenvinoPools, V20_SixteenOrAnotherSpellingAreRight) {
  EXPECT_LT(difference(whole_average(16, kUint8)), kRight);
  EXPECT_LT(difference(whole_average(16, kInt8)), 0.021F) << "one step of the Q at most";
  EXPECT_LT(difference(whole_average(8, kUint8, "", true, "GlobalAveragePool")), kRight);
}

// x - integer AveragePool - `behind`, which is no Q.
QdqGraph averaged(const std::string& behind, bool quantized = false) {
  QdqGraph graph(kWideImage);
  std::string value = graph.op("AveragePool", {graph.qdq("x", {"uint8", 0.5, 128})}, "kernel_shape = [3, 3]");
  if (quantized) value = graph.qdq(value, {"uint8", 0.02, 128});
  if (behind == "MatMul") value = graph.op(behind, {value, graph.float_weight({10, 8})});
  if (behind == "Conv") value = graph.op(behind, {value, graph.float_weight({8, 16, 1, 1})});
  if (behind == "Mul") value = graph.op(behind, {value, graph.float_weight({1, 16, 1, 1})});
  if (behind == "Sigmoid") value = graph.op(behind, {value});
  graph.output(value);
  return graph;
}

TEST_F(OpenvinoPools, V21_AnAverageWithoutAQIsRoundedToTheStepOfItsInput) {
  EXPECT_GT(difference(averaged("MatMul")), kWrong);
  EXPECT_GT(difference(averaged("Mul")), kWrong);
}

TEST_F(OpenvinoPools, V21_BehindAQOrInFrontOfOthersItIsRight) {
  EXPECT_LT(difference(averaged("MatMul", true)), kRight);
  EXPECT_LT(difference(averaged("Mul", true)), kRight);
  for (const char* right : {"", "Conv", "Sigmoid"}) EXPECT_LT(difference(averaged(right)), kRight) << right;
}

}  // namespace
}  // namespace quoin
