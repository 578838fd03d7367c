// quoin patterns [list | show NAME | check [FILE]]
#include "quoin/patterns.h"

#include <fmt/format.h>

#include "cli/output.h"
#include "cli/patterns_check.h"
#include "cli/run_options.h"
#include "cli/verb.h"
#include "quoin/pattern_toml.h"
#include "quoin/report.h"

namespace quoin::cli {
namespace {

struct PatternsArguments {
  std::string action = "list", argument;
  bool json = false;
  CheckOptions check;
};

std::string kind_text(PatternKind kind) { return kind == PatternKind::kConversion ? "conversion" : "fusion"; }

Json json_of(const Pattern& pattern) {
  const PatternDef def = pattern.definition();
  Json conditions = Json::array(), points = Json::array();
  for (const Predicate& condition : def.where) conditions.push_back(condition.text());
  for (const QdqPoint& point : def.qdq_points) points.push_back(point.text());
  Json precision = Json::object();
  for (const auto& [role, one] : def.precision) precision[std::string(to_string(role))] = one.text();
  return Json{{"name", def.name},
              {"kind", kind_text(def.kind)},
              {"why", def.why},
              {"tree", def.tree.to_text()},
              {"where", std::move(conditions)},
              {"qdq", std::move(points)},
              {"precision", precision},
              {"fuse", def.fuse},
              {"replace", def.replace}};
}

void list_patterns(const PatternsArguments& options) {
  if (options.json) {
    Json all = Json::array();
    for (const PatternRef& pattern : builtin_patterns()) all.push_back(json_of(*pattern));
    print_json(Json{{"patterns", std::move(all)}});
    return;
  }
  Table table({"pattern", "kind", "why"});
  for (const PatternRef& pattern : builtin_patterns())
    table.add({pattern->name(), kind_text(pattern->kind()), pattern->why()});
  print(table.text());
}

void show_pattern(const PatternsArguments& options) {
  if (options.argument.empty())
    throw Error(ErrorCode::kUsage, "which pattern is to be shown?", "quoin patterns list names them");
  const PatternRef pattern = builtin_pattern(options.argument);
  if (options.json) {
    Json json = json_of(*pattern);
    json["toml"] = to_toml(*pattern);
    print_json(json);
  } else {
    print(to_toml(*pattern));
  }
}

void run_patterns(const PatternsArguments& options) {
  if (options.action == "list") return list_patterns(options);
  if (options.action == "show") return show_pattern(options);
  if (options.action == "check") {
    CheckOptions check = options.check;
    check.file = options.argument;
    check.json = options.json;
    return check_patterns(check);
  }
  throw Error(ErrorCode::kUsage,
              fmt::format("quoin patterns has no action '{}'{}", options.action,
                          did_you_mean(options.action, {"list", "show", "check"})),
              "use list, show NAME or check [FILE]");
}

}  // namespace

void add_patterns(CLI::App& app) {
  const auto options = std::make_shared<PatternsArguments>();
  CLI::App* verb =
      app.add_subcommand("patterns", "the built-in patterns; one as TOML; a proof of patterns by random graphs");
  verb->add_option("ACTION", options->action, "list, show NAME or check [FILE]")->capture_default_str();
  verb->add_option("NAME", options->argument,
                   "the pattern to show, or the file to check; check without: the built-ins");
  CheckOptions& check = options->check;
  verb->add_option("--list", check.list, "for check: the list whose order counts: of the file, or of the target");
  verb->add_option("--target", check.target, "for check: whose lists are meant")->capture_default_str();
  verb->add_option("--pattern", check.pattern, "for check: this one only");
  verb->add_option("--engine", check.engine, "for check: what runs the graphs")->capture_default_str();
  verb->add_option("--seed", check.seed, "for check: the same seed gives the same graphs")->capture_default_str();
  verb->add_option("--count", check.count, "for check: graphs per pattern")->capture_default_str();
  verb->add_option("-o,--output", check.output, "for check: a folder for the graphs on which a pattern is wrong");
  add_engine_library(*verb, check.library);
  add_json_option(*verb, options->json);
  verb->footer(
      "check builds random graphs around each pattern's tree, and runs them before and after the rewrite.\nExample: "
      "quoin patterns show ConvBNReLU\n         quoin patterns check mine.toml");
  verb->callback([options] { run_patterns(*options); });
}

}  // namespace quoin::cli
