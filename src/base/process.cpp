#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include "base/run_record.h"
#include "base/utf8.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::streamoff kMostOutput = 1 << 20;
constexpr size_t kTailLines = 12, kMostOfLine = 1000;
constexpr int kCannotStart = 127;

// In the child: only what is safe between fork and exec.
[[noreturn]] void become(char* const* arguments, const char* folder, const char* log, pid_t parent,
                         const Leftover& leftover) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  leftover.set_group(getpid());
  if (getppid() != parent) _exit(kCannotStart);  // it went before we asked
  // What is ignored stays so over an exec: these are ignored for our own sake.
  for (const int signal : {SIGXFSZ, SIGTTOU}) ::signal(signal, SIG_DFL);
  const int in = open("/dev/null", O_RDONLY);
  const int out = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (in < 0 || out < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0 || chdir(folder) != 0) {
    _exit(kCannotStart);
  }
  execv(arguments[0], arguments);
  _exit(kCannotStart);
}

std::string end_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg();
  file.seekg(std::max<std::streamoff>(0, size - kMostOutput));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

Finished run_process(const std::vector<std::string>& command, const std::filesystem::path& folder,
                     const std::filesystem::path& log, double timeout_seconds) {
  std::vector<std::string> owned = command;
  std::vector<char*> arguments;
  for (std::string& argument : owned) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  const std::string in_folder = folder.string(), log_file = log.string();
  const pid_t parent = getpid();
  std::optional<Leftover> group(std::in_place);  // until all of it is ended
  const pid_t child = fork();
  if (child == 0) become(arguments.data(), in_folder.c_str(), log_file.c_str(), parent, *group);
  if (child < 0) {
    throw Error(ErrorCode::kMissingRuntime, fmt::format("'{}' cannot be started: {}", command[0], std::strerror(errno)),
                "Check the machine's limit of processes.", command[0]);
  }
  Finished finished;
  const Clock::time_point start = Clock::now();
  int status = 0;
  auto pause = std::chrono::milliseconds(1);
  while (true) {
    siginfo_t info = {};
    if (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0) {
      if (info.si_pid == child) break;
    } else if (errno != EINTR) {
      const int error = errno;
      kill(-child, SIGKILL);
      throw Error(ErrorCode::kMissingRuntime,
                  fmt::format("how '{}' ended cannot be known: {}", command[0], std::strerror(error)),
                  "The program around Quoin ignores SIGCHLD, or waits for children that are not its own.", command[0]);
    }
    if (std::chrono::duration<double>(Clock::now() - start).count() > timeout_seconds) {
      finished.timed_out = true;
      kill(child, SIGKILL);  // where it had no time to make a group of its own
      break;
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::milliseconds(20));
  }
  // Its own children too, and what it has left running. It is not waited for before: its number, the group's, could be
  // another's by then.
  kill(-child, SIGKILL);
  group.reset();
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  finished.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  finished.output = end_of(log);
  return finished;
}

std::string tail_of(const std::string& output) {
  std::vector<std::string> lines, errors;
  std::istringstream text(output);
  for (std::string line; std::getline(text, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (line.find("[E]") != std::string::npos) errors.push_back(line);
    lines.push_back(std::move(line));
  }
  const std::vector<std::string>& shown = errors.empty() ? lines : errors;
  std::string tail;
  for (size_t i = shown.size() - std::min(shown.size(), kTailLines); i < shown.size(); ++i) {
    tail += "\n  " + shortened(shown[i], kMostOfLine);
  }
  return tail.empty() ? "\n  (it printed nothing)" : tail;
}

}  // namespace quoin
