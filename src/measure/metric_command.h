// The metric that a user's command computes.
#pragma once

#include <filesystem>
#include <string>

namespace quoin {

// Runs `command` with the path of `npz` as one more argument, in the current folder; the number on the last line that
// it prints. Throws Error(kBadInput) with the command and what it wrote on stderr where it ends with another status
// than 0, or prints no finite number.
double run_metric_command(const std::string& command, const std::filesystem::path& npz);

// True where the first word of the command line is a program: a path that can be run, or a name on PATH.
bool is_program(std::string_view command);

}  // namespace quoin
