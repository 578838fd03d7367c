// Runs another program and waits for it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace quoin {

struct Finished {
  int code = -1;           // exit status; 128 + the signal's number where one ended it
  bool timed_out = false;  // ended by us
  std::string output;      // both of its streams, in the order written; the last MiB
};

// `command[0]` is the program's path. It runs in `folder`, its streams go to `log`, it reads nothing, and it ends when
// we end. Throws Error(kMissingRuntime) where it cannot be started.
Finished run_process(const std::vector<std::string>& command, const std::filesystem::path& folder,
                     const std::filesystem::path& log, double timeout_seconds);

// What a person wants to see of a failed program's output: its last lines that are errors ("[E]"), or its last lines.
std::string tail_of(const std::string& output);

}  // namespace quoin
