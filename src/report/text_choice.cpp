// Sensitivity, budget and recipe as text.
#include <fmt/format.h>

#include "quoin/report.h"
#include "report/words.h"

namespace quoin {
namespace {

std::string percent_of_energy(double error) { return fmt::format("{:.3g} %", error); }

std::string names_text(const std::vector<std::string>& names) {
  constexpr size_t kMost = 4;
  std::string text;
  for (size_t i = 0; i < std::min(kMost, names.size()); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kMost ? fmt::format("{} and {} more", text, names.size() - kMost) : text;
}

}  // namespace

std::string text_report(const SensitivityResult& result, size_t most) {
  const bool reverse = result.whole.has_value();
  const size_t shown = most == 0 ? result.units.size() : std::min(most, result.units.size());
  std::string text =
      fmt::format("{} on {}, {}; float: {}\n", result.engine, result.data,
                  plural(result.units.size(), "quantized unit"), value_text(result.metric, result.reference));
  if (reverse) text += fmt::format("every unit in INT8: {}\n", value_text(result.metric, *result.whole));
  text += "each unit quantized alone, Q/DQ computed in float, most harmful first:\n";
  const std::string unit_of_loss = loss_unit(result.metric, result.reference);
  std::vector<std::string> header = {
      "unit", "pattern", "SQNR at it dB", "SQNR at outputs dB", "error there", "loses " + unit_of_loss};
  if (reverse) header.push_back("gains back in float");
  Table table(header);
  for (size_t i = 0; i < shown; ++i) {
    const UnitSensitivity& unit = result.units[i];
    std::vector<std::string> row = {unit.unit,
                                    unit.pattern,
                                    unit.unit_sqnr_db ? decibels(*unit.unit_sqnr_db) : "-",
                                    decibels(unit.alone.sqnr_db),
                                    unit.quantized_alone ? percent_of_energy(unit.output_error) : "only passes on",
                                    fmt::format("{:.3g}", unit.loss)};
    if (reverse) row.push_back(unit.gain ? fmt::format("{:.3g}", *unit.gain) : "-");
    table.add(std::move(row));
  }
  text += table.text();
  if (shown < result.units.size()) text += fmt::format("and {} more\n", result.units.size() - shown);
  return text;
}

std::string text_report(const BudgetResult& result) {
  const auto loss = [&](double value) { return loss_text(result.metric, value, result.reference); };
  std::string text =
      fmt::format("budget of {:g} {} on {}, {} on {}:\n", result.budget, loss_unit(result.metric, result.reference),
                  result.data, result.simulated ? "simulated" : "real", result.engine);
  for (const BudgetStep& step : result.steps) {
    const std::string units = step.units.empty() ? "" : fmt::format(" ({})", names_text(step.units));
    const std::string before = step.units.empty() ? "" : fmt::format(", {} before", loss(step.loss_before));
    text += fmt::format("  {}{}: {} lost{}: {}\n", step.what, units, loss(step.loss), before,
                        step.holds ? "holds" : "does not hold");
  }
  if (result.float_units.empty()) return text + "  every unit stays in INT8\n";
  text += fmt::format("  float now, {}:\n", plural(result.float_units.size(), "unit"));
  for (const UnitSensitivity& unit : result.float_units) {
    text += fmt::format("    {} by {}: alone it loses {:.3g} % of the outputs' energy\n", unit.unit, unit.pattern,
                        unit.output_error);
  }
  return text;
}

std::string text_report(const Recipe& recipe) {
  if (!recipe.note.empty()) return recipe.note + "\n";
  std::string text = fmt::format("recipes tried out with {}, {} held back:\n",
                                 plural(recipe.fitted, "calibration sample"), recipe.held_back);
  for (const RecipeTrial& trial : recipe.trials) {
    text += fmt::format("  {}: {} dB at the outputs, {}\n", trial.recipe, decibels(trial.sqnr_db),
                        trial.kept ? "kept" : "not kept");
  }
  return text;
}

}  // namespace quoin
