// What tune found, and all that it tried.
#include <fmt/format.h>

#include <algorithm>

#include "quoin/report.h"
#include "report/json.h"
#include "report/words.h"

namespace quoin {
namespace {

constexpr size_t kMostTrials = 60;  // the rest is in the JSON

std::string accuracy_text(const TuneRow& row, const Metric& metric) {
  return row.accuracy ? value_text(metric, *row.accuracy) : "-";
}

std::string rows_text(const TuneResult& result) {
  Table table({"", "real", "median ms", "p10 to p90", "speed", "95 % interval", "MiB", "INT8 units"});
  std::string skipped;
  for (const TuneRow& row : result.rows) {
    if (!row.skipped.empty()) {
      skipped += fmt::format("no {}: {}\n", row.name, row.skipped);
      continue;
    }
    const Latency& latency = row.latency;
    table.add({row.name, accuracy_text(row, result.metric), fmt::format("{:.3f}", latency.median_ms),
               fmt::format("{:.3f} to {:.3f}", latency.p10_ms, latency.p90_ms), fmt::format("{:.2f}x", latency.speedup),
               fmt::format("{:.2f} to {:.2f}", latency.speedup_low, latency.speedup_high), mebibytes(latency.bytes),
               row.units > 0 ? fmt::format("{} of {}", row.quantized_units, row.units) : "-"});
  }
  return table.text() + skipped;
}

std::string trials_text(const TuneResult& result) {
  if (result.trials.empty()) return "";
  const size_t shown = std::min(kMostTrials, result.trials.size());
  std::string text = fmt::format("\ntried ({} of {}; ratio: how much faster than the placement that was present):\n",
                                 shown, result.trials.size());
  Table table({"s", "list", "what", "ratio", "interval", "rounds", "loss", "outcome"});
  for (size_t i = 0; i < shown; ++i) {
    const TuneTrial& trial = result.trials[i];
    const bool timed = trial.rounds > 0;
    table.add({fmt::format("{:.0f}", trial.seconds), trial.list, trial.what,
               timed ? fmt::format("{:.3f}x", trial.ratio) : "-",
               timed ? fmt::format("{:.3f} to {:.3f}", trial.low, trial.high) : "-",
               timed ? std::to_string(trial.rounds) : "-", trial.loss ? fmt::format("{:.2f}", *trial.loss) : "-",
               std::string(to_string(trial.outcome))});
  }
  return text + table.text();
}

Json optional_number(const std::optional<double>& value) { return value ? number(*value) : Json(nullptr); }

Json trial_json(const TuneTrial& trial) {
  const bool timed = trial.rounds > 0;
  return Json{{"what", trial.what},
              {"list", trial.list},
              {"outcome", to_string(trial.outcome)},
              {"reason", trial.reason},
              {"ratio", timed ? number(trial.ratio) : Json(nullptr)},
              {"low", timed ? number(trial.low) : Json(nullptr)},
              {"high", timed ? number(trial.high) : Json(nullptr)},
              {"rounds", trial.rounds},
              {"present_ms", timed ? number(trial.present_ms) : Json(nullptr)},
              {"milliseconds", timed ? number(trial.milliseconds) : Json(nullptr)},
              {"speedup", number(trial.speedup)},
              {"loss", optional_number(trial.loss)},
              {"seconds", number(trial.seconds)}};
}

Json row_json(const TuneRow& row) {
  if (!row.skipped.empty()) return Json{{"name", row.name}, {"skipped", row.skipped}};
  return Json{{"name", row.name},
              {"simulated", row.simulated ? to_json(*row.simulated) : Json(nullptr)},
              {"real", row.accuracy ? to_json(*row.accuracy) : Json(nullptr)},
              {"latency", to_json(row.latency)},
              {"quantized_units", row.quantized_units},
              {"units", row.units}};
}

Json plan_json(const Plan& plan) {
  Json matches = Json::array();
  for (const PlanMatch& match : plan.matches) {
    Json precisions = Json::object();
    for (const auto& [role, precision] : match.precisions) precisions[std::string(to_string(role))] = precision.text();
    matches.push_back({{"unit", match.unit},
                       {"pattern", match.pattern},
                       {"precision", match.precision.empty() ? precisions : Json(match.precision)},
                       {"reason", match.reason}});
  }
  return Json{{"list", plan.list}, {"fingerprint", plan.fingerprint}, {"matches", std::move(matches)}};
}

}  // namespace

std::string text_report(const TuneResult& result) {
  std::string text = fmt::format(
      "{} on target {}\n{}\nlatency: {}\ncalibration: {}\nchosen on: {}\nbudget: {:g} {}\n", result.model,
      result.target, machine_text(result.cpu, result.engine, result.note),
      timing_text(result.threads, result.rounds, result.input), result.calibration, result.data, result.budget,
      result.rows.empty() || !result.rows[0].accuracy ? "" : loss_unit(result.metric, *result.rows[0].accuracy));
  text += trials_text(result);
  text +=
      fmt::format("\nthe search ended because {}: {:.0f} s in all, half of the gain over float after {:.0f} s\n",
                  result.ended == "stopped" ? "it was stopped" : result.ended, result.seconds, result.seconds_to_half);
  if (result.resumed > 0) text += fmt::format("{} measurements were read from the state file\n", result.resumed);
  text += "\nthe last run, in which all files took turns:\n" + rows_text(result);
  return text + "\n" + result.verdict + "\nReport its accuracy on data that it was not chosen on.\n";
}

std::string json_report(const TuneResult& result) {
  Json trials = Json::array(), rows = Json::array();
  for (const TuneTrial& trial : result.trials) trials.push_back(trial_json(trial));
  for (const TuneRow& row : result.rows) rows.push_back(row_json(row));
  return dump(Json{{"model", result.model},
                   {"target", result.target},
                   {"engine", result.engine},
                   {"engine_note", result.note},
                   {"cpu", result.cpu},
                   {"threads", result.threads},
                   {"rounds", result.rounds},
                   {"input", result.input},
                   {"calibration", result.calibration},
                   {"chosen_on", result.data},
                   {"same_data", result.same_data},
                   {"metric", to_string(result.metric)},
                   {"budget", result.budget},
                   {"trials", std::move(trials)},
                   {"rows", std::move(rows)},
                   {"delivered", result.rows.empty() ? Json(nullptr) : Json(result.rows.at(result.delivered).name)},
                   {"plan", plan_json(result.plan)},
                   {"seconds", number(result.seconds)},
                   {"seconds_to_half", number(result.seconds_to_half)},
                   {"ended", result.ended},
                   {"resumed", result.resumed},
                   {"verdict", result.verdict}});
}

}  // namespace quoin
