#include "onnx/tensor_proto.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cstring>
#include <limits>

#include "onnx/external_data.h"

namespace quoin {
namespace {

static_assert(std::endian::native == std::endian::little, "ONNX's raw_data is little-endian");

// Larger tensors view the message's memory; small ones are copied, so that they do not hold it.
constexpr size_t kCopiedBytes = 4096;

// Bytes that type and shape need.
uint64_t needed_bytes(DataType type, const Shape& shape) {
  const auto count = static_cast<uint64_t>(element_count(shape));
  const auto bits = static_cast<uint64_t>(bit_width(type));
  if (count > std::numeric_limits<int64_t>::max() / std::max<uint64_t>(bits, 1)) {
    throw Error(ErrorCode::kBadInput, "its shape has more bytes than 64 bits can count");
  }
  return (count * bits + 7) / 8;
}

// Values of a typed field, each narrowed to Stored.
template <typename Stored, typename Field>
std::string narrowed(const Field& field) {
  std::string bytes(static_cast<size_t>(field.size()) * sizeof(Stored), '\0');
  char* out = bytes.data();
  for (const auto value : field) {
    const auto stored = static_cast<Stored>(value);
    std::memcpy(out, &stored, sizeof(stored));
    out += sizeof(stored);
  }
  return bytes;
}

std::string typed_bytes(const onnx::TensorProto& message, DataType type) {
  switch (type) {
    case DataType::kFloat:
    case DataType::kComplex64:
      return narrowed<float>(message.float_data());
    case DataType::kDouble:
    case DataType::kComplex128:
      return narrowed<double>(message.double_data());
    case DataType::kInt64:
      return narrowed<int64_t>(message.int64_data());
    case DataType::kUint64:
      return narrowed<uint64_t>(message.uint64_data());
    case DataType::kUint32:
      return narrowed<uint32_t>(message.uint64_data());
    case DataType::kInt32:
      return narrowed<int32_t>(message.int32_data());
    case DataType::kInt16:
    case DataType::kUint16:
    case DataType::kFloat16:
    case DataType::kBfloat16:
      return narrowed<uint16_t>(message.int32_data());
    default:
      // One byte each; types of four and two bits come packed, a byte an entry.
      return narrowed<uint8_t>(message.int32_data());
  }
}

int filled_fields(const onnx::TensorProto& message) {
  return !message.float_data().empty() + !message.int32_data().empty() + !message.string_data().empty() +
         !message.int64_data().empty() + !message.raw_data().empty() + !message.double_data().empty() +
         !message.uint64_data().empty();
}

Tensor read(const onnx::TensorProto& message, const ModelSource& source) {
  const auto type = static_cast<DataType>(message.data_type());
  Shape shape(message.dims().begin(), message.dims().end());
  if (type == DataType::kUndefined) throw Error(ErrorCode::kBadInput, "it has no element type");
  if (bit_width(type) == 0 && type != DataType::kString) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("its element type {} is not known to this version", message.data_type()),
                "store it in another type");
  }
  if (message.has_segment()) throw Error(ErrorCode::kBadInput, "it is stored in segments", "store it in one piece");
  const bool external = message.data_location() == onnx::TensorProto::EXTERNAL;
  const int fields = filled_fields(message);
  if (fields + external > 1) throw Error(ErrorCode::kBadInput, "it holds its data in more than one place");
  if (type == DataType::kString) {
    if (external) throw Error(ErrorCode::kBadInput, "strings cannot be external data");
    return Tensor(std::move(shape), {message.string_data().begin(), message.string_data().end()});
  }
  const uint64_t size = needed_bytes(type, shape);
  if (external) {
    auto bytes = read_external_data(message, size, source);
    const std::byte* data = bytes.get();
    return Tensor(type, std::move(shape), std::move(bytes), data, size);
  }
  const std::string& raw = message.raw_data();
  if (raw.empty() && fields > 0) {
    std::string bytes = typed_bytes(message, type);
    if (bytes.empty()) throw Error(ErrorCode::kBadInput, "its data is in a field of another type");
    return Tensor(type, std::move(shape), std::move(bytes));
  }
  if (raw.size() <= kCopiedBytes || !source.owner) return Tensor(type, std::move(shape), raw);
  return Tensor(type, std::move(shape), source.owner, reinterpret_cast<const std::byte*>(raw.data()), raw.size());
}

}  // namespace

Tensor tensor_from_proto(const onnx::TensorProto& message, const std::string& what, const ModelSource& source) {
  try {
    return read(message, source);
  } catch (const Error& error) {
    const std::string& remedy = error.remedy().empty() ? std::string("export the model again") : error.remedy();
    refuse(what + ": " + error.message(), remedy, error.where().empty() ? source.where : error.where());
  }
}

void tensor_type_to_proto(const Tensor& tensor, onnx::TensorProto& message) {
  message.set_data_type(static_cast<int32_t>(tensor.type()));
  for (const int64_t dim : tensor.shape()) message.add_dims(dim);
}

void tensor_to_proto(const Tensor& tensor, onnx::TensorProto& message) {
  tensor_type_to_proto(tensor, message);
  if (tensor.type() == DataType::kString) {
    for (const std::string& text : tensor.strings()) message.add_string_data(text);
    return;
  }
  const auto bytes = tensor.bytes();
  message.set_raw_data(bytes.data(), bytes.size());
}

uint64_t stored_bytes(const Tensor& tensor) {
  if (tensor.type() != DataType::kString) return tensor.bytes().size();
  uint64_t size = 0;
  for (const std::string& text : tensor.strings()) size += text.size() + 8;
  return size;
}

}  // namespace quoin
