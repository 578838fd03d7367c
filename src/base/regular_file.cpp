#include "base/regular_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "quoin/error.h"

namespace quoin {

// A pipe is opened without waiting for its other end, to be refused.
RegularFile::RegularFile(const std::string& path, std::string_view what, const std::string& remedy)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
  const auto fail = [&](const std::string& why, const std::string& to_do) {
    throw Error(ErrorCode::kBadInput, fmt::format("{} cannot be read: {}", what, why), to_do, path);
  };
  if (!descriptor_.is_open()) fail(std::strerror(errno), remedy);
  struct stat status {};
  const int error = ::fstat(descriptor(), &status) == 0 ? 0 : errno;
  if (error == 0 && S_ISREG(status.st_mode)) {
    size_ = static_cast<uint64_t>(status.st_size);
    return;
  }
  if (error != 0) fail(std::strerror(error), remedy);
  if (S_ISDIR(status.st_mode)) fail("it is a folder", remedy);
  fail("it is a pipe, a device or a socket", "copy its content into a regular file");
}

}  // namespace quoin
