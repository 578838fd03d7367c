#include "quoin/budget.h"

#include "measure/culprit.h"
#include "quoin/recipe.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;

class BudgetTest : public testing::Test {
 protected:
  void SetUp() override {
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
  // In percent of the outputs' energy.
  static BudgetResult hold(const Graph& model, double budget) {
    BudgetOptions options;
    options.quantize = plain_options();
    options.metric.kind = Metric::Kind::kSqnr;
    options.budget = budget;
    return quantize_within_budget(model, load_target("onnxruntime-cpu"), *onnxruntime(), random_dataset(model, 8, 1),
                                  random_dataset(model, 8, 2), options);
  }
};

TEST_F(BudgetTest, TheCulpritGoesBackToFloatAndNothingElse) {
  const Graph model = culprit_model();
  const BudgetResult result = hold(model, 0.1);
  ASSERT_EQ(result.float_units.size(), 1u);
  EXPECT_EQ(result.float_units[0].unit, unit_of(result.made.model.matches, "conv1"));
  EXPECT_LE(result.loss, 0.1);
  ASSERT_EQ(result.steps.size(), 2u);
  EXPECT_EQ(result.steps[0].what, "every unit in INT8");
  EXPECT_FALSE(result.steps[0].holds);
  EXPECT_GT(result.steps[0].loss, 0.1);
  EXPECT_EQ(result.steps[1].what, "float: the most harmful unit");
  EXPECT_EQ(result.steps[1].loss_before, result.steps[0].loss);
  EXPECT_EQ(result.steps[1].loss, result.loss);
  EXPECT_TRUE(result.steps[1].holds);
  const std::string places = qdq_places(result.made.emitted.graph);
  EXPECT_THAT(places, HasSubstr("Conv conv1(x, const"));
  EXPECT_THAT(places, HasSubstr("Conv conv4(q, int8[0]"));
  std::vector<std::string> reasons;
  for (const ClosedPoint& point : result.made.model.closed) reasons.push_back(point.reason);
  EXPECT_THAT(reasons, testing::Contains("left float to keep the accuracy budget"));
}

// What is delivered is what was measured.
TEST_F(BudgetTest, TheFileHasTheLossThatIsReported) {
  const Graph model = culprit_model();
  const BudgetResult result = hold(model, 0.1);
  const VerifyResult found = verify(*onnxruntime(), model, result.made.emitted.graph, random_dataset(model, 8, 2));
  EXPECT_EQ(metric_loss(result.metric, found.real, found.reference), result.loss);
}

TEST_F(BudgetTest, NothingIsTakenBackWhereAllHolds) {
  const BudgetResult result = hold(culprit_model(), 100);
  EXPECT_TRUE(result.float_units.empty());
  EXPECT_EQ(result.steps.size(), 1u);
  EXPECT_EQ(result.made.model.quantized_units(), 4);
}

TEST_F(BudgetTest, ATighterBudgetTakesMoreUnits) {
  const Graph model = culprit_model();
  const double three_left = hold(model, 0.1).loss;
  const BudgetResult result = hold(model, three_left * 0.9);
  EXPECT_GE(result.float_units.size(), 2u);
  EXPECT_LE(result.loss, three_left * 0.9);
  EXPECT_GT(result.made.model.quantized_units(), 0);
}

TEST_F(BudgetTest, ABudgetThatCannotBeHeldIsAnError) {
  EXPECT_THAT(
      error_text([] { hold(culprit_model(), 1e-9); }),
      MatchesRegex("the budget of 1e-09 % of the outputs' energy cannot be held on random, seed 2 \\(8 "
                   "samples\\): with every unit float but '.*' the file loses .* % of the outputs' energy, with "
                   "every unit in INT8 .* % of the outputs' energy \\| allow more, or ship the float model"));
  const Graph one =
      model_of("float[1,16,6,6] x", "float[1,16,6,6] y", {pointwise_initializer("w", 0, 1)}, "[conv] y = Conv(x, w)");
  EXPECT_THAT(error_text([&] { hold(one, 1e-9); }), HasSubstr(": the only quantized unit, '"));
}

class RecipeTest : public BudgetTest {};

TEST_F(RecipeTest, KeepsWhatHelpsOnSamplesHeldBack) {
  const Graph model = culprit_model();
  const Recipe recipe = choose_recipe(model, load_target("onnxruntime-cpu"), *onnxruntime(), random_dataset(model, 40));
  EXPECT_EQ(recipe.fitted, 30u);
  EXPECT_EQ(recipe.held_back, 10u);
  std::vector<std::string> names;
  double best = -1000;
  for (const RecipeTrial& trial : recipe.trials) {
    names.push_back(trial.recipe);
    EXPECT_EQ(trial.kept, trial.sqnr_db >= best + (best == -1000 ? 0 : 0.05)) << trial.recipe;
    if (trial.kept) best = trial.sqnr_db;
  }
  EXPECT_THAT(names, ElementsAre("every step that is on", "without rounding by the data", "without equalization",
                                 "with minmax ranges"));
}

TEST_F(RecipeTest, StepsThatAreSettledAreNotTried) {
  const Graph model = culprit_model();
  QuantizeOptions options = plain_options();
  options.config.activation.method = RangeMethod::kMse;
  const Recipe recipe =
      choose_recipe(model, load_target("onnxruntime-cpu"), *onnxruntime(), random_dataset(model, 32), options);
  ASSERT_EQ(recipe.trials.size(), 1u);
  EXPECT_FALSE(recipe.options.equalize);
  EXPECT_EQ(recipe.options.config.activation.method, RangeMethod::kMse);
}

TEST_F(RecipeTest, TooFewSamplesAreSaid) {
  const Graph model = culprit_model();
  const Recipe recipe = choose_recipe(model, load_target("onnxruntime-cpu"), *onnxruntime(), random_dataset(model, 31));
  EXPECT_TRUE(recipe.trials.empty());
  EXPECT_EQ(recipe.note, "no recipe was tried out: 31 calibration samples are too few to hold some back (from 32)");
}

}  // namespace
}  // namespace quoin
