// quoin targets [list | show NAME]
#include <fmt/format.h>

#include <algorithm>

#include "base/read_file.h"
#include "cli/list_options.h"
#include "cli/output.h"
#include "cli/run_options.h"
#include "cli/verb.h"
#include "quoin/report.h"
#include "quoin/target.h"

namespace quoin::cli {
namespace {

struct TargetsArguments {
  std::string action = "list", name;
  bool json = false;
};

Json json_of(const Target& target) {
  Json lists = Json::object(), reasons = Json::object();
  for (const auto& [name, list] : lists_of(target)) {
    Json patterns = Json::array();
    for (const std::vector<PatternRef>* kind : {&list->conversions(), &list->fusions()}) {
      for (const PatternRef& pattern : *kind) patterns.push_back(pattern->name());
    }
    lists[name] = std::move(patterns);
  }
  for (const auto& [key, why] : target.reasons) reasons[key] = why;
  return Json{{"name", target.name},
              {"summary", target.summary},
              {"engine", target.engine},
              {"extends", target.bases},
              {"float", target.float_type == DataType::kFloat16 ? "float16" : "float32"},
              {"scale", target.scale_type == DataType::kFloat16 ? "float16" : "float32"},
              {"strongly_typed", target.strongly_typed},
              {"lowest_opset", target.lowest_opset},
              {"highest_opset", target.highest_opset},
              {"lists", std::move(lists)},
              {"reasons", std::move(reasons)}};
}

void list_targets(const TargetsArguments& options) {
  Table table({"target", "runs here with", "what"});
  Json all = Json::array();
  for (const std::string& name : builtin_target_names()) {
    const Target target = load_target(name);
    table.add({target.name, target.engine.empty() ? "-" : target.engine, target.summary});
    all.push_back(json_of(target));
  }
  if (options.json) {
    print_json(Json{{"targets", std::move(all)}});
  } else {
    print(table.text());
  }
}

std::string text_of(const std::string& name) {
  const std::vector<std::string> builtins = builtin_target_names();
  if (std::find(builtins.begin(), builtins.end(), name) != builtins.end())
    return std::string(builtin_target_text(name));
  return read_whole_file(name, "the target");
}

void show_target(const TargetsArguments& options) {
  if (options.name.empty())
    throw Error(ErrorCode::kUsage, "which target is to be shown?", "quoin targets list names them");
  const Target target = load_target(options.name);
  if (options.json) {
    Json json = json_of(target);
    json["toml"] = text_of(options.name);
    print_json(json);
  } else {
    print(text_of(options.name));
    for (const std::string& base : target.bases) {
      print(
          fmt::format("\n# ---- what is not said above is as in '{}', which it extends ----\n{}", base, text_of(base)));
    }
  }
}

void run_targets(const TargetsArguments& options) {
  if (options.action == "list") return list_targets(options);
  if (options.action == "show") return show_target(options);
  throw Error(
      ErrorCode::kUsage,
      fmt::format("quoin targets has no action '{}'{}", options.action, did_you_mean(options.action, {"list", "show"})),
      "use list or show NAME");
}

}  // namespace

void add_targets(CLI::App& app) {
  const auto options = std::make_shared<TargetsArguments>();
  CLI::App* verb = app.add_subcommand("targets", "the built-in targets; one as TOML, with a reason per rule");
  verb->add_option("ACTION", options->action, "list or show NAME")->capture_default_str();
  verb->add_option("NAME", options->name, "the target to show, or a TOML file");
  add_json_option(*verb, options->json);
  verb->footer("Example: quoin targets show onnxruntime-cpu");
  verb->callback([options] { run_targets(*options); });
}

}  // namespace quoin::cli
