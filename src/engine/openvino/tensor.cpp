#include "engine/openvino/tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "engine/openvino/element_type.h"

namespace quoin::openvino {
namespace {

constexpr std::array<std::pair<DataType, ov_element_type_e>, 20> kTypes = {{
    {DataType::kFloat, F32},         {DataType::kUint8, U8},
    {DataType::kInt8, I8},           {DataType::kUint16, U16},
    {DataType::kInt16, I16},         {DataType::kInt32, I32},
    {DataType::kInt64, I64},         {DataType::kBool, BOOLEAN},
    {DataType::kFloat16, F16},       {DataType::kDouble, F64},
    {DataType::kUint32, U32},        {DataType::kUint64, U64},
    {DataType::kBfloat16, BF16},     {DataType::kFloat8E4M3FN, F8E4M3},
    {DataType::kFloat8E5M2, F8E5M3}, {DataType::kUint4, U4},
    {DataType::kInt4, I4},           {DataType::kFloat4E2M1, F4E2M1},
    {DataType::kFloat8E8M0, F8E8M0}, {DataType::kUint2, U2},
}};

}  // namespace

std::span<const std::pair<DataType, ov_element_type_e>> element_types() { return kTypes; }

DataType data_type(ov_element_type_e element) {
  const auto* found =
      std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& pair) { return pair.second == element; });
  return found == kTypes.end() ? DataType::kUndefined : found->first;
}

ov_element_type_e element_type(DataType type) {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(), [&](const auto& pair) { return pair.first == type; });
  if (found != kTypes.end()) return found->second;
  throw Error(ErrorCode::kBadInput, fmt::format("OpenVINO cannot be fed {} tensors", to_string(type)),
              "Run this model with the engine onnxruntime.");
}

FedTensor feed_tensor(const Library& library, const Tensor& tensor) {
  FedTensor fed{{nullptr, library.api.tensor_free}, nullptr};
  const ov_element_type_e element = element_type(tensor.type());
  const std::span<const std::byte> bytes = tensor.bytes();
  const auto width = static_cast<size_t>(std::max(8, bit_width(tensor.type()))) / 8;
  // OpenVINO does not write to what it is fed.
  auto* data = const_cast<std::byte*>(bytes.data());
  if (data == nullptr || reinterpret_cast<uintptr_t>(data) % width != 0) {
    fed.aligned = std::make_unique<std::max_align_t[]>(bytes.size() / sizeof(std::max_align_t) + 1);
    if (!bytes.empty()) std::memcpy(fed.aligned.get(), bytes.data(), bytes.size());
    data = reinterpret_cast<std::byte*>(fed.aligned.get());
  }
  Shape shape = tensor.shape();
  int64_t none = 0;  // a scalar's dimensions must not be null
  const ov_shape_t view{tensor.rank(), shape.empty() ? &none : shape.data()};
  ov_tensor_t* raw = nullptr;
  library.check(library.api.tensor_create_from_host_ptr(element, view, data, &raw), "make a tensor");
  fed.tensor.reset(raw);
  return fed;
}

Tensor copy_tensor(const Library& library, const ov_tensor_t* tensor) {
  const Api& api = library.api;
  const char* const doing = "give an output";
  ov_element_type_e element = DYNAMIC;
  library.check(api.tensor_get_element_type(tensor, &element), doing);
  const DataType type = data_type(element);
  if (type == DataType::kUndefined) {
    throw Error(
        ErrorCode::kBadInput,
        fmt::format("OpenVINO gives an output of element type {}, which cannot be read", static_cast<int>(element)),
        "Run this model with the engine onnxruntime.");
  }
  Shape shape;
  ov_shape_t raw_shape{};
  const ov_status_e described = api.tensor_get_shape(tensor, &raw_shape);
  // That a scalar has no dimensions, the C API takes for a wrong parameter of its own.
  if (described != INVALID_C_PARAM) {
    library.check(described, doing);
    shape.assign(raw_shape.dims, raw_shape.dims + raw_shape.rank);
    api.shape_free(&raw_shape);
  }
  size_t size = 0;
  library.check(api.tensor_get_byte_size(tensor, &size), doing);
  if (size == 0) return {type, std::move(shape), std::string()};
  void* data = nullptr;
  library.check(api.tensor_data(tensor, &data), doing);
  return {type, std::move(shape), std::string(static_cast<const char*>(data), size)};
}

}  // namespace quoin::openvino
