// quoin explain MODEL [--node N] [--pattern P] [--sensitivity --calib DATA --data DATA]
#include "quoin/explain.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

#include "cli/list_options.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/run_options.h"
#include "cli/verb.h"
#include "quantize/existing_qdq.h"
#include "quoin/error.h"
#include "quoin/model_io.h"
#include "quoin/report.h"
#include "quoin/sensitivity.h"

namespace quoin::cli {
namespace {

struct ExplainArguments {
  std::string model, node, pattern, calib, data, library;
  MetricOptions metric;
  ListOptions list;
  CalibrationOptions calibration;
  size_t samples = 64, top = 20;
  bool sensitivity = false, reverse = false;
  bool json = false;
};

std::string why_text(const std::string& why) { return why.empty() ? "" : ": " + why; }

std::string in_body(const std::string& body) { return body.empty() ? "" : " in " + body; }

std::string points_text(const std::vector<PointExplanation>& points) {
  std::string text;
  for (const PointExplanation& point : points)
    text += fmt::format("    {:<9} {} of '{}'{}: {}\n", point.opened ? "quantized" : "float", point.point, point.value,
                        point.opened ? " as " + point.precision : "", point.reason);
  return text;
}

// 8 bits as they come need no word where a whole model is looked at.
bool is_usual(const std::string& precision) {
  const auto begins = [&](std::string_view type) { return precision.starts_with(type); };
  return (begins("uint8") || begins("int8") || begins("int32")) && precision.find("affine") == std::string::npos &&
         precision.find("block") == std::string::npos;
}

// Quantized points need no reason where a whole model is looked at.
std::string short_points_text(const std::vector<PointExplanation>& points) {
  if (points.empty()) return "  the pattern declares no Q/DQ points: fused, never quantized\n";
  std::vector<std::string> quantized;
  std::string left;
  for (const PointExplanation& point : points) {
    if (point.opened) {
      quantized.push_back(is_usual(point.precision) ? point.point
                                                    : fmt::format("{} as {}", point.point, point.precision));
    } else {
      left += fmt::format("  float {} of '{}': {}\n", point.point, point.value, point.reason);
    }
  }
  return (quantized.empty() ? "" : fmt::format("  quantized {}\n", fmt::join(quantized, ", "))) + left;
}

std::string misses_text(const std::string& title, const Refusals& misses) {
  std::string text = misses.empty() ? "" : title + "\n";
  for (const Refusal& miss : misses) text += "    " + miss.text() + "\n";
  return text;
}

std::string lost_text(const std::vector<LostMatch>& lost) {
  std::string text = lost.empty() ? "" : "  held too, but came later in the list:\n";
  for (const LostMatch& match : lost)
    text += fmt::format("    {} at '{}'{}: {} by {} has it\n", match.pattern, match.root, in_body(match.body),
                        match.unit, match.winner);
  return text;
}

std::string text_of(const NodeExplanation& node, const std::string& list) {
  std::string text = fmt::format("{} '{}'{} ", node.op, node.node, in_body(node.body));
  if (!node.unit.empty()) {
    text += fmt::format("is in the unit {} by {}{}\n", node.unit, node.pattern, why_text(node.why));
  } else if (node.converted) {
    text += fmt::format("was converted by {}{}\n", node.pattern, why_text(node.why));
  } else {
    text += fmt::format("is in no unit of the list {}\n", list);
  }
  if (node.converted && !node.unit.empty())
    text += fmt::format("  converted before that by {}\n", fmt::join(node.conversions, ", "));
  if (node.became != std::vector<std::string>{node.node} && !node.became.empty())
    text += fmt::format("  it became {}\n", fmt::join(node.became, ", "));
  if (!node.note.empty()) text += fmt::format("  {}\n", node.note);
  if (!node.points.empty()) text += "  Q/DQ points:\n" + points_text(node.points);
  if (node.points.empty() && !node.unit.empty()) text += "  no Q/DQ point of the unit is at this node\n";
  text += misses_text(node.unit.empty() ? "  nearest misses:" : "  what came before and did not hold:", node.misses);
  text += lost_text(node.lost);
  if (node.unit.empty() && node.misses.empty() && node.lost.empty() && !node.became.empty()) {
    text += fmt::format("  no pattern of the list looks at {}\n", node.op);
  } else if (node.unit.empty() && !node.elsewhere.empty()) {
    text += fmt::format("  patterns for other operators: {}\n", fmt::join(node.elsewhere, ", "));
  }
  return text;
}

std::string text_of(const PatternExplanation& pattern) {
  const size_t matches = pattern.units.size() + pattern.conversions.size();
  std::string text = fmt::format("{}{}\n  matched {} time{}\n", pattern.pattern, why_text(pattern.why), matches,
                                 matches == 1 ? "" : "s");
  for (const std::string& unit : pattern.units) text += fmt::format("    {}\n", unit);
  for (const ConversionMatch& conversion : pattern.conversions)
    text += fmt::format("    of {}{}\n", fmt::join(conversion.origins, ", "), in_body(conversion.body));
  text += misses_text("  near misses, nearest first:", pattern.misses);
  return text + lost_text(pattern.lost);
}

std::string text_of(const ModelExplanation& model) {
  std::string text = fmt::format("target {}, list {}: {} units, {} conversions\n", model.target, model.list,
                                 model.units.size(), model.conversions.size());
  if (!model.note.empty()) text += model.note + "\n";
  for (const ConversionMatch& conversion : model.conversions)
    text += fmt::format("\n{}{} was converted by {}\n", fmt::join(conversion.origins, ", "), in_body(conversion.body),
                        conversion.pattern);
  for (const UnitExplanation& unit : model.units) {
    text += fmt::format("\n{}{} by {}{}\n  nodes: {}\n", unit.unit, in_body(unit.body), unit.pattern,
                        why_text(unit.why), fmt::join(unit.nodes, ", "));
    text += short_points_text(unit.points);
  }
  if (!model.unclaimed.empty()) text += "\ncompute nodes in no unit, with the nearest miss:\n";
  for (const Unclaimed& node : model.unclaimed)
    text += fmt::format("  {} '{}'{}: {}\n", node.op, node.node, in_body(node.body), node.reason);
  std::map<std::pair<std::string, std::string>, size_t> lost;
  for (const LostMatch& match : model.lost) ++lost[{match.pattern, match.winner}];
  if (!lost.empty()) text += "\nheld too, but came later in the list (--pattern P shows where):\n";
  for (const auto& [names, count] : lost)
    text += fmt::format("  {} {} time{} to {}\n", names.first, count, count == 1 ? "" : "s", names.second);
  return text;
}

Json json_of(const std::vector<PointExplanation>& points) {
  Json json = Json::array();
  for (const PointExplanation& point : points) {
    json.push_back({{"point", point.point},
                    {"value", point.value},
                    {"node", point.node},
                    {"quantized", point.opened},
                    {"precision", point.opened ? Json(point.precision) : Json(nullptr)},
                    {"reason", point.reason}});
  }
  return json;
}

Json json_of(const Refusals& misses) {
  Json json = Json::array();
  for (const Refusal& miss : misses) {
    json.push_back({{"pattern", miss.pattern},
                    {"root", miss.root},
                    {"node", miss.node},
                    {"condition", miss.condition},
                    {"actual", miss.actual},
                    {"depth", miss.depth},
                    {"text", miss.text()}});
    if (!miss.body.empty()) json.back()["body"] = miss.body;
  }
  return json;
}

Json json_of(const std::vector<LostMatch>& lost) {
  Json json = Json::array();
  for (const LostMatch& match : lost) {
    json.push_back({{"pattern", match.pattern}, {"root", match.root}, {"unit", match.unit}, {"winner", match.winner}});
    if (!match.body.empty()) json.back()["body"] = match.body;
  }
  return json;
}

Json json_of(const std::vector<ConversionMatch>& conversions) {
  Json json = Json::array();
  for (const ConversionMatch& match : conversions) {
    json.push_back({{"pattern", match.pattern}, {"nodes", match.origins}});
    if (!match.body.empty()) json.back()["body"] = match.body;
  }
  return json;
}

Json json_of(const NodeExplanation& node) {
  return {{"node", node.node},
          {"op", node.op},
          {"body", node.body},
          {"unit", node.unit},
          {"pattern", node.pattern},
          {"why", node.why},
          {"converted", node.converted},
          {"conversions", node.conversions},
          {"became", node.became},
          {"points", json_of(node.points)},
          {"misses", json_of(node.misses)},
          {"elsewhere", node.elsewhere},
          {"lost", json_of(node.lost)},
          {"note", node.note}};
}

Json json_of(const PatternExplanation& pattern) {
  return {{"pattern", pattern.pattern},
          {"why", pattern.why},
          {"units", pattern.units},
          {"conversions", json_of(pattern.conversions)},
          {"misses", json_of(pattern.misses)},
          {"lost", json_of(pattern.lost)}};
}

Json json_of(const ModelExplanation& model) {
  Json units = Json::array();
  for (const UnitExplanation& unit : model.units) {
    units.push_back({{"unit", unit.unit},
                     {"pattern", unit.pattern},
                     {"why", unit.why},
                     {"nodes", unit.nodes},
                     {"points", json_of(unit.points)}});
    if (!unit.body.empty()) units.back()["body"] = unit.body;
  }
  Json unclaimed = Json::array();
  for (const Unclaimed& node : model.unclaimed) {
    unclaimed.push_back({{"node", node.node}, {"op", node.op}, {"reason", node.reason}});
    if (!node.body.empty()) unclaimed.back()["body"] = node.body;
  }
  return {{"target", model.target},
          {"list", model.list},
          {"note", model.note},
          {"conversions", json_of(model.conversions)},
          {"units", units},
          {"unclaimed", unclaimed},
          {"lost", json_of(model.lost)}};
}

void check_sensitivity(const ExplainArguments& options) {
  const auto refuse = [](const std::string& what, const std::string& remedy, const std::string& where) {
    throw Error(ErrorCode::kUsage, what, remedy, where);
  };
  const bool given = !options.calib.empty() || !options.data.empty() || options.reverse || !options.metric.text.empty();
  if (!options.sensitivity) {
    if (given) refuse("--calib, --data, --metric and --reverse go with --sensitivity", "add --sensitivity", "");
    return;
  }
  if (!options.node.empty() || !options.pattern.empty())
    refuse("--sensitivity looks at all units, --node and --pattern at one", "ask for one of them", "--sensitivity");
  if (options.calib.empty()) refuse("--sensitivity needs data to calibrate with", "give --calib DATA", "--calib");
  if (options.data.empty())
    refuse("--sensitivity needs data to measure on", "give --data DATA, other samples than in --calib", "--data");
}

void run_sensitivity(const ExplainArguments& options) {
  const Metric metric = options.metric.parse();
  QuantizeOptions quantize;
  apply(options.calibration, quantize);
  if (parse_effort(options.calibration.effort) == Effort::kBest) {
    throw Error(ErrorCode::kUsage, "--effort best chooses a recipe, --sensitivity looks at one",
                "use --effort default, or switch steps off with their options", "--effort");
  }
  const Target target = load_target(options.list.target);
  const PatternList list = resolve_list(options.list.list, options.list.patterns, target);
  quantize.patterns = &list;
  quantize.collect.progress = progress("calibrating");
  const Graph model = load(options.model);
  refuse_quantized(model);
  const Dataset calibration = load_dataset(options.calib), data = load_dataset(options.data);
  calibration.bind(model);
  data.bind(model);
  check_disjoint(calibration, "--calib", data, "--data");
  const JobEngine job = open_job_engine(target, options.library);
  const auto calibration_engine = open_calibration_engine(options.calibration, target);
  const Engine& engine = calibration_engine ? *calibration_engine : *job.engine;
  const auto simulation_engine = open_simulation_engine(engine);
  const PreparedModel prepared = prepare(model, target, engine, calibration, quantize);
  // Q/DQ computed in float is the same on every engine: on the one that calibrates.
  const SensitivityResult result = measure_sensitivity(prepared, simulation_engine ? *simulation_engine : engine, data,
                                                       {.metric = metric,
                                                        .most_samples = options.samples,
                                                        .reverse = options.reverse,
                                                        .threads = options.calibration.threads,
                                                        .progress = progress("quantizing units alone")});
  print(options.json ? json_report(result) : text_report(result, options.top));
}

void run_explain(const ExplainArguments& options) {
  check_sensitivity(options);
  if (options.sensitivity) return run_sensitivity(options);
  const Target target = load_target(options.list.target);
  const PatternList list = resolve_list(options.list.list, options.list.patterns, target);
  const Graph model = load(options.model);
  Json json;
  std::string text;
  if (!options.node.empty()) {
    const NodeExplanation node = explain_node(model, list, target, options.node);
    json["node"] = json_of(node);
    text += text_of(node, list.name);
  }
  if (!options.pattern.empty()) {
    const PatternExplanation pattern = explain_pattern(model, list, options.pattern);
    json["pattern"] = json_of(pattern);
    text += (text.empty() ? "" : "\n") + text_of(pattern);
  }
  if (options.node.empty() && options.pattern.empty()) {
    const ModelExplanation all = explain_model(model, list, target);
    json = json_of(all);
    text = text_of(all);
  }
  if (options.json) {
    print_json(json);
  } else {
    print(text);
  }
}

}  // namespace

void add_explain(CLI::App& app) {
  const auto options = std::make_shared<ExplainArguments>();
  CLI::App* verb = app.add_subcommand("explain", "why nodes are, or are not, fused and quantized");
  verb->add_option("MODEL", options->model, "an ONNX file")->required();
  verb->add_option("--node", options->node,
                   "one node, by its name in the file; left out, with no --pattern: all units");
  verb->add_option("--pattern", options->pattern, "one pattern of the list: its matches and every near miss");
  verb->add_flag("--sensitivity", options->sensitivity,
                 "what quantizing each unit alone costs, most harmful first; needs --calib and --data");
  verb->add_option("--calib", options->calib, std::string("for --sensitivity, to calibrate with: ") + kDataHelp);
  verb->add_option("--data", options->data, "for --sensitivity, to measure on: as --calib, and other samples");
  verb->add_option("--samples", options->samples, "for --sensitivity: so many of --data, spread evenly; 0: all")
      ->capture_default_str();
  verb->add_option("--top", options->top, "for --sensitivity: so many units in the table; 0: all")
      ->capture_default_str();
  verb->add_flag("--reverse", options->reverse,
                 "for --sensitivity: also what comes back where all units are quantized but one");
  add_metric_option(*verb, options->metric);
  add_calibration_options(*verb, options->calibration);
  add_engine_library(*verb, options->library);
  add_list_options(*verb, options->list);
  add_json_option(*verb, options->json);
  verb->footer("Example: quoin explain resnet50.onnx --node /layer1/conv1/Conv --target tensorrt");
  verb->callback([options] { run_explain(*options); });
}

}  // namespace quoin::cli
