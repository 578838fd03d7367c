// The metric that a user's command computes.
#pragma once

#include <filesystem>
#include <string>

#include "quoin/metric.h"

namespace quoin {

// Runs `metric.command` with the path of `npz` as one more argument, in the current folder; the number on the last line
// that it prints. Throws Error(kBadInput) with the command and what it wrote on stderr where it ends with another
// status than 0, prints no finite number, or does not end within `metric.most_seconds`.
double run_metric_command(const Metric& metric, const std::filesystem::path& npz);

// True where the first word of the command line is a program: a path that can be run, or a name on PATH.
bool is_program(std::string_view command);

}  // namespace quoin
