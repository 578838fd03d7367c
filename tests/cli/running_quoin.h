// The built program while it runs: what a person at a terminal does to it.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

extern char** environ;

namespace quoin {

class RunningQuoin {
 public:
  // stdout and stderr go to these files.
  RunningQuoin(std::vector<std::string> arguments, const std::string& out, const std::string& err) {
    arguments.insert(arguments.begin(), QUOIN_BINARY_DIR "/quoin");
    std::vector<char*> words;
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    // A shell that runs the tests in the background has them ignore Ctrl-C, and their children with them.
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGQUIT}) sigaddset(&signals, signal);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    if (posix_spawn(&pid_, words[0], &files, &attributes, words.data(), environ) != 0) pid_ = 0;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
  }
  RunningQuoin(const RunningQuoin&) = delete;
  RunningQuoin& operator=(const RunningQuoin&) = delete;
  ~RunningQuoin() {
    if (has_ended()) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, &status_, 0);
  }

  bool has_started() const { return pid_ > 0; }
  bool has_ended() {
    ended_ = ended_ || pid_ <= 0 || waitpid(pid_, &status_, WNOHANG) == pid_;
    return ended_;
  }
  void interrupt() { send(SIGINT); }
  void send(int signal) {
    if (!has_ended()) kill(pid_, signal);
  }
  pid_t pid() const { return pid_; }
  // Looks again and again; false: the program ended, or hangs, before it held.
  bool until(const std::function<bool()>& holds) {
    const auto start = std::chrono::steady_clock::now();
    while (!holds()) {
      if (has_ended() || std::chrono::steady_clock::now() - start > kHangs) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  bool until_end() {
    return until([this] { return has_ended(); });
  }
  // What wait() said, once it has ended.
  int status() const { return status_; }

 private:
  static constexpr std::chrono::minutes kHangs{10};
  pid_t pid_ = 0;
  bool ended_ = false;
  int status_ = 0;
};

}  // namespace quoin
