// The few fields of a serialized ONNX model that engines need before they open it, read from protobuf's wire format
// without parsing the rest: weights of gigabytes are skipped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace quoin {

// Field numbers of onnx.proto.
namespace onnx_field {
inline constexpr uint32_t kModelGraph = 7;
inline constexpr uint32_t kGraphNode = 1, kGraphInitializer = 5, kGraphInput = 11, kGraphOutput = 12,
                          kGraphSparseInitializer = 15;
inline constexpr uint32_t kValueInfoName = 1, kValueInfoType = 2, kTypeTensor = 1, kTensorTypeElement = 1,
                          kTensorTypeShape = 2, kShapeDim = 1, kDimValue = 1;
inline constexpr uint32_t kTensorType = 2, kTensorName = 8, kSparseTensorValues = 1;
inline constexpr uint32_t kNodeName = 3, kNodeOp = 4;
}  // namespace onnx_field

// Throws Error(kBadInput): the bytes are no ONNX model.
[[noreturn]] void refuse_model();

// The fields of one protobuf message, in order.
class WireFields {
 public:
  explicit WireFields(std::string_view message) : rest_(message) {}

  // False at the end. Throws Error(kBadInput) where the bytes are no message.
  bool next();

  uint32_t number = 0;
  uint64_t value = 0;      // of a number
  std::string_view bytes;  // of a message or a string; empty for a number

 private:
  std::string_view take(uint64_t size);
  uint64_t take_varint();

  std::string_view rest_;
};

// The last one counts, as in protobuf; "" or `otherwise` where there is none.
std::string_view find_bytes(std::string_view message, uint32_t number);
uint64_t find_number(std::string_view message, uint32_t number, uint64_t otherwise = 0);

// A file's bytes, mapped, not read. Throws Error(kBadInput) where it cannot be read.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;
  std::string_view bytes() const { return {static_cast<const char*>(data_), size_}; }

 private:
  void* data_;
  size_t size_ = 0;
};

}  // namespace quoin
