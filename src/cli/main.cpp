// The program `quoin`: finds the verb, runs it, and turns errors into messages and exit codes.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/output.h"
#include "cli/verb.h"
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

// CLI11 writes the largest double in full where it is the upper end of what is taken.
std::string parse_text(std::string text) {
  const size_t at = text.find(" not in range ");
  if (at != std::string::npos && text.size() - at > 100) text = text.substr(0, at) + " is too small";
  return text;
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
  try {
    check_verb(app, argc, argv);
    app.parse(argc, argv);
    if (std::fflush(stdout) != 0)
      throw Error(ErrorCode::kUsage, "stdout cannot be written to", "check the room on the disk");
    return 0;
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::RuntimeError& ended) {
    return ended.get_exit_code();
  } catch (const CLI::ParseError& error) {
    return report_error(Error(ErrorCode::kUsage, parse_text(error.what()), help_remedy(app)), json);
  }
}

}  // namespace
}  // namespace quoin::cli

int main(int argc, char** argv) {
  using quoin::Error;
  using quoin::ErrorCode;
  const bool json = std::any_of(argv, argv + argc, [](const char* word) { return std::strcmp(word, "--json") == 0; });
  quoin::cli::remember_command(argc, argv);
  try {
    return quoin::cli::run(argc, argv, json);
  } catch (const Error& error) {
    return quoin::cli::report_error(error, json);
  } catch (const std::bad_alloc&) {
    return quoin::cli::report_error(
        Error(ErrorCode::kBadInput, "there is not enough memory", "use a smaller model or fewer threads"), json);
  } catch (const std::exception& error) {
    return quoin::cli::report_error(
        Error(ErrorCode::kBadInput, error.what(), "please report this message: it should be a clearer one"), json);
  }
}
