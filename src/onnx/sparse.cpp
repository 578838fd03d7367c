#include "onnx/sparse.h"

#include <fmt/format.h>

#include <algorithm>

#include "onnx/tensor_proto.h"

namespace quoin {
namespace {

constexpr const char* kMakeDense = "make it a dense initializer";
// A few bytes must not become gigabytes.
constexpr uint64_t kAlwaysAllowed = uint64_t{64} << 20, kMostPerStored = 1024;

// Places in the dense tensor, by one number each or by one per axis.
std::vector<int64_t> places_of(const Tensor& indices, const Shape& shape, int64_t count) {
  const auto fail = [](const std::string& message) { throw Error(ErrorCode::kBadInput, message, kMakeDense); };
  if (indices.type() != DataType::kInt64) fail("its indices are not int64");
  const int64_t size = element_count(shape);
  const auto rank = static_cast<int64_t>(shape.size());
  const std::vector<int64_t> numbers = indices.to_int64s();
  std::vector<int64_t> places;
  if (indices.rank() == 1 && indices.size() == count) {
    places = numbers;
  } else if (indices.rank() == 2 && indices.shape()[0] == count && indices.shape()[1] == rank) {
    for (int64_t i = 0; i < count; ++i) {
      int64_t place = 0;
      for (int64_t axis = 0; axis < rank; ++axis) {
        const int64_t at = numbers[static_cast<size_t>(i * rank + axis)], dim = shape[static_cast<size_t>(axis)];
        if (at < 0 || at >= dim) fail(fmt::format("index {} on axis {} is outside of its shape", at, axis));
        place = place * dim + at;
      }
      places.push_back(place);
    }
  } else {
    fail(fmt::format("it has {} values and indices of another number", count));
  }
  for (const int64_t place : places) {
    if (place < 0 || place >= size) fail(fmt::format("index {} is outside of its shape", place));
  }
  return places;
}

Tensor dense(const onnx::SparseTensorProto& message, const ModelSource& source) {
  const Tensor values = tensor_from_proto(message.values(), "its values", source);
  const Tensor indices = tensor_from_proto(message.indices(), "its indices", source);
  const Shape shape(message.dims().begin(), message.dims().end());
  const auto width = static_cast<uint64_t>(bit_width(values.type()));
  if (width == 0 || width % 8 != 0) throw Error(ErrorCode::kBadInput, "its values have no whole bytes", kMakeDense);
  if (values.rank() != 1) throw Error(ErrorCode::kBadInput, "its values are not one row", kMakeDense);
  const std::vector<int64_t> places = places_of(indices, shape, values.size());
  const uint64_t bytes = width / 8, most = std::max(kAlwaysAllowed, kMostPerStored * values.bytes().size());
  const auto count = static_cast<uint64_t>(element_count(shape));
  if (count > most / bytes) {
    throw Error(ErrorCode::kBadInput, fmt::format("it has {} values and would be {} when dense", values.size(), count),
                kMakeDense);
  }
  std::string data(static_cast<size_t>(count * bytes), '\0');
  const char* from = reinterpret_cast<const char*>(values.bytes().data());
  for (size_t i = 0; i < places.size(); ++i)
    std::copy_n(from + i * bytes, bytes,
                data.begin() + static_cast<std::ptrdiff_t>(places[i]) * static_cast<std::ptrdiff_t>(bytes));
  return Tensor(values.type(), shape, std::move(data));
}

}  // namespace

Tensor dense_from_sparse(const onnx::SparseTensorProto& message, const ModelSource& source) {
  try {
    return dense(message, source);
  } catch (const Error& error) {
    refuse("the sparse initializer '" + message.values().name() + "': " + error.message(),
           error.remedy().empty() ? kMakeDense : error.remedy(), error.where().empty() ? source.where : error.where());
  }
}

}  // namespace quoin
