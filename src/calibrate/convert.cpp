#include <cmath>
#include <cstring>
#include <limits>

#include "base/float16.h"
#include "calibrate/sample_binder.h"
#include "quoin/error.h"

namespace quoin {
namespace {

// Wide enough for every double and every 64-bit integer.
using Wide = long double;
static_assert(std::numeric_limits<Wide>::digits >= 64);

template <typename T>
T load_item(const std::byte* data, size_t index) {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

Wide load_wide(DataType type, const std::byte* data, size_t index) {
  switch (type) {
    case DataType::kFloat:
      return load_item<float>(data, index);
    case DataType::kDouble:
      return load_item<double>(data, index);
    case DataType::kFloat16:
      return float16_to_float(load_item<uint16_t>(data, index));
    case DataType::kBfloat16:
      return bfloat16_to_float(load_item<uint16_t>(data, index));
    case DataType::kUint8:
      return load_item<uint8_t>(data, index);
    case DataType::kInt8:
      return load_item<int8_t>(data, index);
    case DataType::kUint16:
      return load_item<uint16_t>(data, index);
    case DataType::kInt16:
      return load_item<int16_t>(data, index);
    case DataType::kUint32:
      return load_item<uint32_t>(data, index);
    case DataType::kInt32:
      return load_item<int32_t>(data, index);
    case DataType::kUint64:
      return static_cast<Wide>(load_item<uint64_t>(data, index));
    case DataType::kInt64:
      return static_cast<Wide>(load_item<int64_t>(data, index));
    case DataType::kBool:
      return load_item<uint8_t>(data, index) != 0 ? 1 : 0;
    default:
      QUOIN_CHECK(false, "not a type of number");
      return 0;
  }
}

template <typename T>
void store_item(std::byte* data, size_t index, T value) {
  std::memcpy(data + index * sizeof(T), &value, sizeof(T));
}

template <typename T>
bool store_integer(std::byte* data, size_t index, Wide value) {
  const Wide low = static_cast<Wide>(std::numeric_limits<T>::min()),
             high = static_cast<Wide>(std::numeric_limits<T>::max());
  if (!(value >= low && value <= high) || std::trunc(value) != value) return false;
  store_item(data, index, static_cast<T>(value));
  return true;
}

bool same(Wide a, Wide b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// False when the value is none of the type's.
bool store_wide(DataType type, std::byte* data, size_t index, Wide value) {
  switch (type) {
    case DataType::kFloat:
      store_item(data, index, static_cast<float>(value));
      break;
    case DataType::kDouble:
      store_item(data, index, static_cast<double>(value));
      break;
    // Through float: a value that this changes fails the comparison below.
    case DataType::kFloat16:
      store_item(data, index, float_to_float16(static_cast<float>(value)));
      break;
    case DataType::kBfloat16:
      store_item(data, index, float_to_bfloat16(static_cast<float>(value)));
      break;
    case DataType::kUint8:
      return store_integer<uint8_t>(data, index, value);
    case DataType::kInt8:
      return store_integer<int8_t>(data, index, value);
    case DataType::kUint16:
      return store_integer<uint16_t>(data, index, value);
    case DataType::kInt16:
      return store_integer<int16_t>(data, index, value);
    case DataType::kUint32:
      return store_integer<uint32_t>(data, index, value);
    case DataType::kInt32:
      return store_integer<int32_t>(data, index, value);
    case DataType::kUint64:
      return store_integer<uint64_t>(data, index, value);
    case DataType::kInt64:
      return store_integer<int64_t>(data, index, value);
    case DataType::kBool:
      return (value == 0 || value == 1) && store_integer<uint8_t>(data, index, value);
    default:
      QUOIN_CHECK(false, "not a type of number");
  }
  return same(load_wide(type, data, index), value);
}

}  // namespace

bool is_number(DataType type) {
  switch (type) {
    case DataType::kFloat:
    case DataType::kDouble:
    case DataType::kFloat16:
    case DataType::kBfloat16:
    case DataType::kUint8:
    case DataType::kInt8:
    case DataType::kUint16:
    case DataType::kInt16:
    case DataType::kUint32:
    case DataType::kInt32:
    case DataType::kUint64:
    case DataType::kInt64:
    case DataType::kBool:
      return true;
    default:
      return false;
  }
}

Conversion convert_exactly(const Tensor& tensor, DataType type) {
  if (tensor.type() == type) return {tensor, std::nullopt};
  const size_t count = static_cast<size_t>(tensor.size());
  std::string bytes(count * static_cast<size_t>(bit_width(type)) / 8, '\0');
  std::byte* to = reinterpret_cast<std::byte*>(bytes.data());
  for (size_t i = 0; i < count; ++i) {
    if (!store_wide(type, to, i, load_wide(tensor.type(), tensor.bytes().data(), i))) return {Tensor(), i};
  }
  return {Tensor(type, tensor.shape(), std::move(bytes)), std::nullopt};
}

}  // namespace quoin
