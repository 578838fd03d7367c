#include "base/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <thread>

#include "base/descriptor.h"
#include "base/output_place.h"
#include "base/random_name.h"
#include "base/write_all.h"
#include "quoin/error.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

constexpr auto kPipeWait = std::chrono::seconds(10);  // for somebody to open the other end
constexpr mode_t kPermissions = 07777, kIdentities = S_ISUID | S_ISGID;

void sync_folder(const std::string& folder) {
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.is_open()) ::fsync(opened.number());  // not every file system can; the rename has happened
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

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  const OutputPlace place(path_);
  if (place.error != 0) refuse(place.error);
  if (place.is_stream()) {
    open_stream(place);
  } else {
    open_beside(place);
  }
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty() && ::unlink(temporary_.c_str()) != 0 && errno != ENOENT) leftover_->leave();
}

void OutputFile::refuse(int error) const {
  throw Error(ErrorCode::kUsage, "the file cannot be written: " + reason_of(error), remedy_of(error), path_);
}

void OutputFile::open_stream(const OutputPlace& place) {
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

void OutputFile::open_beside(const OutputPlace& place) {
  target_ = place.path.string();
  // A short name of its own: the longest name that the file system takes has no room for an ending.
  const std::string beside = (place.path.parent_path() / fmt::format("quoin-{}.part", random_name())).string();
  const Making making;
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
  const OutputPlace place(path);
  struct stat one {};
  struct stat other {};
  return place.descriptor && ::fstat(*place.descriptor, &one) == 0 && ::fstat(STDOUT_FILENO, &other) == 0 &&
         one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

std::string written_path(const std::string& path) { return OutputPlace(path).path.string(); }

}  // namespace quoin
