#include "base/temporary_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <string>

#include "base/random_name.h"
#include "quoin/error.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrefix = "quoin-";
constexpr const char* kLock = ".in-use-by-quoin";
// Between making a folder and locking it nobody may take it for a dead one.
constexpr time_t kYoungSeconds = 600;

// Nobody holds its lock, it is ours, and not made just now.
bool is_dead(const fs::path& folder) {
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) return false;
  if (::time(nullptr) - status.st_mtime < kYoungSeconds) return false;
  const int lock = ::open((folder / kLock).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (lock < 0) return false;  // not one of ours
  const bool dead = ::flock(lock, LOCK_EX | LOCK_NB) == 0;
  ::close(lock);
  return dead;
}

void sweep(const fs::path& parent) {
  std::error_code error;
  for (fs::directory_iterator item(parent, error), end; !error && item != end; item.increment(error)) {
    if (!item->path().filename().string().starts_with(kPrefix) || !is_dead(item->path())) continue;
    std::error_code ignored;
    fs::remove_all(item->path(), ignored);
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder(std::string_view prefix) {
  std::error_code error;
  const fs::path parent = fs::temp_directory_path(error);
  path_ = parent / fmt::format("{}-{}", prefix, random_name());
  int failed = error.value();
  if (failed == 0) {
    sweep(parent);
    leftover_ = std::make_unique<Leftover>(Leftover::Kind::kFolder, path_);
    if (::mkdir(path_.c_str(), 0700) != 0) failed = errno;
  }
  if (failed != 0) {
    throw Error(ErrorCode::kUsage,
                fmt::format("no temporary folder can be made as '{}': {}", path_.string(), std::strerror(failed)),
                "Set TMPDIR to a folder that can be written to.");
  }
  lock_ = ::open((path_ / kLock).c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (lock_ >= 0) ::flock(lock_, LOCK_EX | LOCK_NB);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace quoin
