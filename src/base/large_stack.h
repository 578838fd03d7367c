// Work on a stack of a known size, whatever the shell's limit (ulimit -s) says.
#pragma once

#include <functional>

namespace quoin {

// Runs `work` here, or, where this thread's stack may not grow to 8 MiB, on a thread of its own that has them. Threads
// that are made afterwards have them too. What `work` throws leaves. Throws Error(kBadInput) where there is no memory
// for the stack.
void on_large_stack(const std::function<void()>& work);

}  // namespace quoin
