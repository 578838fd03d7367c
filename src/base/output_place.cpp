#include "base/output_place.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace quoin {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;  // as the system allows

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

// What `path`, a link of /proc/self/fd, stands for.
std::optional<int> descriptor_named(const fs::path& path) {
  std::error_code error;
  if (fs::canonical(folder_of(path), error).string() != fmt::format("/proc/{}/fd", ::getpid())) return std::nullopt;
  const std::string digits = path.filename().string();
  int number = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failed != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// Mounted over a file, as containers do: cannot be replaced.
bool is_mount(const std::string& path) {
  struct statx status {};
  return ::statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &status) == 0 &&
         (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 &&
         (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

// In a folder where only owners may replace their files.
bool is_protected(const struct stat& file, const std::string& folder) {
  struct stat status {};
  return ::geteuid() != 0 && ::stat(folder.c_str(), &status) == 0 && (status.st_mode & S_ISVTX) != 0 &&
         status.st_uid != ::geteuid() && file.st_uid != ::geteuid();
}

}  // namespace

OutputPlace::OutputPlace(const std::string& wanted) : path(wanted) {
  if (wanted.empty()) {
    error = ENOENT;
    return;
  }
  follow_links();
  if (descriptor || error == ELOOP) return;
  find_folder();
  if (error == 0 && exists) check_kind();
}

void OutputPlace::follow_links() {
  for (int links = 0; links < kMostLinks; ++links) {
    if ((descriptor = descriptor_named(path))) return;
    if (::lstat(path.c_str(), &status) != 0) {
      error = errno == ENOENT && path.has_filename() ? 0 : errno;
      return;
    }
    if (!S_ISLNK(status.st_mode)) {
      exists = true;
      return;
    }
    std::error_code failed;
    const fs::path named = fs::read_symlink(path, failed);
    if (failed) {
      error = failed.value();
      return;
    }
    path = named.is_absolute() ? named : folder_of(path) / named;
  }
  error = ELOOP;
}

void OutputPlace::find_folder() {
  std::error_code failed;
  const fs::path folder = fs::canonical(folder_of(path), failed);
  if (!failed) path = folder / path.filename();
  if (error != 0) return;
  error = failed ? failed.value() : fs::is_directory(folder, failed) ? 0 : ENOTDIR;
}

void OutputPlace::check_kind() {
  if (S_ISDIR(status.st_mode)) {
    error = EISDIR;
  } else if (S_ISSOCK(status.st_mode)) {
    error = EPROTOTYPE;
  } else if (S_ISBLK(status.st_mode)) {
    error = ENOTBLK;
  } else if (S_ISREG(status.st_mode) && is_mount(path.string())) {
    error = EBUSY;
  } else if (S_ISREG(status.st_mode) && is_protected(status, path.parent_path().string())) {
    error = EPERM;
  }
}

}  // namespace quoin
