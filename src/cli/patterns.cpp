// quoin patterns [list | show NAME | check FILE]
#include "quoin/patterns.h"

#include <fmt/format.h>

#include "cli/list_options.h"
#include "cli/output.h"
#include "cli/run_options.h"
#include "cli/verb.h"
#include "quoin/pattern_toml.h"
#include "quoin/report.h"

namespace quoin::cli {
namespace {

struct Options {
  std::string action = "list", argument, target = "onnxruntime-cpu";
  bool json = false;
};

std::string kind_text(PatternKind kind) { return kind == PatternKind::kConversion ? "conversion" : "fusion"; }

Json json_of(const Pattern& pattern) {
  const PatternDef def = pattern.definition();
  Json conditions = Json::array(), points = Json::array();
  for (const Predicate& condition : def.where) conditions.push_back(condition.text());
  for (const QdqPoint& point : def.qdq_points) points.push_back(point.text());
  return Json{{"name", def.name},           {"kind", kind_text(def.kind)},    {"why", def.why},
              {"tree", def.tree.to_text()}, {"where", std::move(conditions)}, {"qdq", std::move(points)},
              {"fuse", def.fuse},           {"replace", def.replace}};
}

void list_patterns(const Options& options) {
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

void show_pattern(const Options& options) {
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

// Loads the file and resolves its lists, so that a wrong name shows here and not later.
void check_patterns(const Options& options) {
  if (options.argument.empty())
    throw Error(ErrorCode::kUsage, "which file is to be checked?", "quoin patterns check FILE");
  const PatternFile file = load_pattern_file(options.argument);
  const std::vector<PatternList> lists = resolve_lists(file, load_target(options.target));
  Json patterns = Json::array(), list_json = Json::array();
  std::string text;
  for (const PatternRef& pattern : file.patterns) {
    patterns.push_back(json_of(*pattern));
    text += fmt::format("pattern {} ({})\n", pattern->name(), kind_text(pattern->kind()));
  }
  for (const PatternList& list : lists) {
    list_json.push_back(
        {{"name", list.name}, {"conversions", list.conversions().size()}, {"fusions", list.fusions().size()}});
    text += fmt::format("list {}: {} conversions, {} fusions\n", list.name, list.conversions().size(),
                        list.fusions().size());
  }
  if (file.patterns.empty() && lists.empty()) {
    throw Error(ErrorCode::kBadInput, "the file has neither a [[pattern]] nor a [list]", "docs/patterns.md shows both",
                options.argument);
  }
  if (options.json) {
    print_json(Json{{"file", options.argument}, {"patterns", std::move(patterns)}, {"lists", std::move(list_json)}});
  } else {
    print(text + options.argument + " is fine\n");
  }
}

void run_patterns(const Options& options) {
  if (options.action == "list") return list_patterns(options);
  if (options.action == "show") return show_pattern(options);
  if (options.action == "check") return check_patterns(options);
  throw Error(ErrorCode::kUsage,
              fmt::format("quoin patterns has no action '{}'{}", options.action,
                          did_you_mean(options.action, {"list", "show", "check"})),
              "use list, show NAME or check FILE");
}

}  // namespace

void add_patterns(CLI::App& app) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("patterns", "the built-in patterns; one as TOML; a check of a file of your own");
  verb->add_option("ACTION", options->action, "list, show NAME or check FILE")->capture_default_str();
  verb->add_option("NAME", options->argument, "the pattern to show, or the file to check");
  verb->add_option("--target", options->target, "for check: whose lists the file's lists may extend")
      ->capture_default_str();
  add_json_option(*verb, options->json);
  verb->footer("Example: quoin patterns show ConvBNReLU");
  verb->callback([options] { run_patterns(*options); });
}

}  // namespace quoin::cli
