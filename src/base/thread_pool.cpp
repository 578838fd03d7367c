#include "base/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "base/run_record.h"

namespace quoin {

void parallel_for(size_t count, int threads, const std::function<void(size_t index, int worker)>& work) {
  if (threads <= 1 || count <= 1) {
    for (size_t index = 0; index < count; ++index) work(index, 0);
    return;
  }
  std::atomic<size_t> next{0};
  std::atomic<bool> stop{false};
  std::mutex mutex;
  std::exception_ptr first_error;
  size_t first_error_index = count;

  const auto run = [&](int worker) {
    mark_own_thread();
    while (!stop.load(std::memory_order_relaxed)) {
      const size_t index = next.fetch_add(1);
      if (index >= count) return;
      try {
        work(index, worker);
      } catch (...) {
        stop = true;
        const std::lock_guard lock(mutex);
        if (index < first_error_index) {
          first_error_index = index;
          first_error = std::current_exception();
        }
      }
    }
  };

  {
    std::vector<std::jthread> pool;
    const int workers = static_cast<int>(std::min(count, static_cast<size_t>(threads)));
    try {
      for (int worker = 1; worker < workers; ++worker) pool.emplace_back(run, worker);
    } catch (const std::exception&) {
      // The system gives no more threads, or no memory for one: those that run, and this one, do the work.
    }
    run(0);
  }
  if (first_error) std::rethrow_exception(first_error);
}

int worker_count(int threads) {
  return threads > 0 ? threads : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace quoin
