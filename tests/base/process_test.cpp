#include "base/process.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "base/run_record.h"
#include "base/temporary_folder.h"
#include "files.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

class ProcessTest : public FilesTest {
 protected:
  Finished shell(const std::string& script, double seconds = 60) const {
    return run_process({"/bin/sh", "-c", script}, folder_, folder_ / "log", seconds);
  }
  // The process whose number the file has is gone, or a zombie.
  bool has_ended(const std::string& name) const {
    const std::string state = "/proc/" + std::to_string(std::stol(bytes_of(name))) + "/stat";
    for (int i = 0; i < 2000; ++i) {
      std::ifstream file(state);
      std::string text;
      if (!std::getline(file, text) || text.find(") Z") != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return false;
  }
};

TEST_F(ProcessTest, GivesStatusAndOutput) {
  const Finished finished = shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(finished.code, 3);
  EXPECT_FALSE(finished.timed_out);
  EXPECT_EQ(finished.output, "out\nerr\n");
  EXPECT_EQ(shell("kill -9 $$").code, 137);
}

TEST_F(ProcessTest, TheWholeGroupEndsWithItsTime) {
  const Finished finished = shell("sleep 300 & echo $! >child; wait", 0.3);
  EXPECT_TRUE(finished.timed_out);
  EXPECT_TRUE(has_ended("child"));
}

TEST_F(ProcessTest, WhatItLeavesRunningEndsWithIt) {
  EXPECT_EQ(shell("sleep 300 & echo $! >child").code, 0);
  EXPECT_TRUE(has_ended("child"));
}

// A child whose end nobody can know has not ended with 0.
TEST_F(ProcessTest, WhereChildrenAreIgnoredIsAnError) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  const std::string message = message_of([&] { shell("exit 1"); });
  std::signal(SIGCHLD, before);
  EXPECT_EQ(message, "how '/bin/sh' ended cannot be known: No child processes");
}

TEST_F(ProcessTest, ATemporaryFolderGoesWithItsObject) {
  fs::path path;
  {
    const TemporaryFolder folder("quoin-test");
    path = folder.path();
    EXPECT_TRUE(fs::is_directory(path));
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_all);
    std::ofstream(path / "file") << "x";
  }
  EXPECT_FALSE(fs::exists(path));
}

// Removing needs a descriptor: without one it is left to whoever watches over the run.
TEST_F(ProcessTest, AFolderThatCannotBeRemovedStaysOnTheRecord) {
  rlimit before = {};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  fs::path path;
  {
    const TemporaryFolder folder("quoin-test");
    path = folder.path();
    std::ofstream(path / "file") << "x";
    const rlimit none = {0, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_TRUE(fs::exists(path));
  remove_leftovers();
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(ProcessTest, LinesOfAnotherProgramAreShortened) {
  EXPECT_EQ(tail_of(std::string(5000, 'x')), "\n  " + std::string(1000, 'x') + "...");
}

// What a run left that was killed together with the process that watches over it.
TEST_F(ProcessTest, DeadFoldersAreSweptAndNoOthers) {
  const char* old = std::getenv("TMPDIR");
  const std::string before = old ? old : "";
  ::setenv("TMPDIR", folder_.c_str(), 1);
  const auto make_folder = [&](const std::string& name, bool ours, bool young) {
    fs::create_directory(at(name));
    std::ofstream(folder_ / name / "file") << "x";
    fs::permissions(at(name), ours ? fs::perms::owner_all : fs::perms::all);
    if (!young) fs::last_write_time(at(name), fs::file_time_type::clock::now() - std::chrono::hours(1));
  };
  make_folder("quoin-metric-0123456789abcdef", true, false);
  make_folder("quoin-metric-1123456789abcdef", true, true);
  make_folder("quoin-of-a-user", true, false);
  make_folder("quoin-open-2123456789abcdef", false, false);
  make_folder("other-metric-3123456789abcdef", true, false);
  const TemporaryFolder living("quoin-living");
  fs::last_write_time(living.path(), fs::file_time_type::clock::now() - std::chrono::hours(1));
  { const TemporaryFolder folder("quoin-test"); }
  before.empty() ? ::unsetenv("TMPDIR") : ::setenv("TMPDIR", before.c_str(), 1);
  EXPECT_THAT(names(), testing::UnorderedElementsAre("quoin-metric-1123456789abcdef", "quoin-of-a-user",
                                                     "quoin-open-2123456789abcdef", "other-metric-3123456789abcdef",
                                                     living.path().filename().string()));
}

}  // namespace
}  // namespace quoin
