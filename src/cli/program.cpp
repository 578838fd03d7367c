#include "cli/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <string>
#include <vector>

#include "base/large_stack.h"
#include "cli/command.h"
#include "cli/failure.h"
#include "cli/output.h"
#include "cli/verb.h"
#include "cli/watched.h"
#include "quoin/error.h"

namespace quoin::cli {
namespace {

void add_verbs(CLI::App& app) {
  add_inspect(app);
  add_match(app);
  add_explain(app);
  add_plan(app);
  add_transform(app);
  add_quantize(app);
  add_verify(app);
  add_bench(app);
  add_compare(app);
  add_report(app);
  add_tune(app);
  add_lint(app);
  add_patterns(app);
  add_targets(app);
}

// CLI11 would call an unknown verb an unexpected argument.
void check_verb(const CLI::App& app, int argc, char** argv) {
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands({})) verbs.push_back(verb->get_name());
  const std::string remedy =
      fmt::format("the verbs are: {}; quoin VERB --help shows an example", fmt::join(verbs, ", "));
  if (argc < 2) throw Error(ErrorCode::kUsage, "there is no verb", remedy);
  const std::string verb = argv[1];
  if (verb.starts_with("-") || std::find(verbs.begin(), verbs.end(), verb) != verbs.end()) return;
  throw Error(ErrorCode::kUsage, fmt::format("there is no verb '{}'{}", verb, did_you_mean(verb, verbs)), remedy);
}

std::string help_remedy(const CLI::App& app) {
  const std::vector<const CLI::App*> chosen = app.get_subcommands([](const CLI::App* verb) { return verb->parsed(); });
  return fmt::format("see quoin {}--help", chosen.empty() ? "" : chosen.front()->get_name() + " ");
}

// An option given as an empty text is an unset variable of a script, and nan is no number that anything is held
// against.
void check_values(CLI::App& verb) {
  for (CLI::Option* option : verb.get_options()) {
    if (option->get_type_size() == 0) continue;  // a flag
    const bool number = option->get_type_name().find("FLOAT") != std::string::npos;
    option->check(CLI::Validator(
        [number](std::string& text) -> std::string {
          if (text.empty()) return "it is given an empty text: is a variable of a script unset?";
          double value = 0;
          if (number && CLI::detail::lexical_cast(text, value) && !std::isfinite(value)) return text + " is no number";
          return "";
        },
        ""));
  }
}

// What a stream still held, or has failed to write: print() tells of its own failures.
void check_stdout() {
  std::cout.flush();
  if (std::cout && std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw Error(ErrorCode::kUsage, "stdout cannot be written to", "check where it goes, and the room on the disk");
}

int run(int argc, char** argv, bool json) {
  CLI::App app(
      "Makes a float ONNX model fast on one named target without losing its accuracy, and says when float is the one "
      "to ship.",
      "quoin");
  app.set_version_flag("--version", std::string("quoin ") + kVersion);
  app.footer(
      "Exit codes: 0 done, 1 a check failed, 2 wrong use, 3 bad input, 4 a missing runtime.\nExample: quoin inspect "
      "model.onnx");
  app.require_subcommand(1);
  add_verbs(app);
  for (CLI::App* verb : app.get_subcommands({})) check_values(*verb);
  try {
    check_verb(app, argc, argv);
    app.parse(argc, argv);
    check_stdout();
    return 0;
  } catch (const CLI::Success& asked) {  // --help, --version
    const int code = app.exit(asked);
    check_stdout();
    return code;
  } catch (const CLI::RuntimeError& ended) {
    return ended.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return report_error(Error(ErrorCode::kUsage, error.what(), help_remedy(app)), json);
  }
}

bool asks_for_json(int argc, char** argv) {
  return std::any_of(argv, argv + argc, [](const char* word) { return std::strcmp(word, "--json") == 0; });
}

}  // namespace

int run_command(int argc, char** argv) {
  const bool json = asks_for_json(argc, argv);
  remember_command(argc, argv);
  explain_termination(json);
  try {
    int code = 0;
    on_large_stack([&] { code = run(argc, argv, json); });
    return code;
  } catch (const std::exception& error) {
    return report_error(as_error(error), json);
  }
}

int run_program(int argc, char** argv) {
  return watched(asks_for_json(argc, argv), [&] { return run_command(argc, argv); });
}

}  // namespace quoin::cli
