#include "calibrate/byte_source.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "base/regular_file.h"
#include "quoin/error.h"

namespace quoin {
namespace {

[[noreturn]] void fail_read(const std::string& path, int error) {
  throw Error(ErrorCode::kBadInput, fmt::format("the file cannot be read: {}", std::strerror(error)), "check the path",
              path);
}

class Mapping {
 public:
  explicit Mapping(const std::string& path) {
    const RegularFile file(path);
    size_ = static_cast<size_t>(file.size());
    if (size_ == 0) return;  // an empty mapping is refused by the system
    address_ = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file.descriptor(), 0);
    if (address_ == MAP_FAILED) fail_read(path, errno);
  }
  ~Mapping() {
    if (size_ > 0) ::munmap(address_, size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  const std::byte* data() const { return static_cast<const std::byte*>(address_); }
  size_t size() const { return size_; }

 private:
  void* address_ = nullptr;
  size_t size_ = 0;
};

class MappedSource : public ByteSource {
 public:
  explicit MappedSource(const std::string& path) : mapping_(std::make_shared<Mapping>(path)) {}
  uint64_t size() const override { return mapping_->size(); }
  bool in_place() const override { return true; }
  Bytes read(uint64_t offset, size_t count) const override { return {mapping_, mapping_->data() + offset, count}; }

 private:
  std::shared_ptr<const Mapping> mapping_;
};

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::string bytes) : bytes_(std::make_shared<const std::string>(std::move(bytes))) {}
  uint64_t size() const override { return bytes_->size(); }
  bool in_place() const override { return true; }
  Bytes read(uint64_t offset, size_t count) const override {
    return {bytes_, reinterpret_cast<const std::byte*>(bytes_->data()) + offset, count};
  }

 private:
  std::shared_ptr<const std::string> bytes_;
};

}  // namespace

std::shared_ptr<const ByteSource> map_file(const std::string& path) { return std::make_shared<MappedSource>(path); }

std::shared_ptr<const ByteSource> memory_source(std::string bytes) {
  return std::make_shared<MemorySource>(std::move(bytes));
}

}  // namespace quoin
