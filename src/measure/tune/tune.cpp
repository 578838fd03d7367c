#include "quoin/tune.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "measure/describe.h"
#include "measure/overlap.h"
#include "measure/tune/deliver.h"
#include "measure/tune/tuning.h"
#include "quantize/existing_qdq.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr double kSecondsPerMinute = 60;

void check(const TuneOptions& options) {
  const auto refuse = [](std::string what, std::string remedy) {
    throw Error(ErrorCode::kUsage, std::move(what), std::move(remedy));
  };
  if (!(options.minutes > 0) || !std::isfinite(options.minutes))
    refuse(fmt::format("{:g} minutes leave no time to search", options.minutes), "5, say");
  if (!(options.budget >= 0) || !std::isfinite(options.budget))
    refuse(fmt::format("a budget of {:g} allows nothing", options.budget), "0 or more");
  if (options.threads < 1) refuse(fmt::format("{} threads run nothing", options.threads), "ask for 1 thread or more");
  if (options.sketch_samples < 1) refuse("a sketch of no samples has no ranges", "16, say");
}

// The first step with half of the speed that the last one gained over float.
double seconds_to_half(const std::vector<Step>& steps) {
  const double gain = steps.back().speedup - 1;
  if (gain <= 0) return 0;
  const auto found =
      std::find_if(steps.begin(), steps.end(), [gain](const Step& step) { return step.speedup - 1 >= gain / 2; });
  return found->seconds;
}

}  // namespace

std::string_view to_string(TuneTrial::Outcome outcome) {
  switch (outcome) {
    case TuneTrial::Outcome::kKept:
      return "kept";
    case TuneTrial::Outcome::kSlower:
      return "slower";
    case TuneTrial::Outcome::kUnclear:
      return "unclear";
    case TuneTrial::Outcome::kOverBudget:
      return "over budget";
    case TuneTrial::Outcome::kRefused:
      return "refused";
    case TuneTrial::Outcome::kRecovered:
      return "recovered";
  }
  QUOIN_CHECK(false, "an outcome that does not exist");
  return "";
}

TuneResult tune(const Graph& model, const Target& target, const Engine& engine, const Dataset& calibration,
                const Dataset& data, const TuneOptions& given) {
  check(given);
  refuse_quantized(model);
  TuneOptions options = given;
  // A command that takes longer than all of it may take is of no use to the search.
  options.metric.most_seconds = std::min(options.metric.most_seconds, kSecondsPerMinute * options.minutes);
  Tuning tuning(model, target, engine, calibration, data, options);
  TuneResult result;
  result.model = model_text(model);
  result.target = target.name;
  result.engine = engine_text(engine);
  result.cpu = cpu_text();
  result.calibration = data_text(calibration);
  if (options.calibration_engine) result.calibration += ", on " + engine_text(*options.calibration_engine);
  result.data = data_text(data);
  result.budget = options.budget;
  result.metric = options.metric;
  result.same_data = overlap(calibration, data);
  if (tuning.lists().empty()) {
    result.ended = "no list matched";
    deliver(tuning, nullptr, model, engine, options, result);
  } else {
    Search search(tuning, tuning.facts(), options.budget, [&](const std::string& doing, const Step& best) {
      tuning.show(best);
      tuning.tell(doing);
    });
    search.run(tuning.starts());
    tuning.show(search.best());
    for (const TriedMove& tried : search.tried()) {
      if (!tried.translated) result.trials.push_back(tried.trial);
    }
    result.ended = tuning.is_stopped() ? "stopped" : search.ended();
    result.seconds_to_half = seconds_to_half(search.steps());
    deliver(tuning, &search, model, engine, options, result);
  }
  result.note = engine.note();
  result.resumed = tuning.read();
  result.seconds = tuning.seconds();
  return result;
}

}  // namespace quoin
