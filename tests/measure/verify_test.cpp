// Verify, layers and compare, on ONNX Runtime.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "quoin/error.h"
#include "quoin/measure.h"

namespace quoin {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// y = Relu(x * 2 + SHIFT), two classes.
std::string model_text(const std::string& shift, const std::string& batch = "N") {
  return "<ir_version: 8, opset_import: [\"\" : 13]>\n"
         "g (float[" +
         batch + ",2] x) => (float[" + batch +
         ",2] y)\n"
         "<float two = {2}, float shift = {" +
         shift +
         "}> {\n"
         "  scaled = Mul(x, two)\n  moved = Add(scaled, shift)\n  y = Relu(moved)\n}\n";
}

Dataset labelled(size_t size = 4) {
  return Dataset(
      size,
      [](size_t index) {
        const float value = static_cast<float>(index);
        return Sample{{{"x", Tensor::from<float>({1, 2}, std::vector<float>{value, 2})}}, value >= 2 ? 0 : 1};
      },
      "made up", true);
}

class Measure : public testing::Test {
 protected:
  void SetUp() override {
    try {
      engine_ = open_engine("onnxruntime");
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kMissingRuntime);
      GTEST_SKIP() << "ONNX Runtime is not on this machine";
    }
  }
  std::unique_ptr<Engine> engine_;
};

TEST_F(Measure, MaxAbsDiffIsThatOfTheOutputs) {
  const Graph a = parse_text(model_text("1")), b = parse_text(model_text("1.5"));
  EXPECT_EQ(max_abs_diff(*engine_, a, a, random_inputs(a)), 0);
  EXPECT_NEAR(max_abs_diff(*engine_, a, b, labelled()), 0.5, 1e-6);
}

// ONNX Runtime's own optimizations refuse the float model (tests/conformance), and round the other otherwise.
TEST_F(Measure, VerifyOfATensorRtFileInFloat16IsSimulatedAsTheGraphsSay) {
  const Graph reference = parse_text(R"(<ir_version: 9, opset_import: ["" : 19]>
    g (float[2,2] a, float[2,2] b) => (float[2,2] y) <float s = {0.5}, float t = {0.25}> {
      m = Mul(a, s)  n = Mul(m, t)  u = MatMul(n, b)  y = MatMul(u, m) })");
  const Graph model = parse_text(R"(<ir_version: 9, opset_import: ["" : 19]>
    g (float[2,2] a, float[2,2] b) => (float[2,2] y) <float s = {0.5}, float t = {0.25}, int8 z = {0}, float scale = {0.03}> {
      k = Cast <to = 10> (scale)  h = Cast <to = 10> (a)  q = QuantizeLinear(h, k, z)  d = DequantizeLinear(q, k, z)  f = Cast <to = 1> (d)
      m = Mul(f, s)  n = Mul(m, t)  u = MatMul(n, b)  y = MatMul(u, m) })");
  const VerifyResult result = verify(*engine_, reference, model, random_inputs(reference, 4));
  EXPECT_GT(result.simulated.sqnr_db, 20);
  EXPECT_THAT(result.no_real, AllOf(StartsWith("no real accuracy: the file is in TensorRT's dialect, with float16, of "
                                               "which the optimizations of onnxruntime "),
                                    EndsWith("; simulated is what the file says")));
}

TEST_F(Measure, VerifyOfAModelAgainstItselfIsPerfect) {
  const Graph model = parse_text(model_text("1"));
  const VerifyResult result = verify(*engine_, model, model, labelled(), {.threads = 2});
  EXPECT_EQ(result.real.top1, 100.0);
  EXPECT_EQ(result.reference.samples, 4u);
  EXPECT_EQ(result.real.max_abs, 0);
  EXPECT_EQ(result.real.agreements, 4u);
  EXPECT_EQ(result.data, "made up (4 samples)");
  EXPECT_THAT(result.engine, StartsWith("onnxruntime "));
  EXPECT_TRUE(result.layers.empty());
}

TEST_F(Measure, VerifyIsTheSameWithAnyNumberOfThreads) {
  const Graph a = parse_text(model_text("1")), b = parse_text(model_text("1.25"));
  const VerifyResult one = verify(*engine_, a, b, labelled(33), {.threads = 1, .layers = true});
  const VerifyResult many = verify(*engine_, a, b, labelled(33), {.threads = 4, .layers = true});
  EXPECT_EQ(one.real.sqnr_db, many.real.sqnr_db);
  EXPECT_EQ(one.real.mean_cosine, many.real.mean_cosine);
  ASSERT_EQ(one.layers.size(), many.layers.size());
  for (size_t i = 0; i < one.layers.size(); ++i) EXPECT_EQ(one.layers[i].sqnr_db, many.layers[i].sqnr_db);
}

