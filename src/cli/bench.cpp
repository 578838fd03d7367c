// quoin bench MODEL...
#include <fmt/format.h>

#include <charconv>
#include <deque>

#include "cli/given_models.h"
#include "cli/number_checks.h"
#include "cli/output.h"
#include "cli/run_options.h"
#include "cli/verb.h"
#include "quoin/edit.h"
#include "quoin/model_io.h"
#include "quoin/report.h"

namespace quoin::cli {
namespace {

struct BenchArguments {
  std::vector<std::string> models, shapes;
  std::string engine = "onnxruntime", library;
  BenchOptions bench;
  bool json = false;
};

[[noreturn]] void refuse_shape(const std::string& text) {
  throw Error(ErrorCode::kUsage, fmt::format("'{}' is no shape of an input", text), "write NAME=1x3x224x224",
              "--shape");
}

std::pair<std::string, std::vector<Dim>> parse_shape(const std::string& text) {
  const size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0) refuse_shape(text);
  std::vector<Dim> dims;
  std::string_view rest = std::string_view(text).substr(equals + 1);
  while (true) {
    const std::string_view digits = rest.substr(0, rest.find('x'));
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || value < 1) refuse_shape(text);
    dims.push_back({value, ""});
    if (digits.size() == rest.size()) break;
    rest.remove_prefix(digits.size() + 1);
  }
  return {text.substr(0, equals), dims};
}

// Random feeds for the model, its inputs in the shapes asked for.
NamedTensors feeds_for(const Graph& model, const std::vector<std::string>& shapes) {
  Graph shaped = model.clone();
  for (const std::string& text : shapes) {
    const auto [name, dims] = parse_shape(text);
    Value* input = shaped.find_value(name);
    if (!input || !input->is_graph_input()) {
      std::vector<std::string> names;
      for (const Value* value : model.required_inputs()) names.push_back(value->name());
      throw Error(ErrorCode::kUsage, fmt::format("the model has no input '{}'{}", name, did_you_mean(name, names)),
                  fmt::format("its inputs are: {}", fmt::join(names, ", ")), "--shape");
    }
    if (input->has_rank() && input->dims().size() != dims.size()) {
      throw Error(ErrorCode::kUsage,
                  fmt::format("input '{}' has {} dimensions, not {}", name, input->dims().size(), dims.size()),
                  "give every dimension", "--shape");
    }
    Edit(shaped).set_type(*input, input->type(), dims);
  }
  return random_dataset(shaped, 1).sample(0).inputs;
}

void run_bench(const BenchArguments& options) {
  std::deque<Graph> graphs;  // that stay where they are
  std::vector<BenchModel> models;
  for (const std::string& path : options.models) {
    graphs.push_back(load(path));
    models.push_back(bench_model(path, graphs.back()));
  }
  const NamedTensors feeds = feeds_for(graphs.front(), options.shapes);
  const auto engine = open_engine(options.engine, {options.library});
  const BenchResult result = run_given_models([&] { return bench(*engine, models, feeds, options.bench); });
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
  verb->add_option("--shape", options->shapes,
                   "shape of an input with free dimensions, which are 1 otherwise: input=1x3x48x320")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_json_option(*verb, options->json);
  verb->footer("Example: quoin bench float.onnx int8.onnx --threads 1 --rounds 100");
  verb->callback([options] { run_bench(*options); });
}

}  // namespace quoin::cli
