// quoin compare MODEL --target T --calib DATA --data DATA
#include <fmt/format.h>

#include <filesystem>

#include "base/output_file.h"
#include "cli/list_options.h"
#include "cli/number_checks.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/run_file.h"
#include "cli/run_options.h"
#include "cli/run_paths.h"
#include "cli/verb.h"
#include "quoin/model_io.h"
#include "quoin/report.h"

namespace quoin::cli {
namespace {

struct CompareArguments {
  std::string model, target, calib, data, patterns, library, report;
  MetricOptions metric;
  std::vector<std::string> files, lists;
  CalibrationOptions calibration;
  BenchOptions bench;
  double budget = 0.5;
  bool json = false;
};

void check_data(const CompareArguments& options) {
  constexpr const char* kRemedy =
      "give two sets, or two splits of one: --calib 'data.toml#calibration' --data 'data.toml#test'";
  if (options.calib.empty()) {
    throw Error(ErrorCode::kUsage, "there is no data to calibrate with: what is reported is never what was chosen on",
                kRemedy, "--calib");
  }
  if (options.data.empty()) throw Error(ErrorCode::kUsage, "there is no data to report on", kRemedy, "--data");
}

RunPaths paths_of(const CompareArguments& options) {
  RunPaths paths;
  paths.reads_model(options.model);
  for (const std::string& file : options.files) paths.reads_model(file);
  paths.reads_list("", options.patterns, options.target);
  for (const std::string& list : options.lists) paths.reads_list(list, "", "");
  paths.reads_data(options.calib, "--calib");
  paths.reads_data(options.data, "--data");
  paths.reads_metric(options.metric.text);
  paths.reads(options.library, "the engine's library");
  paths.writes(options.report, "--report");
  return paths;
}

void run_compare(const CompareArguments& options) {
  check_data(options);
  paths_of(options).check(options.json);
  CompareOptions compare_options;
  compare_options.metric = options.metric.parse();
  const Target target = load_target(options.target);
  const auto engine = open_engine_for(target, options.library);
  compare_options.lists = further_lists(options.lists, options.patterns, target);
  apply(options.calibration, compare_options.quantize);
  compare_options.choose_recipe = parse_effort(options.calibration.effort) == Effort::kBest;
  const Graph model = load(options.model);
  for (const std::string& file : options.files)
    compare_options.more.emplace_back(std::filesystem::path(file).filename().string(), load(file));
  const Dataset calibration = load_dataset(options.calib), data = load_dataset(options.data);
  const auto calibration_engine = open_calibration_engine(options.calibration, target);
  compare_options.calibration_engine = calibration_engine.get();
  const auto simulation_engine = open_simulation_engine(*engine);
  compare_options.simulation_engine = simulation_engine.get();
  compare_options.bench = options.bench;
  compare_options.budget = options.budget;
  compare_options.pictures = !options.report.empty();
  compare_options.progress = named_progress();
  const CompareResult result = compare(model, target, *engine, calibration, data, compare_options);
  if (!options.report.empty())
    write_whole_file(options.report, dump(run_file("compare", Json::parse(json_report(result)), result.pictures)));
  print(options.json ? json_report(result) : text_report(result));
}

}  // namespace

void add_compare(CLI::App& app) {
  const auto options = std::make_shared<CompareArguments>();
  CLI::App* verb = app.add_subcommand(
      "compare", "float, blanket INT8 and smart INT8 side by side: accuracy, latency, and which to ship");
  verb->add_option("MODEL", options->model, "the float ONNX file")->required();
  verb->add_option("FILES", options->files, "further files made from it, other tools' too");
  verb->add_option("--target", options->target, "a target (quoin targets), or a TOML file")->required();
  verb->add_option("--calib", options->calib, std::string("to calibrate with: ") + kDataHelp);
  verb->add_option("--data", options->data, "to report on: as --calib, and other samples");
  verb->add_option("--list", options->lists, "a further list, beside blanket and smart; may be repeated")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  verb->add_option("--patterns", options->patterns, "a TOML file with patterns and lists of your own");
  verb->add_option("--budget", options->budget,
                   "what the file to ship may lose: points of top-1, or percent of cosine (--metric)")
      ->capture_default_str()
      ->check(at_least_zero());
  add_metric_option(*verb, options->metric);
  add_calibration_options(*verb, options->calibration);
  verb->add_option("--rounds", options->bench.rounds, "of the timing; each runs every model once")
      ->capture_default_str()
      ->check(above_zero());
  verb->add_option("--run-threads", options->bench.threads, "of the timing: within one run")
      ->capture_default_str()
      ->check(thread_count(1));
  verb->add_option("--report", options->report, "write the run to this JSON file, for quoin report");
  add_engine_library(*verb, options->library);
  add_json_option(*verb, options->json);
  verb->footer(
      "Example: quoin compare resnet20.onnx --target onnxruntime-cpu --calib 'cifar10.toml#calibration' --data "
      "'cifar10.toml#test'");
  verb->callback([options] { run_compare(*options); });
}

}  // namespace quoin::cli
