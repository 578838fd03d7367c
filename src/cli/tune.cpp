// quoin tune MODEL --target T --calib DATA --eval DATA -o OUT
#include "quoin/tune.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>

#include "base/output_file.h"
#include "cli/list_options.h"
#include "cli/number_checks.h"
#include "cli/output.h"
#include "cli/run_file.h"
#include "cli/run_options.h"
#include "cli/run_paths.h"
#include "cli/verb.h"
#include "quoin/effort.h"
#include "quoin/model_io.h"
#include "quoin/recipe.h"
#include "quoin/report.h"

namespace quoin::cli {
namespace {

struct TuneArguments {
  std::string model, output, target, calib, eval, patterns, library, plan_out, report;
  MetricOptions metric;
  std::vector<std::string> lists;
  CalibrationOptions calibration;
  TuneOptions tune;
  bool json = false;
};

std::atomic<bool> interrupted = false;

// Once: the search ends with the best so far. Twice: the program ends.
void end_search_at_interrupt() {
  struct sigaction action = {};
  action.sa_handler = [](int) {
    constexpr std::string_view kText =
        "\nending: the best so far is made, measured and written; Ctrl-C once more ends at once\n";
    interrupted = true;
    // write() alone is allowed in a handler; where it cannot write there is nobody to tell.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kText.data(), kText.size());
  };
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, nullptr);
}

std::string short_text(const std::string& text, size_t most) {
  return text.size() <= most ? text : text.substr(0, most - 3) + "...";
}

// One line that is drawn again and again; empty where stderr is not a terminal.
std::function<void(const TuneProgress&)> progress_line() {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [](const TuneProgress& progress) {
    std::string line = fmt::format("\r\033[K{:.0f} of {:.0f} s", progress.seconds, progress.most_seconds);
    if (!progress.best.empty())
      line += fmt::format("; best {:.2f}x float ({})", progress.speedup, short_text(progress.best, 30));
    line += "; " + short_text(progress.doing, 50);
    if (interrupted) line += " (ending)";
    std::fputs(line.c_str(), stderr);
    std::fflush(stderr);
  };
}

void clear_line() {
  if (::isatty(STDERR_FILENO) == 0) return;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

RunPaths paths_of(const TuneArguments& options) {
  RunPaths paths;
  paths.reads_model(options.model);
  paths.reads_list("", options.patterns, options.target);
  for (const std::string& list : options.lists) paths.reads_list(list, "", "");
  paths.reads_data(options.calib, "--calib");
  paths.reads_data(options.eval, "--eval");
  paths.reads_metric(options.metric.text);
  paths.reads(options.library, "the engine's library");
  paths.writes_model(options.output, "-o");
  paths.writes(options.plan_out, "--plan-out");
  paths.writes(options.report, "--report");
  paths.writes(options.tune.state, "--state");
  return paths;
}

void run_tune(const TuneArguments& options) {
  paths_of(options).check(options.json);
  const Target target = load_target(options.target);
  const auto engine = open_engine_for(target, options.library);
  TuneOptions tune_options = options.tune;
  tune_options.metric = options.metric.parse();
  tune_options.lists = further_lists(options.lists, options.patterns, target);
  apply(options.calibration, tune_options.quantize);
  const Graph model = load(options.model);
  const Dataset calibration = load_dataset(options.calib), data = load_dataset(options.eval);
  calibration.bind(model);
  const auto calibration_engine = open_calibration_engine(options.calibration, target);
  tune_options.calibration_engine = calibration_engine.get();
  if (parse_effort(options.calibration.effort) == Effort::kBest) {
    const Engine& calibrator = calibration_engine ? *calibration_engine : *engine;
    tune_options.quantize = choose_recipe(model, target, calibrator, calibration, tune_options.quantize).options;
  }
  const auto simulation_engine = open_simulation_engine(*engine);
  tune_options.simulation_engine = simulation_engine.get();
  tune_options.pictures = !options.report.empty();
  tune_options.stop = [] { return interrupted.load(); };
  tune_options.progress = progress_line();
  end_search_at_interrupt();
  const TuneResult result = tune(model, target, *engine, calibration, data, tune_options);
  clear_line();
  save(result.file, options.output);
  const bool has_plan = !options.plan_out.empty() && !result.plan.matches.empty();
  if (has_plan) write_whole_file(options.plan_out, to_toml(result.plan));
  if (!options.report.empty())
    write_whole_file(options.report, dump(run_file("tune", Json::parse(json_report(result)), result.pictures)));
  if (options.json) {
    Json json = Json::parse(json_report(result));
    json["output"] = options.output;
    json["plan_output"] = has_plan ? Json(options.plan_out) : Json(nullptr);
    print_json(json);
    return;
  }
  print(text_report(result) + fmt::format("wrote {}\n", options.output) +
        (has_plan ? fmt::format("wrote {}: edit it, then give it to quoin quantize --plan\n", options.plan_out) : ""));
}

}  // namespace

void add_tune(CLI::App& app) {
  const auto options = std::make_shared<TuneArguments>();
  CLI::App* verb = app.add_subcommand(
      "tune",
      "the placement of Q/DQ with the least measured latency within an accuracy budget, never slower than float");
  verb->add_option("MODEL", options->model, "the float ONNX file")->required();
  verb->add_option("-o,--output", options->output, "the file to write")->required();
  verb->add_option("--target", options->target, "a target (quoin targets), or a TOML file")->required();
  verb->add_option("--calib", options->calib, std::string("to calibrate with: ") + kDataHelp)->required();
  verb->add_option("--eval", options->eval, "to choose on: as --calib, and other samples; report on a third set")
      ->required();
  verb->add_option("--budget", options->tune.budget,
                   "what the file may lose on --eval: points of top-1, or percent of cosine (--metric)")
      ->capture_default_str()
      ->check(at_least_zero());
  add_metric_option(*verb, options->metric);
  verb->add_option("--minutes", options->tune.minutes, "how long all of it may take")
      ->capture_default_str()
      ->check(above_zero());
  verb->add_option("--plan-out", options->plan_out, "write the plan, with a reason for each match");
  verb->add_option("--report", options->report, "write the run to this JSON file, for quoin report");
  verb->add_option("--state", options->tune.state, "keep what was measured in this file, and go on from it");
  verb->add_option("--list", options->lists, "a further list to choose from, beside blanket and smart; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--patterns", options->patterns, "a TOML file with patterns and lists of your own");
  add_calibration_options(*verb, options->calibration);
  verb->add_option("--run-threads", options->tune.threads, "of the timing: within one run")
      ->capture_default_str()
      ->check(thread_count(1));
  add_engine_library(*verb, options->library);
  add_json_option(*verb, options->json);
  verb->footer(
      "Ctrl-C ends the search: the best so far is made, measured and written.\nExample: quoin tune resnet20.onnx "
      "--target onnxruntime-cpu --calib 'cifar10.toml#calibration' --eval 'cifar10.toml#test,first=256' -o "
      "resnet20.tuned.onnx --plan-out plan.toml");
  verb->callback([options] { run_tune(*options); });
}

}  // namespace quoin::cli
