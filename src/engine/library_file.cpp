#include "engine/library_file.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

namespace quoin {
namespace {

class Opened {
 public:
  explicit Opened(const std::string& path) : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Opened() {
    if (number_ >= 0) ::close(number_);
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  int number() const { return number_; }
  bool read(void* to, size_t size, uint64_t offset) const {
    return ::pread(number_, to, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
  }

 private:
  int number_;
};

// Where the last of what the loader maps ends; the sections are not mapped, but a file without them has lost its end.
uint64_t end_of(const Elf64_Ehdr& header, const std::vector<Elf64_Phdr>& segments) {
  uint64_t end = header.e_shoff + uint64_t{header.e_shnum} * header.e_shentsize;
  for (const Elf64_Phdr& segment : segments) {
    if (segment.p_type == PT_LOAD || segment.p_type == PT_DYNAMIC)
      end = std::max(end, segment.p_offset + segment.p_filesz);
  }
  return end;
}

}  // namespace

std::string library_problem(const std::string& file) {
  if (file.find('/') == std::string::npos) return "";
  const Opened opened(file);
  struct stat status {};
  if (opened.number() < 0) return errno == ENOENT ? "" : fmt::format("cannot be opened: {}", std::strerror(errno));
  if (::fstat(opened.number(), &status) != 0) return fmt::format("cannot be opened: {}", std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return "is no regular file";
  Elf64_Ehdr header{};
  if (!opened.read(&header, sizeof(header), 0) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    return "is no shared library";
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr))
    return "is no library of 64 bits";
  const auto size = static_cast<uint64_t>(status.st_size);
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  const bool whole = opened.read(segments.data(), segments.size() * sizeof(Elf64_Phdr), header.e_phoff);
  const uint64_t end = whole ? end_of(header, segments) : header.e_phoff + segments.size() * sizeof(Elf64_Phdr);
  if (end > size) return fmt::format("is cut short: it has {} bytes of {}", size, end);
  return "";
}

}  // namespace quoin
