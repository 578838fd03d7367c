#include "base/large_stack.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sys/resource.h>

#include <cstring>
#include <exception>

#include "base/run_record.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// What nesting and matches are bounded for (onnx/nesting.h, pattern/compiled_tree.cpp).
constexpr size_t kStackBytes = size_t{8} << 20;

struct Task {
  const std::function<void()>& work;
  std::exception_ptr thrown;
};

void* run(void* argument) {
  mark_own_thread();
  Task& task = *static_cast<Task*>(argument);
  try {
    task.work();
  } catch (...) {
    task.thrown = std::current_exception();
  }
  return nullptr;
}

}  // namespace

void on_large_stack(const std::function<void()>& work) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= kStackBytes) {
    work();
    return;
  }
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kStackBytes);
  ::pthread_setattr_default_np(&attributes);
  Task task{work, nullptr};
  pthread_t thread{};
  const int error = ::pthread_create(&thread, &attributes, run, &task);
  ::pthread_attr_destroy(&attributes);
  if (error != 0) {
    throw Error(ErrorCode::kBadInput, fmt::format("there is no memory for a stack of 8 MiB: {}", std::strerror(error)),
                "raise the limits of the shell: ulimit -s 8192, ulimit -v unlimited");
  }
  ::pthread_join(thread, nullptr);
  if (task.thrown) std::rethrow_exception(task.thrown);
}

}  // namespace quoin
