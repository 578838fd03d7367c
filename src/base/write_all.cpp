#include "base/write_all.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

namespace quoin {

int write_all(int descriptor, const void* data, size_t size) {
  const char* bytes = static_cast<const char*>(data);
  while (size > 0) {
    const ssize_t done = ::write(descriptor, bytes, size);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0 && errno == EAGAIN) {
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, -1);
      continue;
    }
    if (done < 0) return errno;
    bytes += done;
    size -= static_cast<size_t>(done);
  }
  return 0;
}

}  // namespace quoin
