// quoin bench MODEL...
#include <deque>

#include "calibrate/open_graph.h"
#include "cli/given_models.h"
#include "cli/input_options.h"
#include "cli/number_checks.h"
#include "cli/output.h"
#include "cli/run_options.h"
#include "cli/verb.h"
#include "quoin/model_io.h"
#include "quoin/report.h"

namespace quoin::cli {
namespace {

struct BenchArguments {
  std::vector<std::string> models;
  InputOptions inputs;
  std::string engine = "onnxruntime", library;
  BenchOptions bench;
  bool json = false;
};

// The first sample, or inputs that are made up for the first model.
NamedTensors feeds_for(const Graph& model, const ProofInputs& inputs, const Engine& engine) {
  if (inputs.data) return first_feeds(model, *inputs.data);
  const Graph shaped = with_input_shapes(with_node_names(model), inputs.shapes);
  // An engine that is a program takes minutes for every size that is tried.
  const auto quick = open_simulation_engine(engine);
  const auto session = open_graph(quick ? *quick : engine, shaped, {.level = OptimizationLevel::kNone});
  return make_inputs(shaped, *session).feeds.at(0);
}

void run_bench(const BenchArguments& options) {
  std::deque<Graph> graphs;  // that stay where they are
  std::vector<BenchModel> models;
  for (const std::string& path : options.models) {
    graphs.push_back(load(path));
    models.push_back(bench_model(path, graphs.back()));
  }
  const GivenInputs inputs(options.inputs, graphs.front());
  const auto engine = open_engine(options.engine, {options.library});
  const BenchResult result = run_given_models(
      [&] { return bench(*engine, models, feeds_for(graphs.front(), inputs.proof_inputs(), *engine), options.bench); });
  print(options.json ? json_report(result) : text_report(result));
}

}  // namespace

void add_bench(CLI::App& app) {
  const auto options = std::make_shared<BenchArguments>();
  CLI::App* verb =
      app.add_subcommand("bench", "latency of models, interleaved, with its spread; speed is against the first");
  verb->add_option("MODEL", options->models, "ONNX files with the same inputs")->required();
  verb->add_option("--engine", options->engine, "what runs the models")->capture_default_str();
  add_engine_library(*verb, options->library);
  verb->add_option("--threads", options->bench.threads, "within one run")
      ->capture_default_str()
      ->check(thread_count(1));
  verb->add_option("--rounds", options->bench.rounds, "each runs every model once")
      ->capture_default_str()
      ->check(above_zero());
  verb->add_option("--warmup", options->bench.warmup, "rounds not counted")
      ->capture_default_str()
      ->check(at_least_zero());
  add_input_options(*verb, options->inputs);
  add_json_option(*verb, options->json);
  verb->footer("Example: quoin bench float.onnx int8.onnx --threads 1 --rounds 100");
  verb->callback([options] { run_bench(*options); });
}

}  // namespace quoin::cli
