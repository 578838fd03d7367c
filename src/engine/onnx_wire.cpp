#include "engine/onnx_wire.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "quoin/error.h"

namespace quoin {

void refuse_model() {
  throw Error(ErrorCode::kBadInput, "the model is not an ONNX model: its inputs and outputs cannot be read",
              "Give a model in ONNX's binary format (a serialized ModelProto).");
}

bool WireFields::next() {
  if (rest_.empty()) return false;
  const uint64_t key = take_varint();
  number = static_cast<uint32_t>(key >> 3);
  value = 0;
  bytes = {};
  switch (key & 7) {
    case 0:
      value = take_varint();
      break;
    case 1:
      take(8);
      break;
    case 2:
      bytes = take(take_varint());
      break;
    case 5:
      take(4);
      break;
    default:
      refuse_model();
  }
  return true;
}

std::string_view WireFields::take(uint64_t size) {
  if (size > rest_.size()) refuse_model();
  const std::string_view taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

uint64_t WireFields::take_varint() {
  uint64_t number_read = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(1).front());
    number_read |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return number_read;
  }
  refuse_model();
}

std::string_view find_bytes(std::string_view message, uint32_t number) {
  std::string_view found;
  for (WireFields fields(message); fields.next();) {
    if (fields.number == number) found = fields.bytes;
  }
  return found;
}

uint64_t find_number(std::string_view message, uint32_t number, uint64_t otherwise) {
  for (WireFields fields(message); fields.next();) {
    if (fields.number == number) otherwise = fields.value;
  }
  return otherwise;
}

MappedFile::MappedFile(const std::string& path) : data_(MAP_FAILED) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  if (file >= 0 && fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    size_ = static_cast<size_t>(status.st_size);
    data_ = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
  }
  if (file >= 0) close(file);
  if (data_ == MAP_FAILED) {
    throw Error(ErrorCode::kBadInput, fmt::format("the model file '{}' cannot be read", path),
                "Check that it is whole and may be read.", path);
  }
}

MappedFile::~MappedFile() { munmap(data_, size_); }

}  // namespace quoin
