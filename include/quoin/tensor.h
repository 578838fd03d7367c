// Tensor: typed, shaped, immutable bytes that are shared between copies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace quoin {

// Element types with ONNX's own numbers (TensorProto.DataType), so that none is lost on the way.
enum class DataType : int32_t {
  kUndefined = 0,
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
  kComplex64 = 14,
  kComplex128 = 15,
  kBfloat16 = 16,
  kFloat8E4M3FN = 17,
  kFloat8E4M3FNUZ = 18,
  kFloat8E5M2 = 19,
  kFloat8E5M2FNUZ = 20,
  kUint4 = 21,
  kInt4 = 22,
  kFloat4E2M1 = 23,
  kFloat8E8M0 = 24,
  kUint2 = 25,
  kInt2 = 26,
};

// "float", "uint8", ... : ONNX's spelling.
std::string_view to_string(DataType type);
// Bits of one element; 0 for strings and undefined.
int bit_width(DataType type);

using Shape = std::vector<int64_t>;
// Product of the dimensions (1 for a scalar). Throws Error(kBadInput) for a negative dimension or an overflow.
int64_t element_count(const Shape& shape);

template <typename T>
constexpr DataType data_type_of();
template <>
constexpr DataType data_type_of<float>() {
  return DataType::kFloat;
}
template <>
constexpr DataType data_type_of<double>() {
  return DataType::kDouble;
}
template <>
constexpr DataType data_type_of<int8_t>() {
  return DataType::kInt8;
}
template <>
constexpr DataType data_type_of<uint8_t>() {
  return DataType::kUint8;
}
template <>
constexpr DataType data_type_of<int16_t>() {
  return DataType::kInt16;
}
template <>
constexpr DataType data_type_of<uint16_t>() {
  return DataType::kUint16;
}
template <>
constexpr DataType data_type_of<int32_t>() {
  return DataType::kInt32;
}
template <>
constexpr DataType data_type_of<uint32_t>() {
  return DataType::kUint32;
}
template <>
constexpr DataType data_type_of<int64_t>() {
  return DataType::kInt64;
}
template <>
constexpr DataType data_type_of<uint64_t>() {
  return DataType::kUint64;
}
template <>
constexpr DataType data_type_of<bool>() {
  return DataType::kBool;
}

class Tensor {
 public:
  Tensor() = default;
  // Takes `bytes` (little-endian, row-major, ONNX raw_data layout; 4-bit types packed two a byte).
  // Throws Error(kBadInput) when their number does not fit type and shape.
  Tensor(DataType type, Shape shape, std::string bytes);
  // Views memory that `owner` keeps alive (a mapped file, an engine's output).
  Tensor(DataType type, Shape shape, std::shared_ptr<const void> owner, const std::byte* data, size_t size);
  // A string tensor.
  Tensor(Shape shape, std::vector<std::string> strings);

  template <typename T>
  static Tensor from(Shape shape, std::span<const T> values) {
    return Tensor(data_type_of<T>(), std::move(shape),
                  std::string(reinterpret_cast<const char*>(values.data()), values.size_bytes()));
  }
  template <typename T>
  static Tensor from(Shape shape, const std::vector<T>& values) {
    return from<T>(std::move(shape), std::span<const T>(values));
  }
  template <typename T>
  static Tensor scalar(T value) {
    return from<T>({}, std::span<const T>(&value, 1));
  }

  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  int64_t rank() const { return static_cast<int64_t>(shape_.size()); }
  int64_t size() const;  // elements
  std::span<const std::byte> bytes() const { return {data_, byte_size_}; }
  const std::vector<std::string>& strings() const;

  // The elements as T; T must be the tensor's own type (a check of ours).
  template <typename T>
  std::span<const T> as() const {
    check_type(data_type_of<T>());
    return {reinterpret_cast<const T*>(data_), byte_size_ / sizeof(T)};
  }
  // Float, double, float16, bfloat16, bool and integer tensors (4-bit ones too) converted to float / double / int64.
  // Throws Error(kBadInput) for other types, and for an element that is no int64 where that is asked for.
  std::vector<float> to_floats() const;
  std::vector<double> to_doubles() const;
  std::vector<int64_t> to_int64s() const;

  Tensor reshaped(Shape shape) const;
  // Same type, shape and bytes.
  bool operator==(const Tensor& other) const;
  // True where both share the same memory.
  bool same_storage(const Tensor& other) const { return data_ == other.data_ && byte_size_ == other.byte_size_; }

 private:
  void check_type(DataType wanted) const;

  DataType type_ = DataType::kUndefined;
  Shape shape_;
  std::shared_ptr<const void> owner_;
  const std::byte* data_ = nullptr;
  size_t byte_size_ = 0;
};

using NamedTensor = std::pair<std::string, Tensor>;
using NamedTensors = std::vector<NamedTensor>;

}  // namespace quoin
