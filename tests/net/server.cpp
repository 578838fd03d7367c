// Runs quoin's command as tests/net asks for it, each time in a child of this process: what every run does alike
// (ONNX Runtime opened, operators registered, patterns parsed) is done once. The child is watched as the program's own.
//
//   net_server FOLDER     writes what the command prints to FOLDER/out and FOLDER/err
//
// A request on stdin is its lines: "run" or "here" (in this process, to warm it up), how many words, the words. Replies
// on stdout: "pid P" once a child has started, then "status S", as waitpid() gives it.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "cli/program.h"

namespace quoin {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::perror(("net_server: " + why).c_str());
  std::_Exit(2);
}

// The stream `to` is that file from now on.
void point(int to, const std::string& file, int flags) {
  const int opened = ::open(file.c_str(), flags, 0600);
  if (opened < 0 || ::dup2(opened, to) < 0 || ::close(opened) != 0) give_up(file);
}

// A copy of a stream that no child has.
FILE* keep(int stream, const char* mode) {
  FILE* const kept = ::fdopen(::fcntl(stream, F_DUPFD_CLOEXEC, 3), mode);
  if (kept == nullptr) give_up("its streams");
  return kept;
}

std::string line_of(FILE* from) {
  std::string line;
  for (int c = std::fgetc(from); c != '\n'; c = std::fgetc(from)) {
    if (c == EOF) std::_Exit(line.empty() ? 0 : 2);  // who asks is gone
    line += static_cast<char>(c);
  }
  return line;
}

void flush() {
  std::cout.flush();
  std::fflush(nullptr);
}

// Of a process with threads, a child has but one.
bool has_one_thread() { return std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}) == 1; }

int serve(const std::string& folder) {
  FILE* const requests = keep(STDIN_FILENO, "r");
  FILE* const replies = keep(STDOUT_FILENO, "w");
  point(STDIN_FILENO, "/dev/null", O_RDONLY);
  while (true) {
    const bool here = line_of(requests) == "here";
    std::vector<std::string> words = {"quoin"};
    for (int i = std::stoi(line_of(requests)); i > 0; --i) words.push_back(line_of(requests));
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    point(STDOUT_FILENO, folder + "/out", O_WRONLY | O_CREAT | O_TRUNC);
    point(STDERR_FILENO, folder + "/err", O_WRONLY | O_CREAT | O_TRUNC);
    const int count = static_cast<int>(words.size());
    int status = 0;
    if (here) {
      status = cli::run_command(count, arguments.data()) << 8;
      flush();
      if (!has_one_thread()) give_up("threads are left, a fork would lose them");
    } else {
      const pid_t child = ::fork();
      if (child < 0) give_up("fork");
      if (child == 0) {
        const int code = cli::run_program(count, arguments.data());
        flush();
        ::_exit(code);  // what destructors would take down, they would first copy from this process
      }
      fmt::print(replies, "pid {}\n", child);
      std::fflush(replies);
      if (::waitpid(child, &status, 0) != child) give_up("waitpid");
    }
    fmt::print(replies, "status {}\n", status);
    std::fflush(replies);
  }
}

}  // namespace
}  // namespace quoin

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "net_server FOLDER\n");
    return 2;
  }
  return quoin::serve(argv[1]);
}