TEST_F(Measure, LayersTellWhereTheErrorBegins) {
  const Graph a = parse_text(model_text("1")), b = parse_text(model_text("1.25"));
  const VerifyResult result = verify(*engine_, a, b, labelled(), {.layers = true});
  ASSERT_EQ(result.layers.size(), 3u);
  EXPECT_EQ(result.layers[0].value, "moved");
  EXPECT_EQ(result.layers[1].value, "y");
  EXPECT_EQ(result.layers[2].value, "scaled");
  EXPECT_TRUE(std::isinf(result.layers[2].sqnr_db));
  // Of (2v + 1, 5) for v = 0 to 3: sum of squares 84 + 100, each value off by 0.25.
  EXPECT_NEAR(result.layers[0].sqnr_db, 10 * std::log10(184 / (8 * 0.0625)), 1e-4);
}

TEST_F(Measure, AFixedBatchTakesSamplesTogether) {
  const Graph a = parse_text(model_text("1", "3")), b = parse_text(model_text("1.25", "3"));
  const Graph free_a = parse_text(model_text("1")), free_b = parse_text(model_text("1.25"));
  const VerifyResult batched = verify(*engine_, a, b, labelled(7)),
                     single = verify(*engine_, free_a, free_b, labelled(7));
  EXPECT_EQ(batched.real.samples, 7u);
  EXPECT_EQ(batched.real.top1, single.real.top1);
  EXPECT_EQ(batched.real.sqnr_db, single.real.sqnr_db);
  EXPECT_EQ(first_feeds(a, labelled(2))[0].second.shape(), (Shape{3, 2}));
}

TEST_F(Measure, VerifyRefusesModelsWithOtherOutputs) {
  const Graph a = parse_text(model_text("1"));
  const Graph b = parse_text(
      "<ir_version: 8, opset_import: [\"\" : 13]>\ng (float[N,2] x) => (float[N,2] z) {\n  z = Relu(x)\n}\n");
  try {
    verify(*engine_, a, b, labelled());
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    EXPECT_EQ(error.message(), "the models' outputs differ: the float model has y, the other has z");
  }
}

TEST_F(Measure, CompareOfAModelThatNoListMatchesLeavesItFloat) {
  const Graph model = parse_text(model_text("1"));
  CompareOptions options;
  options.bench = {.warmup = 1, .rounds = 5};
  const CompareResult result =
      compare(model, load_target("onnxruntime-cpu"), *engine_, labelled(), labelled(), options);
  ASSERT_GE(result.rows.size(), 3u);
  EXPECT_EQ(result.rows[0].name, "float");
  EXPECT_EQ(result.rows[1].name, "blanket");
  EXPECT_EQ(result.rows[2].name, "smart");
  EXPECT_THAT(result.rows[2].skipped, HasSubstr("matched nothing"));
  EXPECT_EQ(result.ship, 0u);
  EXPECT_THAT(result.verdict, StartsWith("Leave it float: "));
}

TEST_F(Measure, CompareOfARealModelMeasuresEveryRow) {
  const std::string data = std::string(QUOIN_SOURCE_DIR) + "/examples/data/";
  if (!std::filesystem::exists(data + "resnet20_cifar10.onnx")) GTEST_SKIP() << "the example's model is not here";
  const Graph model = load(data + "resnet20_cifar10.onnx");
  CompareOptions options;
  options.bench = {.warmup = 1, .rounds = 5};
  options.more.emplace_back("again", model.clone());
  const CompareResult result =
      compare(model, load_target("onnxruntime-cpu"), *engine_, load_dataset(data + "cifar10.toml#calibration,first=16"),
              load_dataset(data + "cifar10.toml#test,first=64"), options);
  ASSERT_EQ(result.rows.size(), 4u);
  EXPECT_FALSE(result.same_data);
  EXPECT_EQ(result.rounds, 5);
  for (const CompareRow& row : result.rows) {
    EXPECT_EQ(row.skipped, "") << row.name;
    ASSERT_TRUE(row.real.top1.has_value()) << row.name;
    EXPECT_GT(*row.real.top1, 80) << row.name;
    EXPECT_GT(row.kernels, 0) << row.name;
    EXPECT_GT(row.latency.median_ms, 0) << row.name;
  }
  EXPECT_EQ(result.rows[0].integer_kernels, 0);
  EXPECT_GT(result.rows[2].integer_kernels, 0);
  EXPECT_GT(result.rows[2].quantized_units, 0);
  EXPECT_LT(result.rows[2].file_bytes, result.rows[0].file_bytes);
  EXPECT_EQ(result.rows[3].real.max_abs, 0) << "the same model again";
  EXPECT_THAT(result.verdict, EndsWith("."));

  options.more.clear();
  const Dataset same = load_dataset(data + "cifar10.toml#calibration,first=16");
  EXPECT_TRUE(compare(model, load_target("onnxruntime-cpu"), *engine_, same, same, options).same_data);
}

}  // namespace
}  // namespace quoin
