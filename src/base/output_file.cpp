#include "base/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/stat.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <thread>

#include "base/random_name.h"
#include "base/write_all.h"
#include "quoin/error.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

constexpr int kMostLinks = 40;                        // as the system allows
constexpr auto kPipeWait = std::chrono::seconds(10);  // for somebody to open the other end
constexpr mode_t kPermissions = 07777, kIdentities = S_ISUID | S_ISGID;

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

void sync_folder(const std::string& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);  // not every file system can; the rename has happened
  ::close(descriptor);
}

int open_pipe(const std::string& path) {
  const auto start = std::chrono::steady_clock::now();
  while (true) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    const bool nobody = descriptor < 0 && (errno == ENXIO || errno == EINTR);
    if (!nobody || std::chrono::steady_clock::now() - start > kPipeWait) return descriptor;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

std::string reason_of(int error) {
  switch (error) {
    case ENXIO:
      return "it is a pipe that nobody reads";
    case EBUSY:
      return "something is mounted there, which cannot be replaced";
    case ENOTBLK:
      return "it is a block device";
    case EPROTOTYPE:
      return "it is a socket";
    default:
      return std::strerror(error);
  }
}

std::string remedy_of(int error) {
  switch (error) {
    case ENOENT:
      return "make its folder first";
    case EISDIR:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ENOTBLK:
    case EPROTOTYPE:
    case EBUSY:
      return "name another file";
    case ENXIO:
    case EPIPE:
      return "start its reader first";
    default:
      return "check the folder's permissions and the free space";
  }
}

}  // namespace

// Where a path leads.
struct OutputFile::Place {
  fs::path path;                  // links followed; the folder as it really is
  std::optional<int> descriptor;  // of this process
  bool exists = false;
  struct stat status {};
  int error = 0;  // why it cannot be written

  explicit Place(const std::string& wanted) : path(wanted) {
    for (int links = 0; !wanted.empty(); ++links) {
      if (links == kMostLinks) {
        error = ELOOP;
        return;
      }
      if ((descriptor = descriptor_named(path))) return;
      if (::lstat(path.c_str(), &status) != 0) {
        error = errno == ENOENT && path.has_filename() ? 0 : errno;
        break;
      }
      if (!S_ISLNK(status.st_mode)) {
        exists = true;
        break;
      }
      std::error_code failed;
      const fs::path named = fs::read_symlink(path, failed);
      if (failed) {
        error = failed.value();
        return;
      }
      path = named.is_absolute() ? named : folder_of(path) / named;
    }
    if (error == 0 && wanted.empty()) error = ENOENT;
    if (error == 0) find_folder();
    if (error == 0 && exists) check_kind();
  }

  bool is_stream() const { return descriptor || (exists && !S_ISREG(status.st_mode)); }

 private:
  void find_folder() {
    std::error_code failed;
    const fs::path folder = fs::canonical(folder_of(path), failed);
    if (failed) {
      error = failed.value();
    } else if (!fs::is_directory(folder, failed)) {
      error = ENOTDIR;
    } else {
      path = folder / path.filename();
    }
  }
  void check_kind() {
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
};

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  const Place place(path_);
  if (place.error != 0) refuse(place.error);
  if (place.is_stream()) {
    open_stream(place);
  } else {
    open_beside(place);
  }
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::refuse(int error) const {
  throw Error(ErrorCode::kUsage, "the file cannot be written: " + reason_of(error), remedy_of(error), path_);
}

void OutputFile::open_stream(const Place& place) {
  if (is_traced()) {
    descriptor_ = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  } else if (place.descriptor) {
    descriptor_ = ::fcntl(*place.descriptor, F_DUPFD_CLOEXEC, 0);
  } else {
    descriptor_ = open_pipe(place.path.string());
    if (descriptor_ >= 0) ::fcntl(descriptor_, F_SETFL, ::fcntl(descriptor_, F_GETFL) & ~O_NONBLOCK);
  }
  if (descriptor_ < 0) refuse(errno);
}

void OutputFile::open_beside(const Place& place) {
  target_ = place.path.string();
  // A short name of its own: the longest name that the file system takes has no room for an ending.
  const std::string beside = (place.path.parent_path() / fmt::format("quoin-{}.part", random_name())).string();
  leftover_ = std::make_unique<Leftover>(Leftover::Kind::kFile, beside);
  descriptor_ = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor_ < 0) refuse(errno);
  temporary_ = beside;
  if (!place.exists) return;
  mode_t permissions = place.status.st_mode & kPermissions;
  // Only root can give files away; what is ours then is not to run as somebody else.
  if (::fchown(descriptor_, place.status.st_uid, place.status.st_gid) != 0) permissions &= ~kIdentities;
  ::fchmod(descriptor_, permissions);
}

void OutputFile::write(const void* data, size_t size) {
  if (const int error = write_all(descriptor_, data, size); error != 0) refuse(error);
}

void OutputFile::finish() {
  if (is_traced()) refuse(EROFS);  // a repetition writes nothing
  // A pipe, or a file system without it, says EINVAL.
  if (!temporary_.empty() && ::fsync(descriptor_) != 0 && errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) {
    refuse(errno);
  }
  const int closed = ::close(descriptor_);
  const int error = errno;
  descriptor_ = -1;
  if (closed != 0 && error != EINTR) refuse(error);
  if (temporary_.empty()) return;
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) refuse(errno);
  temporary_.clear();
  leftover_.reset();
  sync_folder(fs::path(target_).parent_path().string());
}

void write_whole_file(const std::string& path, std::string_view bytes) {
  OutputFile file(path);
  file.write(bytes);
  file.finish();
}

void check_can_write(const std::string& path) {
  struct stat status {};
  // Opening a pipe would be seen at its other end.
  if (::stat(path.c_str(), &status) == 0 && (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode))) {
    if (::access(path.c_str(), W_OK) == 0) return;
    const int error = errno;
    throw Error(ErrorCode::kUsage, "the file cannot be written: " + reason_of(error), remedy_of(error), path);
  }
  const OutputFile tried(path);
}

bool is_stdout(const std::string& path) {
  std::error_code error;
  fs::path at(path);
  std::optional<int> descriptor = descriptor_named(at);
  for (int links = 0; !descriptor && links < kMostLinks && fs::is_symlink(at, error); ++links) {
    const fs::path named = fs::read_symlink(at, error);
    if (error) return false;
    at = named.is_absolute() ? named : folder_of(at) / named;
    descriptor = descriptor_named(at);
  }
  struct stat one {};
  struct stat other {};
  return descriptor && ::fstat(*descriptor, &one) == 0 && ::fstat(STDOUT_FILENO, &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

std::string written_path(const std::string& path) {
  std::error_code error;
  fs::path at(path);
  for (int links = 0; links < kMostLinks && fs::is_symlink(at, error); ++links) {
    const fs::path named = fs::read_symlink(at, error);
    if (error) break;
    at = named.is_absolute() ? named : folder_of(at) / named;
  }
  const fs::path folder = fs::canonical(folder_of(at), error);
  return error ? path : (folder / at.filename()).string();
}

}  // namespace quoin
