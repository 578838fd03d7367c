#include "engine/thread_probe.h"

#include <fmt/format.h>
#include <pthread.h>

#include <mutex>
#include <vector>

#include "quoin/error.h"

namespace quoin {
namespace {

void* wait_for(void* gate) {
  const std::lock_guard lock(*static_cast<std::mutex*>(gate));
  return nullptr;
}

}  // namespace

void check_threads(int count) {
  if (count <= 1) return;
  std::mutex gate;
  std::vector<pthread_t> threads;
  threads.reserve(static_cast<size_t>(count));
  {
    const std::lock_guard closed(gate);
    pthread_t thread{};
    while (static_cast<int>(threads.size()) < count && ::pthread_create(&thread, nullptr, wait_for, &gate) == 0)
      threads.push_back(thread);
  }
  for (const pthread_t thread : threads) ::pthread_join(thread, nullptr);
  const size_t given = threads.size();
  if (static_cast<int>(given) == count) return;
  throw Error(ErrorCode::kBadInput,
              fmt::format("the system gives {} of the {} threads that an engine wants", given, count),
              "ask for fewer (--threads), or raise the limits of memory (ulimit -v) and of threads (ulimit -u)");
}

}  // namespace quoin
