// quoin match MODEL --list L
#include <fmt/format.h>

#include "cli/list_options.h"
#include "cli/output.h"
#include "cli/run_options.h"
#include "cli/verb.h"
#include "quoin/model_io.h"
#include "quoin/report.h"
#include "quoin/transform.h"

namespace quoin::cli {
namespace {

struct MatchArguments {
  std::string model;
  ListOptions list;
  bool json = false;
};

std::string unclaimed_text(const std::vector<Unclaimed>& unclaimed) {
  if (unclaimed.empty()) return "";
  std::string text = "\ncompute nodes in no unit, with the nearest miss:\n";
  for (const Unclaimed& node : unclaimed)
    text +=
        fmt::format("  {} '{}'{}: {}\n", node.op, node.node, node.body.empty() ? "" : " in " + node.body, node.reason);
  return text;
}

void match(const MatchArguments& options) {
  const Target target = load_target(options.list.target);
  const PatternList list = resolve_list(options.list.list, options.list.patterns, target);
  const Graph model = load(options.model);
  const TransformResult result = transform(model, list, {.record_lost = true});
  const std::vector<Unclaimed> unclaimed = unclaimed_compute_nodes(result.graph, list);
  if (options.json) {
    Json json = Json::parse(json_report(result.matches));
    json["unclaimed"] = Json::array();
    for (const Unclaimed& node : unclaimed) {
      json["unclaimed"].push_back({{"node", node.node}, {"op", node.op}, {"reason", node.reason}});
      if (!node.body.empty()) json["unclaimed"].back()["body"] = node.body;
    }
    print_json(json);
  } else {
    print(text_report(result.matches, true) + unclaimed_text(unclaimed));
  }
  if (result.matches.units.empty() && result.matches.conversions.empty()) check_failed();
}

}  // namespace

void add_match(CLI::App& app) {
  const auto options = std::make_shared<MatchArguments>();
  CLI::App* verb = app.add_subcommand("match", "every match of a list, with its nodes and its Q/DQ points");
  verb->add_option("MODEL", options->model, "an ONNX file")->required();
  add_list_options(*verb, options->list);
  add_json_option(*verb, options->json);
  verb->footer("Exit code 1 when nothing matches.\nExample: quoin match resnet50.onnx --list smart --target tensorrt");
  verb->callback([options] { match(*options); });
}

}  // namespace quoin::cli
