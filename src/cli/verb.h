// The verbs of the command line, one file each.
#pragma once

#include <CLI/CLI.hpp>

namespace quoin::cli {

// Each adds one subcommand, whose callback does the work: it prints on stdout, throws quoin::Error, or leaves with
// check_failed() where the report itself says what is wrong.
void add_inspect(CLI::App& app);
void add_match(CLI::App& app);
void add_explain(CLI::App& app);
void add_plan(CLI::App& app);
void add_transform(CLI::App& app);
void add_quantize(CLI::App& app);
void add_verify(CLI::App& app);
void add_bench(CLI::App& app);
void add_compare(CLI::App& app);
void add_report(CLI::App& app);
void add_tune(CLI::App& app);
void add_lint(CLI::App& app);
void add_patterns(CLI::App& app);
void add_targets(CLI::App& app);

// Ends the program with exit code 1; the reason has been printed.
[[noreturn]] inline void check_failed() { throw CLI::RuntimeError(1); }

}  // namespace quoin::cli
