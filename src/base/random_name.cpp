#include "base/random_name.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <cerrno>
#include <cstdint>

#include "quoin/error.h"

namespace quoin {

std::string random_name() {
  uint64_t number = 0;
  ssize_t got = 0;
  do {
    got = ::getrandom(&number, sizeof(number), 0);
  } while (got < 0 && errno == EINTR);
  QUOIN_CHECK(got == static_cast<ssize_t>(sizeof(number)), "the system has no randomness");
  return fmt::format("{:016x}", number);
}

}  // namespace quoin
