#include "base/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "quoin/error.h"

namespace quoin {
namespace {

[[noreturn]] void fail(const std::string& why, const std::string& remedy, const std::string& path) {
  throw Error(ErrorCode::kBadInput, "cannot read the file: " + why, remedy, path);
}

}  // namespace

RegularFile::RegularFile(const std::string& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) fail(std::strerror(errno), "check the path", path);
  struct stat status {};
  const int error = ::fstat(descriptor_, &status) == 0 ? 0 : errno;
  if (error == 0 && S_ISREG(status.st_mode)) {
    size_ = static_cast<uint64_t>(status.st_size);
    return;
  }
  ::close(descriptor_);
  if (error != 0) fail(std::strerror(error), "check the path", path);
  if (S_ISDIR(status.st_mode)) fail(std::strerror(EISDIR), "check the path", path);
  fail("it is a pipe, a device or a socket", "copy its content into a regular file", path);
}

RegularFile::~RegularFile() { ::close(descriptor_); }

}  // namespace quoin
