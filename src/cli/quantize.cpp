// quoin quantize MODEL -o OUT --target T --calib DATA
#include <fmt/format.h>

#include <optional>

#include "base/output_file.h"
#include "cli/command.h"
#include "cli/list_options.h"
#include "cli/number_checks.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/run_file.h"
#include "cli/run_options.h"
#include "cli/run_paths.h"
#include "cli/verb.h"
#include "quantize/existing_qdq.h"
#include "quoin/budget.h"
#include "quoin/error.h"
#include "quoin/model_io.h"
#include "quoin/recipe.h"
#include "quoin/report.h"

namespace quoin::cli {
namespace {

// Of the quick timing at the end.
constexpr int kRounds = 30;
constexpr double kMostSeconds = 10;

struct QuantizeArguments {
  std::string model, output, calib, eval, data, report, library, plan;
  MetricOptions metric;
  ListOptions list;
  CalibrationOptions calibration;
  double budget = -1;  // below 0: none
  bool no_timing = false, json = false;
};

struct Outcome {
  QuantizeResult result;
  std::optional<BudgetResult> budget;  // its file moved to `result`
  std::optional<Recipe> recipe;
  std::optional<VerifyResult> accuracy;
  std::optional<BenchResult> timing;
  std::string why_not;  // nothing could be measured; "": it could
};

std::string plan_text(const std::vector<PlanOutcome>& outcomes) {
  std::string text;
  for (const PlanOutcome& outcome : outcomes) {
    if (outcome.state == PlanOutcome::State::kApplied) continue;
    text +=
        fmt::format("plan: {} by {} {}: {}\n", outcome.unit, outcome.pattern, to_string(outcome.state), outcome.reason);
  }
  return text;
}

std::string timing_text(const Outcome& outcome) {
  // The accuracy says it too.
  if (!outcome.timing) return outcome.why_not.empty() || outcome.accuracy ? "" : outcome.why_not + "\n";
  const BenchResult& timing = *outcome.timing;
  const Latency &base = timing.models[0], &made = timing.models[1];
  std::string text = fmt::format(
      "timing on {}, {}, {} thread, {} interleaved rounds: float {:.3f} ms, INT8 {:.3f} ms, {:.2f}x ({:.2f} to "
      "{:.2f})\n",
      timing.cpu, timing.engine, timing.threads, timing.rounds, base.median_ms, made.median_ms, made.speedup,
      made.speedup_low, made.speedup_high);
  if (!timing.note.empty()) text += timing.note + "\n";
  if (!is_faster(made))
    text += "It is not faster than float beyond the noise: leave the model float, or try another list.\n";
  return text;
}

// Calibration data flatter the file.
std::string overlap_text(bool overlaps) {
  return overlaps ? "warning: --calib and --data share samples: the accuracy is not to be trusted\n" : "";
}

std::string accuracy_text(const Outcome& outcome, const QuantizeArguments& options) {
  if (outcome.accuracy) return text_report(*outcome.accuracy);
  return fmt::format("accuracy, simulated and real: quoin verify {} {} --data DATA\n", shell_word(options.model),
                     shell_word(options.output));
}

void check_choice(const QuantizeArguments& options) {
  if (options.budget >= 0 && options.eval.empty()) {
    throw Error(ErrorCode::kUsage, "--budget needs data to choose on",
                "give samples that are neither in --calib nor in --data: --eval 'data.toml#choosing'", "--eval");
  }
  if (options.budget < 0 && !options.eval.empty()) {
    throw Error(ErrorCode::kUsage, "--eval is what a budget is held on, and there is none",
                "add --budget 0.5, say, or report on the data with --data", "--eval");
  }
}

Json json_of(const Outcome& outcome, const QuantizeArguments& options) {
  Json json{{"model", options.model}, {"output", options.output}, {"calibration", options.calib}};
  json["effort"] = options.calibration.effort;
  json.update(Json::parse(json_report(outcome.result)));
  json["plan"] = Json::array();
  for (const PlanOutcome& one : outcome.result.plan) {
    json["plan"].push_back(
        {{"unit", one.unit}, {"pattern", one.pattern}, {"state", to_string(one.state)}, {"reason", one.reason}});
  }
  json["recipe"] = outcome.recipe ? Json::parse(json_report(*outcome.recipe)) : Json(nullptr);
  json["budget"] = outcome.budget ? Json::parse(json_report(*outcome.budget)) : Json(nullptr);
  json["accuracy"] = outcome.accuracy ? Json::parse(json_report(*outcome.accuracy)) : Json(nullptr);
  json["timing"] = outcome.timing ? Json::parse(json_report(*outcome.timing)) : Json(nullptr);
  json["not_measured"] = outcome.why_not;
  json["faster"] = outcome.timing ? Json(is_faster(outcome.timing->models[1])) : Json(nullptr);
  return json;
}

std::string verdict(const Outcome& outcome) {
  const QuantizedModel& model = outcome.result.model;
  std::string text = fmt::format("{} of {} units are quantized.", model.quantized_units(), model.matches.units.size());
  if (!outcome.timing) return text + " " + outcome.why_not;
  const Latency& made = outcome.timing->models[1];
  const std::string speed =
      fmt::format("{:.2f}x float ({:.2f} to {:.2f})", made.speedup, made.speedup_low, made.speedup_high);
  return text + (is_faster(made)
                     ? fmt::format(" INT8 runs at {}.", speed)
                     : fmt::format(" INT8 runs at {}, not faster beyond the noise: leave the model float, or "
                                   "try another list.",
                                   speed));
}

ModelPicture draw(const Graph& model, const PatternList& list, const Outcome& outcome, const Dataset& data,
                  const Engine* engine, const Engine& simulation, int threads) {
  return draw_model("INT8", model, list, outcome.result, data,
                    {.engine = engine, .simulation = &simulation, .threads = threads});
}

RunPaths paths_of(const QuantizeArguments& options) {
  RunPaths paths;
  paths.reads_model(options.model);
  paths.reads_list(options.list.list, options.list.patterns, options.list.target);
  paths.reads(options.plan, "the plan");
  paths.reads_data(options.calib, "--calib");
  paths.reads_data(options.data, "--data");
  paths.reads_data(options.eval, "--eval");
  paths.reads_metric(options.metric.text);
  paths.reads(options.library, "the engine's library");
  paths.writes_model(options.output, "-o");
  paths.writes(options.report, "--report");
  return paths;
}

void run_quantize(const QuantizeArguments& options) {
  paths_of(options).check(options.json);
  check_choice(options);
  const Metric metric = options.metric.parse();
  QuantizeOptions quantize;
  apply(options.calibration, quantize);
  const Target target = load_target(options.list.target);
  std::optional<Plan> plan;
  if (!options.plan.empty()) plan = load_plan(options.plan);
  // A plan names its list.
  const std::string name = plan && options.list.list.empty() ? plan->list : options.list.list;
  const PatternList list = resolve_list(name, options.list.patterns, target);
  quantize.patterns = &list;
  const PatternList planned = plan ? planned_list(list, *plan) : list;  // what is drawn
  quantize.plan = plan ? &*plan : nullptr;
  quantize.collect.progress = progress("calibrating");
  const Graph model = load(options.model);
  // Before the lists are tried: on such a model they match nothing, which would be told instead.
  refuse_quantized(model);
  const Dataset calibration = load_dataset(options.calib);
  calibration.bind(model);
  std::optional<Dataset> data;
  if (!options.data.empty()) {
    data = load_dataset(options.data);
    data->bind(model);
  }
  std::optional<Dataset> evaluation;
  if (!options.eval.empty()) {
    evaluation = load_dataset(options.eval);
    evaluation->bind(model);
    check_disjoint(calibration, "--calib", *evaluation, "--eval");
    if (data) check_disjoint(*evaluation, "--eval", *data, "--data");
  }
  const JobEngine job = open_job_engine(target, options.library);
  const auto& engine = job.engine;
  const auto calibration_engine = open_calibration_engine(options.calibration, target);
  const Engine& calibrator = calibration_engine ? *calibration_engine : *engine;
  Outcome outcome;
  outcome.why_not = job.why_not;
  const bool runs_here = job.why_not.empty();
  if (parse_effort(options.calibration.effort) == Effort::kBest) {
    outcome.recipe = choose_recipe(model, target, calibrator, calibration, quantize, named_progress());
    quantize = outcome.recipe->options;
  }
  const auto simulation_engine = open_simulation_engine(*engine);
  if (evaluation) {
    outcome.budget =
        quantize_within_budget(model, target, *engine, calibration, *evaluation,
                               {.quantize = quantize,
                                .calibration_engine = &calibrator,
                                .simulation_engine = simulation_engine ? simulation_engine.get() : &calibrator,
                                .simulated = !runs_here,
                                .metric = metric,
                                .budget = options.budget,
                                .progress = named_progress()});
    outcome.result = std::move(outcome.budget->made);
  } else {
    outcome.result = quantize_model(model, target, calibrator, calibration, quantize);
  }
  const Graph& made = outcome.result.emitted.graph;
  // Measured before it is written: a file that its own engine refuses is a failure, and a failure leaves nothing
  // behind.
  if (data) {
    outcome.accuracy = verify(*engine, model, made, *data,
                              {.threads = options.calibration.threads,
                               .metric = metric,
                               .progress = progress("verifying"),
                               .simulation_engine = simulation_engine.get(),
                               .no_real = outcome.why_not});
  }
  if (runs_here && !options.no_timing) {
    outcome.timing = bench(*engine, {bench_model("float", model), bench_model("INT8", made)},
                           first_feeds(model, calibration), {.rounds = kRounds, .most_seconds = kMostSeconds});
  }
  std::vector<ModelPicture> pictures;
  if (!options.report.empty()) {
    pictures.push_back(draw(model, planned, outcome, data ? *data : calibration, runs_here ? engine.get() : nullptr,
                            simulation_engine ? *simulation_engine : *engine, options.calibration.threads));
  }
  save(made, options.output);
  Json json = json_of(outcome, options);
  const bool overlaps = data && share_samples(calibration, *data);
  json["same_data"] = overlaps;
  json["calibration_engine"] = fmt::format("{} {}", calibrator.name(), calibrator.version());
  if (!options.report.empty()) {
    Json run = json;
    run["verdict"] = verdict(outcome);
    write_whole_file(options.report, dump(run_file("quantize", run, pictures)));
  }
  if (options.json) {
    print_json(json);
    return;
  }
  print((outcome.recipe ? text_report(*outcome.recipe) : "") + text_report(outcome.result) +
        (outcome.budget ? text_report(*outcome.budget) : "") + plan_text(outcome.result.plan) +
        fmt::format("calibrated on {} {}\nwrote {}\n", calibrator.name(), calibrator.version(), options.output) +
        timing_text(outcome) + accuracy_text(outcome, options) + overlap_text(overlaps));
}

}  // namespace

void add_quantize(CLI::App& app) {
  const auto options = std::make_shared<QuantizeArguments>();
  CLI::App* verb = app.add_subcommand("quantize", "a QDQ model for a target, calibrated with your data");
  verb->add_option("MODEL", options->model, "the float ONNX file")->required();
  verb->add_option("-o,--output", options->output, "the file to write")->required();
  add_list_options(*verb, options->list);
  verb->get_option("--target")->required();
  verb->add_option("--plan", options->plan, "a plan (quoin plan) that you edited: obeyed exactly, and its list used");
  verb->add_option("--calib", options->calib, std::string("to calibrate with: ") + kDataHelp)->required();
  verb->add_option("--data", options->data, "to report accuracy on, simulated and real: as --calib, and other samples");
  verb->add_option(
          "--budget", options->budget,
          "the most that may be lost for real on --eval: points of top-1, or percent of cosine (--metric); units "
          "go back to float until it holds")
      ->check(at_least_zero());
  verb->add_option("--eval", options->eval,
                   "to hold the budget on: as --calib, and other samples than there and in --data");
  add_metric_option(*verb, options->metric);
  add_calibration_options(*verb, options->calibration);
  verb->add_option("--report", options->report,
                   "write everything about it to this JSON file, which quoin report draws");
  verb->add_flag("--no-timing", options->no_timing, "leave out the quick timing against float at the end");
  add_engine_library(*verb, options->library);
  add_json_option(*verb, options->json);
  verb->footer(
      "Example: quoin quantize resnet20.onnx -o resnet20.int8.onnx --target onnxruntime-cpu --calib "
      "'cifar10.toml#calibration'");
  verb->callback([options] { run_quantize(*options); });
}

}  // namespace quoin::cli
