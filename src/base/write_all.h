// All of some bytes into a descriptor.
#pragma once

#include <cstddef>

namespace quoin {

// 0, or the system's error. Goes on after interruptions, and waits where the descriptor does not wait itself (a pipe
// that another process has set so).
int write_all(int descriptor, const void* data, size_t size);

}  // namespace quoin
