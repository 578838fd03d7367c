// Bytes that are read piece by piece: a mapped file, memory, a member of a zip archive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace quoin {

// A piece of bytes, and what keeps it alive.
struct Bytes {
  std::shared_ptr<const void> owner;
  const std::byte* data = nullptr;
  size_t size = 0;
};

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  virtual uint64_t size() const = 0;
  // True where read() costs no memory: the bytes are there already.
  virtual bool in_place() const { return false; }
  // Exactly `count` bytes from `offset`, which lie within size(). Thread-safe.
  virtual Bytes read(uint64_t offset, size_t count) const = 0;
};

// The file, mapped into memory. Throws Error(kBadInput) naming the file when it cannot be read.
std::shared_ptr<const ByteSource> map_file(const std::string& path);
std::shared_ptr<const ByteSource> memory_source(std::string bytes);

}  // namespace quoin
