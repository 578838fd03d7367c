#include "base/large_stack.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace quoin {
namespace {

size_t stack_bytes() {
  pthread_attr_t attributes;
  pthread_getattr_np(pthread_self(), &attributes);
  size_t size = 0;
  pthread_attr_getstacksize(&attributes, &size);
  pthread_attr_destroy(&attributes);
  return size;
}

TEST(LargeStack, IsThereWhateverTheLimit) {
  // In a child: the limit is the process's.
  const pid_t child = fork();
  if (child == 0) {
    const rlimit small{rlim_t{256} << 10, RLIM_INFINITY};
    setrlimit(RLIMIT_STACK, &small);
    size_t bytes = 0;
    on_large_stack([&] { bytes = stack_bytes(); });
    _exit(bytes >= size_t{8} << 20 ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(LargeStack, WhatIsThrownLeaves) {
  EXPECT_THROW(on_large_stack([] { throw std::runtime_error("x"); }), std::runtime_error);
}

}  // namespace
}  // namespace quoin
