#include "measure/metric_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include "base/process.h"
#include "base/read_file.h"
#include "base/run_record.h"
#include "base/temporary_folder.h"
#include "base/utf8.h"
#include "quoin/error.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBlanks = " \t\r\n";
constexpr size_t kMostOfLine = 200;  // shown

// The last line that is not blank.
std::string last_line(const std::string& text) {
  std::istringstream file(text);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (line.find_first_not_of(kBlanks) != std::string::npos) last = line;
  }
  const size_t begin = last.find_first_not_of(kBlanks);
  return begin == std::string::npos ? "" : last.substr(begin, last.find_last_not_of(kBlanks) - begin + 1);
}

bool can_run(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
}

[[noreturn]] void fail(const std::string& command, const std::string& what, const std::string& errors) {
  throw Error(ErrorCode::kBadInput, fmt::format("the metric's command {}; on stderr:{}", what, tail_of(errors)),
              "it is run with the path of an .npz as its last argument and prints one number on its last line "
              "(docs/accuracy.md)",
              command);
}

}  // namespace

bool is_program(std::string_view command) {
  const size_t begin = command.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return false;
  const std::string word(command.substr(begin, command.find_first_of(kBlanks, begin) - begin));
  if (word.find('/') != std::string::npos) return can_run(word);
  const char* path = std::getenv("PATH");
  std::istringstream folders(path ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (can_run(fs::path(folder.empty() ? "." : folder) / word)) return true;
  }
  return false;
}

double run_metric_command(const Metric& metric, const fs::path& npz) {
  const std::string& command = metric.command;
  const Phase phase(fmt::format("running the metric's command {}", command));
  const TemporaryFolder folder("quoin-metric");
  const fs::path printed = folder.path() / "stdout", errors = folder.path() / "stderr";
  // The shell splits the command line; what it prints goes to a file of its own.
  const std::string script = "exec >\"$2\"\n" + command + " \"$1\"";
  const Finished finished =
      run_process({"/bin/sh", "-c", script, "sh", npz.string(), printed.string()}, ".", errors, metric.most_seconds);
  if (finished.timed_out) {
    throw Error(
        ErrorCode::kBadInput,
        fmt::format("the metric's command did not end within {:g} s, and was ended with all that it started",
                    metric.most_seconds),
        "make it faster, use fewer samples, or give it more time: --metric-seconds, for quoin tune --minutes too",
        command);
  }
  if (finished.code != 0) fail(command, fmt::format("ended with status {}", finished.code), finished.output);
  const std::string line =
      last_line(read_whole_file(printed.string(), "what the metric's command printed", "print one number"));
  if (line.empty()) fail(command, "printed nothing", finished.output);
  char* end = nullptr;
  const double number = std::strtod(line.c_str(), &end);
  if (end != line.c_str() + line.size() || !std::isfinite(number)) {
    fail(command, fmt::format("printed no number on its last line: '{}'", shortened(line, kMostOfLine)),
         finished.output);
  }
  return number;
}

}  // namespace quoin
