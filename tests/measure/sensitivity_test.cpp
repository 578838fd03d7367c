#include "quoin/sensitivity.h"

#include <cmath>

#include "measure/culprit.h"

namespace quoin {
namespace {

class SensitivityTest : public testing::Test {
 protected:
  void SetUp() override {
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
  static PreparedModel prepared(const Graph& model) {
    return prepare(model, load_target("onnxruntime-cpu"), *onnxruntime(), random_dataset(model, 8, 1), plain_options());
  }
};

TEST_F(SensitivityTest, RanksTheUnitThatLosesMostFirst) {
  const Graph model = culprit_model();
  const PreparedModel made = prepared(model);
  const SensitivityResult found =
      measure_sensitivity(made, *onnxruntime(), random_dataset(model, 12, 2), {.most_samples = 6, .reverse = true});
  ASSERT_EQ(found.units.size(), 4u);
  const UnitSensitivity& worst = found.units[0];
  EXPECT_EQ(worst.unit, unit_of(made.model.matches, "conv1"));
  EXPECT_EQ(worst.pattern, "ConvBNReLU");
  EXPECT_EQ(worst.nodes, (std::vector<std::string>{"conv1", "relu1"}));
  EXPECT_EQ(found.reference.samples, 6u);
  EXPECT_THAT(found.data, testing::HasSubstr("(12 samples), 6 of them"));
  ASSERT_TRUE(worst.unit_sqnr_db.has_value());
  EXPECT_LT(*worst.unit_sqnr_db, 25);
  EXPECT_GT(worst.loss, 10 * found.units[1].loss) << "percent of cosine";
  EXPECT_DOUBLE_EQ(worst.output_error, 100 * std::pow(10, -worst.alone.sqnr_db / 10));
  ASSERT_TRUE(worst.gain && found.whole);
  EXPECT_GT(*worst.gain, 0.8 * 100 * (1 - found.whole->mean_cosine)) << "most of what is lost comes back";
  for (const UnitSensitivity& unit : found.units) {
    EXPECT_TRUE(unit.quantized_alone) << unit.unit;
    ASSERT_TRUE(unit.unit_sqnr_db.has_value()) << unit.unit;
    EXPECT_TRUE(std::isfinite(*unit.unit_sqnr_db)) << unit.unit << ": nothing was quantized";
  }
}

TEST_F(SensitivityTest, IsTheSameWithAnyNumberOfThreads) {
  const Graph model = culprit_model();
  const PreparedModel made = prepared(model);
  const Dataset data = random_dataset(model, 5, 2);
  const SensitivityResult one = measure_sensitivity(made, *onnxruntime(), data, {.threads = 1}),
                          many = measure_sensitivity(made, *onnxruntime(), data, {.threads = 3});
  ASSERT_EQ(one.units.size(), many.units.size());
  for (size_t i = 0; i < one.units.size(); ++i) {
    EXPECT_EQ(one.units[i].unit, many.units[i].unit);
    EXPECT_EQ(one.units[i].output_error, many.units[i].output_error);
    EXPECT_EQ(one.units[i].unit_sqnr_db, many.units[i].unit_sqnr_db);
  }
}

TEST_F(SensitivityTest, TheMetricMayBeACommand) {
  const Graph model = culprit_model();
  const SensitivityResult found =
      measure_sensitivity(prepared(model), *onnxruntime(), random_dataset(model, 3, 2),
                          {.metric = {Metric::Kind::kCommand, "sh -c 'test -s \"$0\" && echo 7'"}});
  for (const UnitSensitivity& unit : found.units) {
    EXPECT_EQ(unit.alone.custom, 7);
    EXPECT_EQ(unit.loss, 0);
  }
}

// With what is quantized alone nothing else is: the sum of all is no file, but each is.
TEST_F(SensitivityTest, AMaxPoolAloneOnlyPassesIntegersOn) {
  const Graph model = stem_and_max_pool();
  const PreparedModel made =
      prepare(model, load_target("onnxruntime-cpu"), *onnxruntime(), random_dataset(model, 4), plain_options());
  for (const UnitSensitivity& unit : measure_sensitivity(made, *onnxruntime(), random_dataset(model, 4, 2)).units) {
    if (unit.quantized_alone) continue;
    EXPECT_EQ(unit.output_error, 0) << unit.unit;
  }
}

}  // namespace
}  // namespace quoin
