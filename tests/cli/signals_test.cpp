// However a run ends: nothing that it started goes on, and nothing is left in its temporary folder.
#include <signal.h>

#include <cstdlib>

#include "cli/run_quoin.h"
#include "cli/running_quoin.h"
#include "quoin/engine.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class Signals : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    try {
      open_engine("onnxruntime");
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kMissingRuntime);
      GTEST_SKIP() << "ONNX Runtime is not on this machine";
    }
    model_ = make("model.onnx", bytes_of(kConvModel));
    data_ = make("data.npy", npy({4, 3, 8, 8}));
    fs::create_directory(path("tmp"));
    const char* before = std::getenv("TMPDIR");
    before_ = before ? before : "";
    ::setenv("TMPDIR", path("tmp").c_str(), 1);
    hangup_ = ::signal(SIGHUP, SIG_DFL);  // which nohup has the tests ignore
    // A child of the command's own, as a script in a loop has.
    metric_ = make("metric.sh", "#!/bin/sh\nsleep 300 &\necho $! >" + path("child") + ".new\nmv " + path("child") +
                                    ".new " + path("child") + "\nwait\n");
    fs::permissions(metric_, fs::perms::owner_all);
  }
  void TearDown() override {
    before_.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before_.c_str(), 1);
    ::signal(SIGHUP, hangup_);
    Cli::TearDown();
  }
  std::vector<std::string> waiting() const { return {"verify", model_, model_, "--data", data_, "--metric", metric_}; }
  bool child_has_ended() const {
    std::ifstream file("/proc/" + std::to_string(std::stol(read_file(path("child")))) + "/stat");
    std::string text;
    return !std::getline(file, text) || text.find(") Z") != std::string::npos;
  }
  template <typename Holds>
  static bool soon(const Holds& holds) {
    for (int i = 0; i < 4000 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return holds();
  }
  // The process that does the work.
  static pid_t worker_of(pid_t pid) {
    const std::string task = "/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children";
    return static_cast<pid_t>(std::stol(read_file(task)));
  }
  void expect_nothing_left() const {
    EXPECT_TRUE(soon([&] { return child_has_ended(); })) << "the metric's child still runs";
    EXPECT_TRUE(soon([&] { return fs::is_empty(path("tmp")); })) << "a temporary folder is left";
  }

  std::string model_, data_, metric_, before_;
  sighandler_t hangup_ = SIG_DFL;
};

TEST_F(Signals, EndTheMetricsWholeGroupAndTakeTheFoldersAway) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGKILL}) {
    fs::remove(path("child"));
    RunningQuoin quoin(waiting(), path("out"), path("err"));
    ASSERT_TRUE(quoin.until([&] { return fs::exists(path("child")); })) << read_file(path("err"));
    quoin.send(signal);
    ASSERT_TRUE(quoin.until_end());
    ASSERT_TRUE(WIFSIGNALED(quoin.status())) << signal;
    EXPECT_EQ(WTERMSIG(quoin.status()), signal);
    expect_nothing_left();
  }
}

TEST_F(Signals, AWorkerThatIsKilledIsToldAndCleanedAfter) {
  RunningQuoin quoin(waiting(), path("out"), path("err"));
  ASSERT_TRUE(quoin.until([&] { return fs::exists(path("child")); })) << read_file(path("err"));
  ::kill(worker_of(quoin.pid()), SIGKILL);
  ASSERT_TRUE(quoin.until_end());
  ASSERT_TRUE(WIFEXITED(quoin.status()));
  EXPECT_EQ(WEXITSTATUS(quoin.status()), 3);
  EXPECT_THAT(read_file(path("err")), HasSubstr("the work was killed while running the metric's command"));
  expect_nothing_left();
}

TEST_F(Signals, WhatTheCallerIgnoresStaysIgnored) {
  const auto before = ::signal(SIGHUP, SIG_IGN);
  RunningQuoin quoin(waiting(), path("out"), path("err"));
  const bool begun = quoin.until([&] { return fs::exists(path("child")); });
  ::signal(SIGHUP, before);
  ASSERT_TRUE(begun) << read_file(path("err"));
  quoin.send(SIGHUP);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(quoin.has_ended());
  quoin.send(SIGTERM);
  ASSERT_TRUE(quoin.until_end());
  expect_nothing_left();
}

TEST_F(Signals, AMetricHasALimitOfTime) {
  std::vector<std::string> words = waiting();
  words.insert(words.end(), {"--metric-seconds", "0.2"});
  const Outcome outcome = run(words);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("the metric's command did not end within 0.2 s"), HasSubstr("--metric-seconds")));
  EXPECT_TRUE(fs::is_empty(path("tmp")));
}

// Whoever started us may ignore SIGCHLD: what a command ended with is known all the same.
TEST_F(Signals, AFailingMetricFailsWhereChildrenAreIgnored) {
  const std::string failing = make("failing.sh", "#!/bin/sh\necho 5\nexit 1\n");
  fs::permissions(failing, fs::perms::owner_all);
  const auto before = ::signal(SIGCHLD, SIG_IGN);
  RunningQuoin quoin({"verify", model_, model_, "--data", data_, "--metric", failing}, path("out"), path("err"));
  ::signal(SIGCHLD, before);
  ASSERT_TRUE(quoin.until_end());
  ASSERT_TRUE(WIFEXITED(quoin.status()));
  EXPECT_EQ(WEXITSTATUS(quoin.status()), 3);
  EXPECT_THAT(read_file(path("err")), HasSubstr("ended with status 1"));
}

// A file opened next would be taken for stderr, and messages written into it.
TEST_F(Signals, StreamsThatTheCallerClosedStayEmpty) {
  const std::string metric = make("streams.sh", "for i in 0 1 2; do readlink /proc/$PPID/fd/$i; done >" + path("seen") +
                                                    "\nmv " + path("seen") + " " + path("streams") + "\necho 1\n");
  const std::string script = make("closed.sh", "exec \"$@\" <&- >&- 2>&-\n");
  const Outcome outcome = run_shell("sh " + script + " " + QUOIN_BINARY_DIR "/quoin verify " + model_ + " " + model_ +
                                    " --data " + data_ + " --metric 'env true && . " + metric + ";:'");
  EXPECT_EQ(read_file(path("streams")), "/dev/null\n/dev/null\n/dev/null\n");
  EXPECT_EQ(outcome.code, 2);  // the report could not be printed
}

TEST_F(Signals, AnEngineThatDiesIsTold) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer takes crashes for itself; the release build runs this";
#endif
  ::setenv("QUOIN_BROKEN_ENGINE", "dies", 1);
  const Outcome outcome = run({"bench", model_, "--engine-library", QUOIN_BROKEN_ENGINE_LIBRARY, "--json"});
  ::unsetenv("QUOIN_BROKEN_ENGINE");
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("died of SIGFPE"));
  EXPECT_THAT(outcome.err, HasSubstr(QUOIN_BROKEN_ENGINE_LIBRARY));
  EXPECT_EQ(outcome.json()["error"]["exit_code"], 3);
}

TEST_F(Signals, AFileThatMayNotBeSoLargeIsAnError) {
  const std::string out = make("out.onnx", "old");
  const std::string script = make("limited.sh", "ulimit -f 1\nexec \"$@\"\n");
  const Outcome outcome = run_shell("sh " + script + " " + QUOIN_BINARY_DIR "/quoin transform " +
                                    example("resnet20_cifar10.onnx") + " -o " + out);
  EXPECT_EQ(outcome.code, 2) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("the file cannot be written: File too large"));
  EXPECT_EQ(read_file(out), "old");
}

}  // namespace
}  // namespace quoin
