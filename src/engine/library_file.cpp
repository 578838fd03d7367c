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

#include "base/descriptor.h"

namespace quoin {
namespace {

bool read_at(const Descriptor& file, void* to, size_t size, uint64_t offset) {
  return ::pread(file.number(), to, size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

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
  const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!opened.is_open()) return errno == ENOENT ? "" : fmt::format("cannot be opened: {}", std::strerror(errno));
  if (::fstat(opened.number(), &status) != 0) return fmt::format("cannot be opened: {}", std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return "is no regular file";
  Elf64_Ehdr header{};
  if (!read_at(opened, &header, sizeof(header), 0) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
    return "is no shared library";
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr))
    return "is no library of 64 bits";
  const auto size = static_cast<uint64_t>(status.st_size);
  std::vector<Elf64_Phdr> segments(header.e_phnum);
  const bool whole = read_at(opened, segments.data(), segments.size() * sizeof(Elf64_Phdr), header.e_phoff);
  const uint64_t end = whole ? end_of(header, segments) : header.e_phoff + segments.size() * sizeof(Elf64_Phdr);
  if (end > size) return fmt::format("is cut short: it has {} bytes of {}", size, end);
  return "";
}

}  // namespace quoin
