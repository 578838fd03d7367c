// quoin lint MODEL --target T
#include "quoin/lint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/output.h"
#include "cli/run_options.h"
#include "cli/verb.h"
#include "quoin/model_io.h"
#include "quoin/report.h"

namespace quoin::cli {
namespace {

struct LintArguments {
  std::string model, target, severity = "info";
  LintOptions lint;
  bool rules = false, json = false;
};

// Those of the target; every one where none is named.
std::vector<const LintRule*> rules_of(const std::string& target) {
  std::vector<const LintRule*> rules;
  if (target.empty()) {
    for (const LintRule& rule : lint_rules()) rules.push_back(&rule);
  } else {
    for (const std::string& id : load_target(target).lint_rules) rules.push_back(find_lint_rule(id));
  }
  return rules;
}

void run_lint(const LintArguments& options) {
  if (options.rules) {
    const auto rules = rules_of(options.target);
    print(options.json ? rule_json(rules) : rule_table(rules));
    return;
  }
  if (options.model.empty())
    throw Error(ErrorCode::kUsage, "which model is to be checked?", "name an ONNX file, or ask for --rules");
  if (options.target.empty()) {
    throw Error(ErrorCode::kUsage, "which target is the model for?",
                fmt::format("--target is one of: {}; or a TOML file", fmt::join(builtin_target_names(), ", ")));
  }
  LintOptions lint_options = options.lint;
  lint_options.lowest = severity_named(options.severity);
  const Target target = load_target(options.target);
  if (target.lint_rules.empty()) {
    throw Error(ErrorCode::kUsage, fmt::format("target '{}' has no lint rules", target.name), "give it a [lint] table");
  }
  const LintResult result = lint(load(options.model), target, lint_options);
  print(options.json ? json_report(result, options.model) : text_report(result, options.model));
  if (result.has_errors()) check_failed();
}

}  // namespace

void add_lint(CLI::App& app) {
  const auto options = std::make_shared<LintArguments>();
  CLI::App* verb = app.add_subcommand(
      "lint", "what the target's compiler will refuse, slow down or get wrong in a QDQ model of any tool");
  verb->add_option("MODEL", options->model, "a QDQ ONNX file, from any tool");
  verb->add_option("--target", options->target, "the target's name, or its TOML file");
  verb->add_option("--cpu", options->lint.cpu,
                   fmt::format("CPU that the file will run on, one of {}", fmt::join(cpu_names(), ", ")))
      ->capture_default_str();
  verb->add_option("--severity", options->severity, "leave out what is less than: error, warn or info")
      ->capture_default_str();
  verb->add_flag("--rules", options->rules, "print the target's rules, or all, and check nothing");
  add_json_option(*verb, options->json);
  verb->footer(
      "Exits with 1 when it finds an error.\nExample: quoin lint resnet20.int8.onnx --target onnxruntime-cpu --cpu "
      "avx2");
  verb->callback([options] { run_lint(*options); });
}

}  // namespace quoin::cli
