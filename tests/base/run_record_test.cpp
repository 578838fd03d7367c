#include "base/run_record.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace quoin {
namespace {

// Made just after the leftovers were removed, it would stay: the smallest form of a folder whose run lost its parent at
// mkdir.
TEST(RunRecord, WhatIsBeingMadeIsWaitedForBeforeLeftoversGo) {
  const pid_t child = fork();
  if (child == 0) {
    std::atomic<bool> begun = false, made = false;
    std::thread maker([&] {
      const Making making;
      begun = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
      made = true;
    });
    while (!begun) std::this_thread::yield();
    close_record();
    const bool waited = made;
    maker.join();
    _exit(waited ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace quoin
