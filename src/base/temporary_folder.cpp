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

constexpr std::string_view kPrefix = "quoin-";
constexpr mode_t kOurs = 0700;
// Between making a folder and locking it nobody may take it for a dead one.
constexpr time_t kYoungSeconds = 600;

// As the constructor makes them: "quoin-metric-0123456789abcdef".
bool is_named_by_us(const std::string& name) {
  const size_t dash = name.rfind('-');
  if (!name.starts_with(kPrefix) || dash < kPrefix.size() || name.size() - dash - 1 != random_name().size())
    return false;
  return name.find_first_not_of("0123456789abcdef", dash + 1) == std::string::npos;
}

int lock_of(const fs::path& folder) { return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW); }

// Nobody holds its lock, it is ours, and not made just now.
bool is_dead(const fs::path& folder) {
  struct stat status {};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) || status.st_uid != ::geteuid()) return false;
  if ((status.st_mode & 07777) != kOurs || ::time(nullptr) - status.st_mtime < kYoungSeconds) return false;
  const int lock = lock_of(folder);
  if (lock < 0) return false;
  const bool dead = ::flock(lock, LOCK_EX | LOCK_NB) == 0;
  ::close(lock);
  return dead;
}

void sweep(const fs::path& parent) {
  std::error_code error;
  for (fs::directory_iterator item(parent, error), end; !error && item != end; item.increment(error)) {
    if (!is_named_by_us(item->path().filename().string()) || !is_dead(item->path())) continue;
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
    const Making making;
    leftover_ = std::make_unique<Leftover>(Leftover::Kind::kFolder, path_);
    if (::mkdir(path_.c_str(), kOurs) != 0) failed = errno;
  }
  if (failed != 0) {
    throw Error(ErrorCode::kUsage,
                fmt::format("no temporary folder can be made as '{}': {}", path_.string(), std::strerror(failed)),
                "Set TMPDIR to a folder that can be written to.");
  }
  lock_ = lock_of(path_);
  if (lock_ >= 0) ::flock(lock_, LOCK_EX | LOCK_NB);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
  if (error) leftover_->leave();  // no descriptor is free, say
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace quoin
