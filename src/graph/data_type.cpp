#include <array>
#include <limits>

#include "quoin/error.h"
#include "quoin/tensor.h"

namespace quoin {
namespace {

struct TypeInfo {
  std::string_view name;
  int bits;
};

// By ONNX's number.
constexpr std::array<TypeInfo, 27> kTypes = {{
    {"undefined", 0},      {"float", 32},    {"uint8", 8},        {"int8", 8},           {"uint16", 16},
    {"int16", 16},         {"int32", 32},    {"int64", 64},       {"string", 0},         {"bool", 8},
    {"float16", 16},       {"double", 64},   {"uint32", 32},      {"uint64", 64},        {"complex64", 64},
    {"complex128", 128},   {"bfloat16", 16}, {"float8e4m3fn", 8}, {"float8e4m3fnuz", 8}, {"float8e5m2", 8},
    {"float8e5m2fnuz", 8}, {"uint4", 4},     {"int4", 4},         {"float4e2m1", 4},     {"float8e8m0", 8},
    {"uint2", 2},          {"int2", 2},
}};

const TypeInfo& info(DataType type) {
  const auto number = static_cast<size_t>(type);
  return number < kTypes.size() ? kTypes[number] : kTypes[0];
}

}  // namespace

std::string_view to_string(DataType type) { return info(type).name; }

int bit_width(DataType type) { return info(type).bits; }

int64_t element_count(const Shape& shape) {
  int64_t count = 1;
  bool empty = false;
  for (const int64_t dim : shape) {
    if (dim < 0) throw Error(ErrorCode::kBadInput, "a tensor shape has the negative dimension " + std::to_string(dim));
    if (dim == 0) {
      empty = true;
    } else if (count > std::numeric_limits<int64_t>::max() / dim) {
      throw Error(ErrorCode::kBadInput, "a tensor shape has more elements than 64 bits can count");
    } else {
      count *= dim;
    }
  }
  return empty ? 0 : count;
}

}  // namespace quoin
