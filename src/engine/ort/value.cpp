#include "engine/ort/value.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>

namespace quoin::ort {
namespace {

// Below this a copy costs less than the memory that a live session holds.
constexpr size_t kSmallBytes = 16384;

// ONNX Runtime numbers its element types as ONNX does up to 23. Of the three after that it has another order, found by
// asking ONNX Runtime 1.32 for the ports of models with these types; the headers that this is built with do not name
// them.
constexpr int kUint2 = 24, kInt2 = 25, kFloat8E8M0 = 26;

ONNXTensorElementDataType element_type(DataType type) {
  int number = static_cast<int>(type);
  if (type == DataType::kUint2) number = kUint2;
  if (type == DataType::kInt2) number = kInt2;
  if (type == DataType::kFloat8E8M0) number = kFloat8E8M0;
  return static_cast<ONNXTensorElementDataType>(number);
}
static_assert(static_cast<int>(ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) == static_cast<int>(DataType::kFloat));
static_assert(static_cast<int>(ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16) == static_cast<int>(DataType::kBfloat16));
static_assert(static_cast<int>(ONNX_TENSOR_ELEMENT_DATA_TYPE_INT4) == static_cast<int>(DataType::kInt4));

Handle<OrtValue> own(const Library& library, OrtValue* value) { return {value, library.api->ReleaseValue}; }

Handle<OrtValue> make_strings(const Library& library, const Tensor& tensor) {
  const OrtApi& api = *library.api;
  OrtValue* raw = nullptr;
  library.check(api.CreateTensorAsOrtValue(library.allocator, tensor.shape().data(), tensor.shape().size(),
                                           ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING, &raw),
                "make a string tensor");
  Handle<OrtValue> value = own(library, raw);
  const std::vector<std::string>& strings = tensor.strings();
  for (size_t i = 0; i < strings.size(); ++i) {
    // Not as C strings: an element may have zero bytes in it.
    char* buffer = nullptr;
    library.check(api.GetResizedStringTensorElementBuffer(raw, i, strings[i].size(), &buffer), "take a string");
    std::copy(strings[i].begin(), strings[i].end(), buffer);
  }
  return value;
}

Tensor take_strings(const Library& library, OrtValue* value, Shape shape) {
  const OrtApi& api = *library.api;
  const auto count = static_cast<size_t>(element_count(shape));
  std::vector<std::string> strings(count);
  if (count > 0) {
    size_t length = 0;
    library.check(api.GetStringTensorDataLength(value, &length), "give a string tensor");
    std::string text(length, '\0');
    std::vector<size_t> offsets(count);
    library.check(api.GetStringTensorContent(value, text.data(), length, offsets.data(), count),
                  "give a string tensor");
    for (size_t i = 0; i < count; ++i) {
      const size_t end = i + 1 < count ? offsets[i + 1] : length;
      strings[i] = text.substr(offsets[i], end - offsets[i]);
    }
  }
  return {std::move(shape), std::move(strings)};
}

bool lies_within(const std::byte* data, std::span<const std::byte> bytes) {
  const std::less<> before;
  return !bytes.empty() && !before(data, bytes.data()) && before(data, bytes.data() + bytes.size());
}

// What a large output holds on to. The value goes first: it is part of the session.
struct Owner {
  std::shared_ptr<const void> session;
  Handle<OrtValue> value;
};

}  // namespace

DataType data_type(ONNXTensorElementDataType type) {
  switch (static_cast<int>(type)) {
    case kUint2:
      return DataType::kUint2;
    case kInt2:
      return DataType::kInt2;
    case kFloat8E8M0:
      return DataType::kFloat8E8M0;
    default:
      return static_cast<DataType>(type);
  }
}

FedValue make_value(const Library& library, const Tensor& tensor) {
  if (tensor.type() == DataType::kString) return {make_strings(library, tensor), nullptr};
  FedValue fed{own(library, nullptr), nullptr};
  const std::span<const std::byte> bytes = tensor.bytes();
  const auto width = static_cast<size_t>(std::max(8, bit_width(tensor.type()))) / 8;
  // ONNX Runtime does not write to what it is fed.
  auto* data = const_cast<std::byte*>(bytes.data());
  if (data == nullptr || reinterpret_cast<uintptr_t>(data) % width != 0) {
    fed.aligned = std::make_unique<std::max_align_t[]>(bytes.size() / sizeof(std::max_align_t) + 1);
    if (!bytes.empty()) std::memcpy(fed.aligned.get(), bytes.data(), bytes.size());
    data = reinterpret_cast<std::byte*>(fed.aligned.get());
  }
  OrtValue* raw = nullptr;
  library.check(
      library.api->CreateTensorWithDataAsOrtValue(library.memory_info, data, bytes.size(), tensor.shape().data(),
                                                  tensor.shape().size(), element_type(tensor.type()), &raw),
      "make a tensor");
  fed.value.reset(raw);
  return fed;
}

Tensor take_tensor(const Library& library, Handle<OrtValue> value, std::shared_ptr<const void> session,
                   const std::vector<const Tensor*>& feeds) {
  const OrtApi& api = *library.api;
  OrtTensorTypeAndShapeInfo* raw_info = nullptr;
  library.check(api.GetTensorTypeAndShape(value.get(), &raw_info), "describe an output");
  const Handle<OrtTensorTypeAndShapeInfo> info(raw_info, api.ReleaseTensorTypeAndShapeInfo);
  ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  library.check(api.GetTensorElementType(raw_info, &element), "describe an output");
  size_t rank = 0;
  library.check(api.GetDimensionsCount(raw_info, &rank), "describe an output");
  Shape shape(rank);
  library.check(api.GetDimensions(raw_info, shape.data(), rank), "describe an output");
  const DataType type = data_type(element);
  if (type == DataType::kString) return take_strings(library, value.get(), std::move(shape));

  void* raw_data = nullptr;
  library.check(api.GetTensorMutableData(value.get(), &raw_data), "give an output");
  const auto* data = static_cast<const std::byte*>(raw_data);
  const auto bits = static_cast<size_t>(bit_width(type));
  const size_t size = (static_cast<size_t>(element_count(shape)) * bits + 7) / 8;
  const bool fed =
      std::any_of(feeds.begin(), feeds.end(), [&](const Tensor* feed) { return lies_within(data, feed->bytes()); });
  if (size <= kSmallBytes || fed) {
    return {type, std::move(shape), size == 0 ? std::string() : std::string(reinterpret_cast<const char*>(data), size)};
  }
  auto owner = std::make_shared<const Owner>(Owner{std::move(session), std::move(value)});
  return {type, std::move(shape), std::move(owner), data, size};
}

}  // namespace quoin::ort
