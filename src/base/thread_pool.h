// Work spread over threads, with results that do not depend on how many there are.
#pragma once

#include <cstddef>
#include <functional>

namespace quoin {

// Calls work(index, worker) once for each index below `count`, on up to `threads` threads (the caller's is worker 0;
// workers are numbered below `threads`). Indices are handed out in order. When calls throw, no further index is handed
// out, and the exception of the lowest index leaves, whatever the number of threads. One thread or fewer: runs in the
// caller's.
void parallel_for(size_t count, int threads, const std::function<void(size_t index, int worker)>& work);

// `threads` where it is positive, else one per core.
int worker_count(int threads);

}  // namespace quoin
