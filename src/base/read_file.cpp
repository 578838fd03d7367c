#include "base/read_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/regular_file.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr size_t kPiece = size_t{1} << 20;

}  // namespace

std::string read_whole_file(const std::string& path, std::string_view what, const std::string& remedy, uint64_t most) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorCode::kBadInput, fmt::format("{} cannot be read: {}", what, why), remedy, path);
  };
  const RegularFile file(path, what, remedy);
  const uint64_t said = file.size();
  const auto too_large = [&] {
    refuse(fmt::format("it has more than {}",
                       most >> 20 > 0 ? fmt::format("{} MiB", most >> 20) : fmt::format("{} bytes", most)));
  };
  if (said > most) too_large();
  std::string bytes;
  bytes.reserve(said + 1);
  while (true) {
    // One more than is allowed tells that it is too large; files of /proc say that they have no bytes.
    if (bytes.size() > most) too_large();
    const size_t before = bytes.size();
    const uint64_t wanted = before < said ? said - before : kPiece;
    bytes.resize(before + static_cast<size_t>(std::min({wanted, uint64_t{kPiece}, most + 1 - before})));
    const ssize_t got = ::read(file.descriptor(), bytes.data() + before, bytes.size() - before);
    const int error = errno;
    bytes.resize(before + static_cast<size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) break;
    if (got < 0 && error != EINTR) refuse(std::strerror(error));
  }
  if (bytes.size() < said) refuse("it became shorter while it was read");
  return bytes;
}

}  // namespace quoin
