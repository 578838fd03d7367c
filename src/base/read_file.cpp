#include "base/read_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "quoin/error.h"

namespace quoin {
namespace {

constexpr size_t kPiece = size_t{1} << 20;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

std::string read_whole_file(const std::string& path, std::string_view what, const std::string& remedy, uint64_t most) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::kBadInput, fmt::format("{} cannot be read: {}", what, why), remedy, path);
  };
  // A pipe is opened without waiting for its other end, to be refused.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat status {};
  if (file.number() < 0 || ::fstat(file.number(), &status) != 0) refuse(std::strerror(errno));
  if (S_ISDIR(status.st_mode)) refuse("it is a folder");
  if (!S_ISREG(status.st_mode)) refuse("it is no regular file");
  const auto said = static_cast<uint64_t>(status.st_size);
  std::string bytes;
  if (said <= most) bytes.reserve(said + 1);
  while (true) {
    // One more than is allowed tells that it is too large; files of /proc say that they have no bytes.
    if (bytes.size() > most) {
      refuse(fmt::format("it has more than {}",
                         most >> 20 > 0 ? fmt::format("{} MiB", most >> 20) : fmt::format("{} bytes", most)));
    }
    const size_t before = bytes.size();
    const uint64_t wanted = before < said ? said - before : kPiece;
    bytes.resize(before + static_cast<size_t>(std::min({wanted, uint64_t{kPiece}, most + 1 - before})));
    const ssize_t got = ::read(file.number(), bytes.data() + before, bytes.size() - before);
    const int error = errno;
    bytes.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) break;
    if (got < 0 && error != EINTR) refuse(std::strerror(error));
  }
  if (bytes.size() < said) refuse("it became shorter while it was read");
  return bytes;
}

}  // namespace quoin
