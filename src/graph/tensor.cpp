#include "quoin/tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <type_traits>

#include "base/float16.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// Throws where `size` bytes are not what type and shape need.
void check_size(DataType type, const Shape& shape, size_t size) {
  const int bits = bit_width(type);
  if (bits == 0) throw Error(ErrorCode::kBadInput, fmt::format("a tensor of type {} has no bytes", to_string(type)));
  const auto count = static_cast<uint64_t>(element_count(shape));
  // Elements a byte, or bytes an element, so that nothing overflows.
  uint64_t wanted;
  if (bits < 8) {
    const uint64_t per_byte = static_cast<uint64_t>(8 / bits);
    wanted = count / per_byte + (count % per_byte ? 1 : 0);
  } else {
    const uint64_t per_element = static_cast<uint64_t>(bits / 8);
    wanted = count > std::numeric_limits<uint64_t>::max() / per_element ? std::numeric_limits<uint64_t>::max()
                                                                        : count * per_element;
  }
  if (wanted != size) {
    throw Error(ErrorCode::kBadInput, fmt::format("a {} tensor of shape [{}] needs {} bytes, but has {}",
                                                  to_string(type), fmt::join(shape, ", "), wanted, size));
  }
}

template <typename To, typename From>
To convert(From value) {
  if constexpr (std::is_same_v<To, int64_t> && std::is_floating_point_v<From>) {
    // 2^63 is exact in both float types.
    const double wide = static_cast<double>(value);
    if (!(wide >= -9223372036854775808.0 && wide < 9223372036854775808.0) || wide != std::trunc(wide)) {
      throw Error(ErrorCode::kBadInput, fmt::format("{} is not a 64-bit integer", wide),
                  "give the tensor whole numbers");
    }
  } else if constexpr (std::is_same_v<To, int64_t> && std::is_same_v<From, uint64_t>) {
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      throw Error(ErrorCode::kBadInput, fmt::format("{} does not fit in a signed 64-bit integer", value));
    }
  }
  return static_cast<To>(value);
}

template <typename To, typename From>
std::vector<To> convert_all(std::span<const std::byte> bytes) {
  const size_t count = bytes.size() / sizeof(From);
  std::vector<To> result(count);
  for (size_t i = 0; i < count; ++i) {
    From value;
    std::memcpy(&value, bytes.data() + i * sizeof(From), sizeof(From));
    result[i] = convert<To>(value);
  }
  return result;
}

template <typename To>
std::vector<To> convert_halves(std::span<const std::byte> bytes, float (*to_float)(uint16_t)) {
  const size_t count = bytes.size() / sizeof(uint16_t);
  std::vector<To> result(count);
  for (size_t i = 0; i < count; ++i) {
    uint16_t bits;
    std::memcpy(&bits, bytes.data() + i * sizeof(bits), sizeof(bits));
    result[i] = convert<To>(to_float(bits));
  }
  return result;
}

// Integers of `bits` (4 or 2) bits, the first in the lowest bits of a byte.
template <typename To>
std::vector<To> convert_packed(std::span<const std::byte> bytes, size_t count, int bits, bool is_signed) {
  std::vector<To> result(count);
  const size_t per_byte = static_cast<size_t>(8 / bits);
  const int mask = (1 << bits) - 1, sign_bit = 1 << (bits - 1);
  for (size_t i = 0; i < count; ++i) {
    int value = (std::to_integer<int>(bytes[i / per_byte]) >> (static_cast<int>(i % per_byte) * bits)) & mask;
    if (is_signed && (value & sign_bit)) value -= 1 << bits;
    result[i] = static_cast<To>(value);
  }
  return result;
}

