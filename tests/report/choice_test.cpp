// Sensitivity, budget and recipe as text.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "quoin/report.h"

namespace quoin {
namespace {

UnitSensitivity unit(const std::string& name, double error) {
  UnitSensitivity made;
  made.unit = name;
  made.pattern = "ConvBN";
  made.nodes = {name + "_node"};
  made.unit_sqnr_db = 31.25;
  made.alone.sqnr_db = 20;
  made.loss = 0.4;
  made.output_error = error;
  return made;
}

TEST(SensitivityReport, ShowsTheFirstAndCountsTheRest) {
  SensitivityResult result;
  result.units = {unit("stem", 1), unit("head", 0.25), unit("tail", 0)};
  result.units[2].quantized_alone = false;
  result.engine = "onnxruntime 1.0";
  result.data = "x.npz (10 samples)";
  result.reference.top1 = 90;
  EXPECT_EQ(text_report(result, 2),
            "onnxruntime 1.0 on x.npz (10 samples), 3 quantized units; float: top-1 90.00\n"
            "each unit quantized alone, Q/DQ computed in float, most harmful first:\n"
            "unit  pattern  SQNR at it dB  SQNR at outputs dB  error there  loses points of top-1\n"
            "stem  ConvBN            31.2                20.0          1 %                    0.4\n"
            "head  ConvBN            31.2                20.0       0.25 %                    0.4\n"
            "and 1 more\n");
  EXPECT_THAT(text_report(result, 0), testing::HasSubstr("only passes on"));
  const auto json = nlohmann::json::parse(json_report(result));
  EXPECT_EQ(json["units"].size(), 3u);
  EXPECT_EQ(json["units"][0]["nodes"][0], "stem_node");
  EXPECT_EQ(json["units"][2]["quantized_alone"], false);
}

TEST(BudgetReport, TellsEachStep) {
  BudgetResult result;
  result.budget = 0.5;
  result.data = "x.npz (10 samples)";
  result.engine = "onnxruntime 1.0";
  result.reference.top1 = 90;
  result.steps = {{"every unit in INT8", {}, 0, 1.2, 1.2, false},
                  {"float: the 5 most harmful units", {"a", "b", "c", "d", "e"}, 5, 1.2, 0.1, true},
                  {"back to INT8", {"d"}, 4, 0.1, 0.9, false}};
  result.float_units = {unit("a", 2)};
  EXPECT_EQ(
      text_report(result),
      "budget of 0.5 points of top-1 on x.npz (10 samples), real on onnxruntime 1.0:\n"
      "  every unit in INT8: 1.20 points of top-1 lost: does not hold\n"
      "  float: the 5 most harmful units (a, b, c, d and 1 more): 0.10 points of top-1 lost, 1.20 points of top-1 "
      "before: holds\n"
      "  back to INT8 (d): 0.90 points of top-1 lost, 0.10 points of top-1 before: does not hold\n"
      "  float now, 1 unit:\n"
      "    a by ConvBN: alone it loses 2 % of the outputs' energy\n");
  const auto json = nlohmann::json::parse(json_report(result));
  EXPECT_EQ(json["steps"][1]["units"].size(), 5u);
  EXPECT_EQ(json["steps"][2]["holds"], false);
}

TEST(RecipeReport, TellsWhatWasTried) {
  Recipe recipe;
  recipe.fitted = 30;
  recipe.held_back = 10;
  recipe.trials = {{"every step that is on", 20.04, true}, {"without equalization", 18, false}};
  EXPECT_EQ(text_report(recipe),
            "recipes tried out with 30 calibration samples, 10 held back:\n"
            "  every step that is on: 20.0 dB at the outputs, kept\n"
            "  without equalization: 18.0 dB at the outputs, not kept\n");
}

}  // namespace
}  // namespace quoin
