// Sensitivity, budget and recipe as JSON.
#include "quoin/report.h"
#include "report/json.h"

namespace quoin {
namespace {

Json to_json(const UnitSensitivity& unit) {
  return Json{{"unit", unit.unit},
              {"pattern", unit.pattern},
              {"nodes", unit.nodes},
              {"quantized_alone", unit.quantized_alone},
              {"unit_sqnr_db", unit.unit_sqnr_db ? number(*unit.unit_sqnr_db) : Json(nullptr)},
              {"alone", quoin::to_json(unit.alone)},
              {"loss", number(unit.loss)},
              {"output_error_percent", number(unit.output_error)},
              {"gain", unit.gain ? number(*unit.gain) : Json(nullptr)}};
}

Json to_json(const std::vector<UnitSensitivity>& units) {
  Json json = Json::array();
  for (const UnitSensitivity& unit : units) json.push_back(to_json(unit));
  return json;
}

}  // namespace

std::string json_report(const SensitivityResult& result) {
  return dump(Json{{"engine", result.engine},
                   {"cpu", result.cpu},
                   {"data", result.data},
                   {"metric", to_string(result.metric)},
                   {"float", to_json(result.reference)},
                   {"every_unit", result.whole ? to_json(*result.whole) : Json(nullptr)},
                   {"units", to_json(result.units)}});
}

std::string json_report(const BudgetResult& result) {
  Json steps = Json::array();
  for (const BudgetStep& step : result.steps) {
    steps.push_back({{"what", step.what},
                     {"units", step.units},
                     {"float_units", step.float_units},
                     {"loss_before", number(step.loss_before)},
                     {"loss", number(step.loss)},
                     {"holds", step.holds}});
  }
  return dump(Json{{"budget", result.budget},
                   {"metric", to_string(result.metric)},
                   {"loss", number(result.loss)},
                   {"data", result.data},
                   {"engine", result.engine},
                   {"simulated", result.simulated},
                   {"float", to_json(result.reference)},
                   {"quantized", to_json(result.accuracy)},
                   {"float_units", to_json(result.float_units)},
                   {"steps", std::move(steps)}});
}

std::string json_report(const Recipe& recipe) {
  Json trials = Json::array();
  for (const RecipeTrial& trial : recipe.trials) {
    trials.push_back({{"recipe", trial.recipe}, {"sqnr_db", number(trial.sqnr_db)}, {"kept", trial.kept}});
  }
  return dump(Json{{"fitted_samples", recipe.fitted},
                   {"held_back_samples", recipe.held_back},
                   {"note", recipe.note},
                   {"trials", std::move(trials)}});
}

}  // namespace quoin
