#include "base/thread_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

namespace quoin {
namespace {

class ParallelFor : public testing::TestWithParam<int> {};

TEST_P(ParallelFor, CallsEachIndexOnce) {
  const int threads = GetParam();
  std::vector<std::atomic<int>> calls(1000);
  std::atomic<bool> worker_in_range{true};
  parallel_for(calls.size(), threads, [&](size_t index, int worker) {
    ++calls[index];
    if (worker < 0 || worker >= std::max(threads, 1)) worker_in_range = false;
  });
  for (const auto& count : calls) EXPECT_EQ(count, 1);
  EXPECT_TRUE(worker_in_range);
}

TEST_P(ParallelFor, ThrowsTheErrorOfTheLowestIndex) {
  for (int round = 0; round < 20; ++round) {
    try {
      parallel_for(200, GetParam(), [](size_t index, int) {
        if (index == 30) std::this_thread::yield();
        if (index >= 30) throw std::runtime_error(std::to_string(index));
      });
      FAIL() << "nothing was thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "30");
    }
  }
}

TEST_P(ParallelFor, DoesNothingForNoIndices) {
  parallel_for(0, GetParam(), [](size_t, int) { FAIL() << "there is nothing to do"; });
}

INSTANTIATE_TEST_SUITE_P(Threads, ParallelFor, testing::Values(-1, 0, 1, 2, 3, 8));

TEST(ParallelForInline, OneThreadIsTheCallers) {
  const auto caller = std::this_thread::get_id();
  std::vector<size_t> order;
  parallel_for(5, 1, [&](size_t index, int) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    order.push_back(index);
  });
  EXPECT_EQ(order, (std::vector<size_t>{0, 1, 2, 3, 4}));
}

}  // namespace
}  // namespace quoin
