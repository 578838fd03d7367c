// quoin plan MODEL --list L -o plan.toml
#include "quoin/plan.h"

#include <fmt/format.h>

#include "base/output_file.h"
#include "cli/command.h"
#include "cli/list_options.h"
#include "cli/output.h"
#include "cli/run_options.h"
#include "cli/run_paths.h"
#include "cli/verb.h"
#include "quantize/existing_qdq.h"
#include "quoin/model_io.h"

namespace quoin::cli {
namespace {

struct PlanArguments {
  std::string model, output;
  ListOptions list;
  bool json = false;
};

Json json_of(const Plan& plan) {
  Json matches = Json::array();
  for (const PlanMatch& match : plan.matches) {
    Json points = Json::array();
    for (const PlanPoint& point : match.points) {
      points.push_back({{"point", point.point}, {"value", point.value}, {"apply", point.apply}});
      if (point.precision) points.back()["precision"] = point.precision->text();
    }
    Json precision = match.precision;
    if (!match.precisions.empty()) {
      precision = Json::object();
      for (const auto& [role, one] : match.precisions) precision[std::string(to_string(role))] = one.text();
    }
    matches.push_back({{"pattern", match.pattern},
                       {"why", match.why},
                       {"unit", match.unit},
                       {"nodes", match.nodes},
                       {"apply", match.apply},
                       {"precision", precision},
                       {"points", points}});
    if (!match.body.empty()) matches.back()["body"] = match.body;
    if (!match.reason.empty()) matches.back()["reason"] = match.reason;
  }
  return {{"model", plan.model}, {"fingerprint", plan.fingerprint}, {"list", plan.list}, {"matches", matches}};
}

void run_plan(const PlanArguments& options) {
  RunPaths paths;
  paths.reads_model(options.model);
  paths.reads_list(options.list.list, options.list.patterns, options.list.target);
  paths.writes(options.output, "-o");
  paths.check(options.json);
  const Target target = load_target(options.list.target);
  const PatternList list = resolve_list(options.list.list, options.list.patterns, target);
  const Graph model = load(options.model);
  refuse_quantized(model);
  const MatchReport matches = transform(model, list).matches;
  if (matches.units.empty()) {
    throw Error(ErrorCode::kCheckFailed,
                fmt::format("no fusion of the list {} matched: there is nothing to plan", matches.list),
                fmt::format("quoin explain {} says why", shell_word(options.model)), options.model);
  }
  const Plan plan = make_plan(model, matches);
  const std::string toml = to_toml(plan);
  if (!options.output.empty()) write_whole_file(options.output, toml);
  if (options.json) {
    Json json = json_of(plan);
    json["output"] = options.output.empty() ? Json(nullptr) : Json(options.output);
    print_json(json);
  } else if (options.output.empty()) {
    print(toml);
  } else {
    size_t points = 0;
    for (const PlanMatch& match : plan.matches) points += match.points.size();
    print(fmt::format(
        "list {}: {} match{} with {} Q/DQ points\nwrote {}: edit it, then give it to quoin quantize --plan\n",
        plan.list, plan.matches.size(), plan.matches.size() == 1 ? "" : "es", points, options.output));
  }
}

}  // namespace

void add_plan(CLI::App& app) {
  const auto options = std::make_shared<PlanArguments>();
  CLI::App* verb = app.add_subcommand("plan", "every match of a list as a file to edit and give back");
  verb->add_option("MODEL", options->model, "the float ONNX file")->required();
  verb->add_option("-o,--output", options->output, "the file to write; left out: printed");
  add_list_options(*verb, options->list);
  add_json_option(*verb, options->json);
  verb->footer(
      "Exit code 1 when nothing matches.\nExample: quoin plan resnet50.onnx --list smart --target tensorrt -o "
      "plan.toml");
  verb->callback([options] { run_plan(*options); });
}

}  // namespace quoin::cli