template <typename To>
std::vector<To> to_numbers(const Tensor& tensor) {
  const std::span<const std::byte> bytes = tensor.bytes();
  const auto count = static_cast<size_t>(tensor.size());
  switch (tensor.type()) {
    case DataType::kFloat:
      return convert_all<To, float>(bytes);
    case DataType::kDouble:
      return convert_all<To, double>(bytes);
    case DataType::kFloat16:
      return convert_halves<To>(bytes, float16_to_float);
    case DataType::kBfloat16:
      return convert_halves<To>(bytes, bfloat16_to_float);
    case DataType::kInt8:
      return convert_all<To, int8_t>(bytes);
    case DataType::kBool:
    case DataType::kUint8:
      return convert_all<To, uint8_t>(bytes);
    case DataType::kInt16:
      return convert_all<To, int16_t>(bytes);
    case DataType::kUint16:
      return convert_all<To, uint16_t>(bytes);
    case DataType::kInt32:
      return convert_all<To, int32_t>(bytes);
    case DataType::kUint32:
      return convert_all<To, uint32_t>(bytes);
    case DataType::kInt64:
      return convert_all<To, int64_t>(bytes);
    case DataType::kUint64:
      return convert_all<To, uint64_t>(bytes);
    case DataType::kInt4:
      return convert_packed<To>(bytes, count, 4, true);
    case DataType::kUint4:
      return convert_packed<To>(bytes, count, 4, false);
    case DataType::kInt2:
      return convert_packed<To>(bytes, count, 2, true);
    case DataType::kUint2:
      return convert_packed<To>(bytes, count, 2, false);
    default:
      throw Error(ErrorCode::kBadInput, fmt::format("a {} tensor cannot be read as numbers", to_string(tensor.type())));
  }
}

// What typed access needs; complex numbers are pairs of floats or doubles.
size_t alignment(DataType type) { return static_cast<size_t>(std::clamp(bit_width(type) / 8, 1, 8)); }

}  // namespace

Tensor::Tensor(DataType type, Shape shape, std::string bytes) : type_(type), shape_(std::move(shape)) {
  check_size(type_, shape_, bytes.size());
  const auto owner = std::make_shared<const std::string>(std::move(bytes));
  data_ = reinterpret_cast<const std::byte*>(owner->data());
  byte_size_ = owner->size();
  owner_ = owner;
}

Tensor::Tensor(DataType type, Shape shape, std::shared_ptr<const void> owner, const std::byte* data, size_t size)
    : type_(type), shape_(std::move(shape)), owner_(std::move(owner)), data_(data), byte_size_(size) {
  check_size(type_, shape_, size);
  if (reinterpret_cast<uintptr_t>(data) % alignment(type_) != 0) {
    // A file may place a tensor anywhere; typed access may not.
    *this = Tensor(type_, std::move(shape_), std::string(reinterpret_cast<const char*>(data), size));
  }
}

Tensor::Tensor(Shape shape, std::vector<std::string> strings) : type_(DataType::kString), shape_(std::move(shape)) {
  if (static_cast<uint64_t>(element_count(shape_)) != strings.size()) {
    throw Error(ErrorCode::kBadInput, fmt::format("a string tensor of shape [{}] needs {} strings, but has {}",
                                                  fmt::join(shape_, ", "), element_count(shape_), strings.size()));
  }
  const auto owner = std::make_shared<const std::vector<std::string>>(std::move(strings));
  data_ = reinterpret_cast<const std::byte*>(owner.get());  // the strings' identity, for same_storage
  owner_ = owner;
}

int64_t Tensor::size() const { return type_ == DataType::kUndefined ? 0 : element_count(shape_); }

const std::vector<std::string>& Tensor::strings() const {
  check_type(DataType::kString);
  return *static_cast<const std::vector<std::string>*>(owner_.get());
}

std::vector<float> Tensor::to_floats() const { return to_numbers<float>(*this); }
std::vector<double> Tensor::to_doubles() const { return to_numbers<double>(*this); }
std::vector<int64_t> Tensor::to_int64s() const { return to_numbers<int64_t>(*this); }

Tensor Tensor::reshaped(Shape shape) const {
  if (element_count(shape) != size()) {
    throw Error(ErrorCode::kBadInput, fmt::format("a tensor of shape [{}] cannot be reshaped to [{}]",
                                                  fmt::join(shape_, ", "), fmt::join(shape, ", ")));
  }
  Tensor result = *this;
  result.shape_ = std::move(shape);
  return result;
}

bool Tensor::operator==(const Tensor& other) const {
  if (type_ != other.type_ || shape_ != other.shape_ || byte_size_ != other.byte_size_) return false;
  if (data_ == other.data_) return true;
  if (type_ == DataType::kString) return strings() == other.strings();
  return byte_size_ == 0 || std::memcmp(data_, other.data_, byte_size_) == 0;
}

void Tensor::check_type(DataType wanted) const {
  QUOIN_CHECK(type_ == wanted, fmt::format("a {} tensor was read as {}", to_string(type_), to_string(wanted)));
}

}  // namespace quoin
