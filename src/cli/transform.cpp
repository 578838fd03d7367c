// quoin transform MODEL -o OUT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

#include "cli/command.h"
#include "cli/input_options.h"
#include "cli/list_options.h"
#include "cli/output.h"
#include "cli/run_options.h"
#include "cli/run_paths.h"
#include "cli/verb.h"
#include "quoin/model_io.h"
#include "quoin/pipeline.h"
#include "quoin/plan.h"
#include "quoin/report.h"

namespace quoin::cli {
namespace {

struct TransformArguments {
  std::string model, output, library, plan;
  ListOptions list;
  InputOptions inputs;
  bool functions = false, json = false;
};

std::string undecided_text(const Proof& proof) {
  if (proof.undecided.empty()) return "";
  return fmt::format(
      "not compared: {}, which the model itself changes as much when its inputs change by 5e-7 of themselves\n",
      fmt::join(proof.undecided, ", "));
}

void run_transform(const TransformArguments& options) {
  RunPaths paths;
  paths.reads_model(options.model);
  paths.reads_list(options.list.list, options.list.patterns, options.list.target);
  paths.reads(options.plan, "the plan");
  paths.reads_data(options.inputs.data, "--data");
  paths.reads(options.library, "the engine's library");
  paths.writes_model(options.output, "-o");
  paths.check(options.json);
  const Target target = load_target(options.list.target);
  std::optional<Plan> plan;
  if (!options.plan.empty()) plan = load_plan(options.plan);
  const std::string name = plan && options.list.list.empty() ? plan->list : options.list.list;
  PatternList list = resolve_list(name, options.list.patterns, target);
  if (plan) list = planned_list(list, *plan);
  const Graph model = load(options.model);
  const GivenInputs inputs(options.inputs, model);
  const auto engine = open_engine("onnxruntime", {options.library});
  ProvedTransform proved = transform_proved(model, list, *engine, inputs.proof_inputs());
  // Units that the plan leaves float stay units: the plan changes no node, but one for another model is refused.
  if (plan) apply_plan(*plan, model, proved.result.matches);
  const MatchReport& matches = proved.result.matches;
  if (matches.units.empty() && matches.conversions.empty()) {
    throw Error(
        ErrorCode::kCheckFailed, fmt::format("list {} matched nothing: there is nothing to transform", matches.list),
        fmt::format("quoin inspect {} shows which patterns would match", shell_word(options.model)), options.model);
  }
  SaveOptions save_options;
  save_options.functions = options.functions;
  save(proved.result.graph, options.output, save_options);
  if (options.json) {
    Json json{{"model", options.model},
              {"output", options.output},
              {"max_abs_difference", proved.proof.max_abs_difference},
              {"max_magnitude", proved.proof.max_magnitude},
              {"proved_on", proved.proof.inputs},
              {"undecided_outputs", proved.proof.undecided},
              {"nodes_before", model.node_count()},
              {"nodes_after", proved.result.graph.node_count()}};
    json["matches"] = Json::parse(json_report(matches));
    print_json(json);
    return;
  }
  print(text_report(matches, false));
  print(fmt::format(
      "{} nodes, before {}\nproved lossless by running both on {}: max|Δ| {:.2g}, largest output {:.3g}\n{}"
      "wrote {}\n",
      proved.result.graph.node_count(), model.node_count(), proved.proof.inputs, proved.proof.max_abs_difference,
      proved.proof.max_magnitude, undecided_text(proved.proof), options.output));
}

}  // namespace

void add_transform(CLI::App& app) {
  const auto options = std::make_shared<TransformArguments>();
  CLI::App* verb = app.add_subcommand("transform", "the lossless rewrite, proved by running both models");
  verb->add_option("MODEL", options->model, "an ONNX file")->required();
  verb->add_option("-o,--output", options->output, "the file to write")->required();
  add_list_options(*verb, options->list);
  verb->add_option("--plan", options->plan, "a plan (quoin plan): its list is used, and it must fit the model");
  add_input_options(*verb, options->inputs);
  verb->add_flag("--functions", options->functions, "write each unit as an ONNX local function, to look at");
  add_engine_library(*verb, options->library);
  add_json_option(*verb, options->json);
  verb->footer(
      "Nothing is written when the rewrite is not lossless, or matched nothing.\nExample: quoin transform "
      "resnet50.onnx -o fused.onnx --list smart");
  verb->callback([options] { run_transform(*options); });
}

}  // namespace quoin::cli
