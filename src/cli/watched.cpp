#include "cli/watched.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "base/run_record.h"
#include "cli/output.h"
#include "quoin/error.h"

namespace quoin::cli {
namespace {

// Asked of us, and handed on. What the one who started us ignores (nohup, a shell's background) stays ignored.
constexpr int kHandedOn[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM};
constexpr timespec kMostOfTrace = {60, 0};  // between two signals
constexpr size_t kSmallStack = size_t{256} << 10;

bool is_ignored(int signal) {
  struct sigaction action = {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

sigset_t signals_of_parent() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGCHLD);
  sigaddset(&signals, SIGCONT);
  for (const int signal : kHandedOn) {
    if (!is_ignored(signal)) sigaddset(&signals, signal);
  }
  if (!is_ignored(SIGTSTP)) sigaddset(&signals, SIGTSTP);
  return signals;
}

// ---- in the child

// Reads nothing until the parent is gone.
void* wait_for_parents_end(void* lifeline) {
  char byte = 0;
  const int end = *static_cast<const int*>(lifeline);
  while (::read(end, &byte, 1) < 0 && errno == EINTR) continue;
  close_record();
  remove_leftovers();
  ::kill(::getpid(), SIGKILL);
  return nullptr;
}

void tie_to_parent(int lifeline) {
  static int end = lifeline;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kSmallStack);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_t thread{};
  // Its signals are for the threads that work.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const int failed = pthread_create(&thread, &attributes, wait_for_parents_end, &end);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
  // Ended without cleaning is better than not at all.
  if (failed != 0) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
}

// What the work has of the watching process.
void begin_work(const int (&lifeline)[2], const sigset_t& before) {
  // A process group of its own, so that Ctrl-C comes once, through the parent.
  ::setpgid(0, 0);
  std::signal(SIGTTOU, SIG_IGN);  // it may write to the terminal all the same
  ::close(lifeline[1]);
  tie_to_parent(lifeline[0]);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  mark_own_thread();
#if !defined(__SANITIZE_ADDRESS__)
  note_crashes();
#endif
}

// ---- in the parent

[[noreturn]] void end_by(int signal) {
  // The work has left its core, which ours would overwrite.
  ::prctl(PR_SET_DUMPABLE, 0);
  std::signal(signal, SIG_DFL);
  sigset_t one;
  sigemptyset(&one);
  sigaddset(&one, signal);
  ::kill(::getpid(), signal);
  ::sigprocmask(SIG_UNBLOCK, &one, nullptr);
  ::_exit(128 + signal);
}

[[noreturn]] void end_with(const Error& error, bool json) {
  const int code = report_error(error, json);
  std::fflush(stdout);
  ::_exit(code);
}

void stop_with(pid_t child) {
  ::kill(child, SIGSTOP);
  ::kill(::getpid(), SIGSTOP);  // until a SIGCONT
  ::kill(child, SIGCONT);
}

// The child's status once it has ended; it is killed when its time is up.
int wait_for(pid_t child, const sigset_t& signals, const timespec* most) {
  while (true) {
    int status = 0;
    pid_t ended = 0;
    do {
      ended = ::waitpid(child, &status, WNOHANG);
    } while (ended < 0 && errno == EINTR);
    if (ended == child) return status;
    const int signal = most ? ::sigtimedwait(&signals, nullptr, most) : ::sigwaitinfo(&signals, nullptr);
    if (signal < 0 && errno == EAGAIN) {
      ::kill(child, SIGKILL);
    } else if (signal == SIGTSTP) {
      stop_with(child);
    } else if (signal > 0 && signal != SIGCHLD) {
      ::kill(child, signal);
    }
  }
}

std::string name_of(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

std::string while_at(const LastWords& words) { return words.phase.empty() ? "" : " while " + words.phase; }

bool is_crash(int signal) {
  return signal == SIGSEGV || signal == SIGFPE || signal == SIGILL || signal == SIGBUS || signal == SIGABRT;
}

[[noreturn]] void tell_of_engine(int signal, const LastWords& words, const std::string& node, bool json) {
  const std::string last = node.empty() ? "" : "; last node " + node;
  end_with(
      Error(ErrorCode::kBadInput,
            fmt::format("{} died of {}{}{}", words.engine, name_of(signal), while_at(words), last),
            "it cannot take this model or these inputs; another version of it may. Nothing half-made is left behind"),
      json);
}

[[noreturn]] void end_after_signal(int signal, const LastWords& words, bool json) {
  if (signal == SIGKILL) {
    end_with(Error(ErrorCode::kBadInput, fmt::format("the work was killed{}", while_at(words)),
                   "the system does so where memory runs out: use a smaller model, or fewer --threads"),
             json);
  }
  if (is_crash(signal) && signal != SIGABRT) {
    const std::string text =
        fmt::format("quoin: died of {}{}. This is a bug of Quoin's; please report it with the model or its text.\n",
                    name_of(signal), while_at(words));
    std::fwrite(text.data(), 1, text.size(), stderr);
  }
  end_by(signal);
}

// Who started us may have closed them: a file opened next would be taken for stderr, and messages written into a model.
// What is written there then fails, and is told where it matters.
void open_standard_streams() {
  for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(stream, F_GETFD) < 0 && errno == EBADF)
      ::open("/dev/null", O_RDONLY);  // the lowest number that is free: this one
  }
}

// As fork().
pid_t start(const sigset_t& before, bool quiet) {
  int lifeline[2] = {-1, -1};
  const pid_t child = ::pipe2(lifeline, O_CLOEXEC) == 0 ? ::fork() : -1;
  if (child > 0) {
    ::setpgid(child, child);
    ::close(lifeline[0]);
  } else if (child == 0) {
    begin_work(lifeline, before);
    const int nowhere = quiet ? ::open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
    if (nowhere >= 0) {
      ::dup2(nowhere, STDOUT_FILENO);
      ::dup2(nowhere, STDERR_FILENO);
    }
  }
  return child;
}

}  // namespace

int watched(bool json, const std::function<int()>& work) {
  open_standard_streams();
  // Whatever the one who started us did with it: whom we start, we wait for.
  std::signal(SIGCHLD, SIG_DFL);
  // A file larger than allowed is an error of the write.
  std::signal(SIGXFSZ, SIG_IGN);
  share_run_record();
  const sigset_t signals = signals_of_parent();
  sigset_t before;
  ::sigprocmask(SIG_BLOCK, &signals, &before);
  const pid_t child = start(before, false);
  if (child == 0) return work();
  if (child < 0) {
    end_with(Error(ErrorCode::kMissingRuntime, fmt::format("no process can be started: {}", std::strerror(errno)),
                   "check the limits of processes and open files (ulimit -u, ulimit -n)"),
             json);
  }
  const int status = wait_for(child, signals, nullptr);
  remove_leftovers();
  if (!WIFSIGNALED(status)) ::_exit(WEXITSTATUS(status));
  const LastWords words = last_words();
  if (!is_crash(WTERMSIG(status)) || !words.in_engine) end_after_signal(WTERMSIG(status), words, json);

  // Once more, node by node, to name the one.
  begin_trace();
  const pid_t again = start(before, true);
  if (again == 0) return work();
  if (again < 0) tell_of_engine(WTERMSIG(status), words, "", json);
  const int traced = wait_for(again, signals, &kMostOfTrace);
  remove_leftovers();
  const LastWords found = last_words();
  const bool same = WIFSIGNALED(traced) && WTERMSIG(traced) == WTERMSIG(status) && found.in_engine;
  tell_of_engine(WTERMSIG(status), words, same ? found.node : "", json);
}

}  // namespace quoin::cli
