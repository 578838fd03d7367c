// quoin verify FLOAT QUANTIZED --data DATA
#include <fmt/format.h>

#include <optional>

#include "cli/given_models.h"
#include "cli/number_checks.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/run_options.h"
#include "cli/verb.h"
#include "quoin/model_io.h"
#include "quoin/report.h"

namespace quoin::cli {
namespace {

struct VerifyArguments {
  std::string reference, model, data, library;
  MetricOptions metric;
  std::string engine = "onnxruntime";
  int threads = 0;
  double budget = -1;
  bool layers = false, kernels = false, json = false;
};

void run_verify(const VerifyArguments& options) {
  const Metric metric = options.metric.parse();
  const Graph reference = load(options.reference), model = load(options.model);
  const Dataset data = load_dataset(options.data);
  const auto engine = open_engine(options.engine, {options.library});
  const auto simulation_engine = open_simulation_engine(*engine);
  const VerifyOptions verifying{.threads = options.threads,
                                .layers = options.layers,
                                .metric = metric,
                                .progress = progress("verifying"),
                                .simulation_engine = simulation_engine.get()};
  const VerifyResult result = run_given_models([&] { return verify(*engine, reference, model, data, verifying); });
  std::optional<KernelCheck> kernels;
  if (options.kernels) kernels = run_given_models([&] { return check_kernels(*engine, model, data); });
  if (options.json) {
    Json json = Json::parse(json_report(result));
    if (kernels) json["kernels"] = Json::parse(json_report(*kernels));
    print_json(json);
  } else {
    print(text_report(result) + (kernels ? "\n" + text_report(*kernels) : ""));
  }
  if (options.budget < 0) return;
  const bool real = result.no_real.empty();
  const double lost = metric_loss(metric, real ? result.real : result.simulated, result.reference);
  if (lost <= options.budget) return;
  std::fflush(stdout);
  const std::string text =
      fmt::format("quoin: {}: loses {} {}, more than the budget of {:g}\n", options.model,
                  loss_text(metric, lost, result.reference), real ? "for real" : "simulated", options.budget);
  std::fwrite(text.data(), 1, text.size(), stderr);
  check_failed();
}

}  // namespace

void add_verify(CLI::App& app) {
  const auto options = std::make_shared<VerifyArguments>();
  CLI::App* verb = app.add_subcommand("verify", "accuracy of a quantized model: simulated, and real on this CPU");
  verb->add_option("FLOAT", options->reference, "the float model")->required();
  verb->add_option("QUANTIZED", options->model, "the model made from it")->required();
  verb->add_option("--data", options->data, kDataHelp)->required();
  verb->add_flag("--layers", options->layers, "SQNR at every value that both models have");
  verb->add_flag("--kernels", options->kernels,
                 "which quantized nodes ran in float all the same, and what is spent on Q, DQ and reorders");
  verb->add_option(
          "--budget", options->budget,
          "exit with 1 when more is lost for real (simulated, where nothing real can be measured): points of top-1, "
          "or percent of cosine (--metric)")
      ->check(at_least_zero());
  add_metric_option(*verb, options->metric);
  verb->add_option("--engine", options->engine, "what runs the models")->capture_default_str();
  add_engine_library(*verb, options->library);
  verb->add_option("--threads", options->threads, "samples in parallel; 0: all cores")
      ->capture_default_str()
      ->check(thread_count(0));
  add_json_option(*verb, options->json);
  verb->footer("Example: quoin verify resnet20.onnx resnet20.int8.onnx --data 'cifar10.toml#test' --layers");
  verb->callback([options] { run_verify(*options); });
}

}  // namespace quoin::cli
