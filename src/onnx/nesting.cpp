// Field numbers are those of onnx.proto.
#include "onnx/nesting.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace quoin {
namespace {

enum class Kind { kOther, kModel, kGraph, kNode, kAttribute, kFunction, kValueInfo, kType, kTypeInside, kMapType };

// What a field holds; kOther: no message that could hold a deep one.
Kind kind_of(Kind parent, uint64_t field) {
  switch (parent) {
    case Kind::kModel:
      return field == 7 ? Kind::kGraph : field == 25 ? Kind::kFunction : Kind::kOther;
    case Kind::kGraph:
      return field == 1 ? Kind::kNode : field >= 11 && field <= 13 ? Kind::kValueInfo : Kind::kOther;
    case Kind::kFunction:
      return field == 7 ? Kind::kNode : field == 11 ? Kind::kAttribute : field == 12 ? Kind::kValueInfo : Kind::kOther;
    case Kind::kNode:
      return field == 5 ? Kind::kAttribute : Kind::kOther;
    case Kind::kAttribute:
      return field == 6 || field == 11 ? Kind::kGraph : field == 14 || field == 15 ? Kind::kType : Kind::kOther;
    case Kind::kValueInfo:
      return field == 2 ? Kind::kType : Kind::kOther;
    case Kind::kType:
      return field == 4 || field == 9 ? Kind::kTypeInside : field == 5 ? Kind::kMapType : Kind::kOther;
    case Kind::kTypeInside:
      return field == 1 ? Kind::kType : Kind::kOther;
    case Kind::kMapType:
      return field == 2 ? Kind::kType : Kind::kOther;
    case Kind::kOther:
      break;
  }
  return Kind::kOther;
}

// How deep what a field holds may go, where it is no kind of above: a tensor's type has a shape of dimensions, a sparse
// tensor has tensors with entries. A text counts as a message.
size_t depth_of_leaf(Kind parent, uint64_t field) {
  const bool sparse = (parent == Kind::kGraph && field == 15) || (parent == Kind::kAttribute && field >= 22);
  const bool tensor =
      (parent == Kind::kGraph && field == 5) || (parent == Kind::kAttribute && (field == 5 || field == 10));
  if (parent == Kind::kType || sparse) return 3;
  return tensor ? 2 : 1;
}

// Moves `at` behind a varint; false at the end of the bytes.
bool take_varint(std::string_view bytes, size_t& at, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[at++]);
    value |= static_cast<uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

}  // namespace

int deepest_message(std::string_view model) {
  struct Open {
    Kind kind;
    size_t end;
  };
  std::vector<Open> open = {{Kind::kModel, model.size()}};
  size_t deepest = 0, at = 0;
  while (!open.empty()) {
    if (at >= open.back().end) {
      open.pop_back();
      continue;
    }
    uint64_t key = 0, value = 0;
    if (!take_varint(model, at, key)) break;
    const uint64_t wire_type = key & 7U;
    if (wire_type == 0) {
      if (!take_varint(model, at, value)) break;
    } else if (wire_type == 1 || wire_type == 5) {
      at += wire_type == 1 ? 8 : 4;
    } else if (wire_type == 2) {
      if (!take_varint(model, at, value) || value > open.back().end - std::min(at, open.back().end)) break;
      const Kind kind = kind_of(open.back().kind, key >> 3);
      if (kind == Kind::kOther) {
        deepest = std::max(deepest, open.size() - 1 + depth_of_leaf(open.back().kind, key >> 3));
        at += value;
        continue;
      }
      open.push_back({kind, at + value});
      deepest = std::max(deepest, open.size() - 1);
    } else {
      break;  // groups are of no ONNX message
    }
  }
  return static_cast<int>(deepest);
}

}  // namespace quoin
