#include "calibrate/npy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

#include "calibrate/npy_header.h"
#include "quoin/error.h"

namespace quoin {
namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr uint64_t kLongestHeader = uint64_t{1} << 20;  // numpy's own limit is 10,000 bytes
constexpr uint64_t kMostFortranBytes = uint64_t{1} << 30;
constexpr int64_t kMostEmptySamples = 1'000'000;

void swap_bytes(std::string& bytes, size_t item_size) {
  for (size_t i = 0; i + item_size <= bytes.size(); i += item_size) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(i),
                 bytes.begin() + static_cast<std::ptrdiff_t>(i + item_size));
  }
}

// Four bytes for each character, zeros behind the last.
std::string utf8_of(std::string_view item, const std::string& where) {
  std::vector<uint32_t> characters(item.size() / 4);
  std::memcpy(characters.data(), item.data(), item.size());
  while (!characters.empty() && characters.back() == 0) characters.pop_back();
  std::string text;
  for (const uint32_t c : characters) {
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
      throw Error(ErrorCode::kBadInput, fmt::format("the array holds {:#x}, which is no character", c),
                  "write or copy the file again", where);
    }
    const auto tail = [&](int shift) { text += static_cast<char>(0x80 | ((c >> shift) & 0x3f)); };
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += static_cast<char>(0xc0 | c >> 6);
      tail(0);
    } else if (c < 0x10000) {
      text += static_cast<char>(0xe0 | c >> 12);
      tail(6);
      tail(0);
    } else {
      text += static_cast<char>(0xf0 | c >> 18);
      tail(12);
      tail(6);
      tail(0);
    }
  }
  return text;
}

}  // namespace

NpyArray::NpyArray(std::shared_ptr<const ByteSource> source, std::string where)
    : source_(std::move(source)), where_(std::move(where)) {
  parse_header();
  if (shape_.empty()) {
    throw Error(ErrorCode::kBadInput, "the array is a single number", "the first axis of an array counts the samples",
                where_);
  }
  const uint64_t items = static_cast<uint64_t>(element_count(shape_));
  const uint64_t held = source_->size() - data_offset_;
  if (items > held / item_size_) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("the array is cut short: its header says {} {}, {} bytes of data are there",
                            fmt::join(shape_, "x"), to_string(type_), held),
                "write or copy the file again", where_);
  }
  // Nothing in the file says how many there are of samples without values.
  if (items == 0 && shape_[0] > kMostEmptySamples) {
    throw Error(ErrorCode::kBadInput, fmt::format("the array has {} samples without values", shape_[0]),
                "write the file again", where_);
  }
  sample_items_ = shape_[0] == 0 ? 0 : static_cast<size_t>(items) / samples();
  if (fortran_order_ && shape_.size() > 1 && shape_[0] > 0) {
    if (!source_->in_place() && items > kMostFortranBytes / item_size_) {
      throw Error(ErrorCode::kBadInput,
                  fmt::format("the array is in Fortran order, in which each sample lies scattered over its {} bytes",
                              items * item_size_),
                  "save it in C order: numpy.ascontiguousarray(x); or as a .npy file", where_);
    }
    whole_ = source_->read(data_offset_, static_cast<size_t>(items) * item_size_);
  } else {
    fortran_order_ = false;
  }
}

void NpyArray::parse_header() {
  const auto fail_short = [this] {
    throw Error(ErrorCode::kBadInput, "the array is cut short inside its header", "write or copy the file again",
                where_);
  };
  const uint64_t size = source_->size();
  if (size < kMagic.size() || std::memcmp(source_->read(0, kMagic.size()).data, kMagic.data(), kMagic.size()) != 0) {
    throw Error(ErrorCode::kBadInput, "this is not a numpy array", "save it with numpy.save or numpy.savez", where_);
  }
  if (size < kMagic.size() + 2) fail_short();
  const int version = std::to_integer<int>(source_->read(kMagic.size(), 1).data[0]);
  if (version < 1 || version > 3) {
    throw Error(ErrorCode::kBadInput,
                fmt::format("the array has format version {}, versions 1 to 3 are known", version),
                "save it again with numpy.save", where_);
  }
  const size_t length_size = version == 1 ? 2 : 4;
  const uint64_t text_offset = kMagic.size() + 2 + length_size;
  if (size < text_offset) fail_short();
  const Bytes length_bytes = source_->read(kMagic.size() + 2, length_size);
  uint64_t length = 0;
  for (size_t i = length_size; i-- > 0;) length = length << 8 | std::to_integer<uint64_t>(length_bytes.data[i]);
  if (length > size - text_offset) fail_short();
  if (length > kLongestHeader) {
    throw Error(ErrorCode::kBadInput, fmt::format("the array's header has {} bytes", length),
                "save it again with numpy.save or numpy.savez", where_);
  }
  const Bytes text = source_->read(text_offset, static_cast<size_t>(length));
  const NpyHeader header = parse_npy_header({reinterpret_cast<const char*>(text.data), text.size}, where_);
  const NpyType type = parse_npy_type(header.descr, where_);
  type_ = type.type;
  big_endian_ = type.big_endian;
  wide_ = type.wide;
  item_size_ = type.item_size;
  fortran_order_ = header.fortran_order;
  shape_ = header.shape;
  data_offset_ = text_offset + length;
}

Tensor NpyArray::gather_fortran(size_t index) const {
  // Element (index, j1, j2, …) lies at index + d0 (j1 + d1 (j2 + …)); the result has its last axis running fastest.
  const size_t rank = shape_.size();
  std::vector<size_t> strides(rank, 1);
  for (size_t axis = 1; axis < rank; ++axis) strides[axis] = strides[axis - 1] * static_cast<size_t>(shape_[axis - 1]);
  std::string bytes(sample_items_ * item_size_, '\0');
  std::vector<int64_t> position(rank, 0);
  size_t from = index;
  for (size_t item = 0; item < sample_items_; ++item) {
    std::memcpy(bytes.data() + item * item_size_, whole_.data + from * item_size_, item_size_);
    for (size_t axis = rank - 1; axis > 0; --axis) {
      from += strides[axis];
      if (++position[axis] < shape_[axis]) break;
      from -= strides[axis] * static_cast<size_t>(shape_[axis]);
      position[axis] = 0;
    }
  }
  Shape shape = shape_;
  shape[0] = 1;
  return made(std::move(shape), std::move(bytes));
}

Tensor NpyArray::made(Shape shape, std::string bytes) const {
  const size_t unit = type_ != DataType::kString ? item_size_ : wide_ ? 4 : 1;
  if (big_endian_) swap_bytes(bytes, unit);
  if (type_ != DataType::kString) return Tensor(type_, std::move(shape), std::move(bytes));
  std::vector<std::string> texts;
  for (size_t at = 0; at < bytes.size(); at += item_size_) {
    const std::string_view item = std::string_view(bytes).substr(at, item_size_);
    texts.push_back(wide_ ? utf8_of(item, where_) : std::string(item.substr(0, item.find_last_not_of('\0') + 1)));
  }
  return Tensor(std::move(shape), std::move(texts));
}

Tensor NpyArray::sample(size_t index) const {
  QUOIN_CHECK(index < samples(), "sample index out of range");
  if (fortran_order_) return gather_fortran(index);
  Shape shape = shape_;
  shape[0] = 1;
  const size_t size = sample_items_ * item_size_;
  const Bytes piece = source_->read(data_offset_ + static_cast<uint64_t>(index) * size, size);
  const bool aligned = reinterpret_cast<uintptr_t>(piece.data) % item_size_ == 0;
  if (aligned && !big_endian_ && type_ != DataType::kString)
    return Tensor(type_, std::move(shape), piece.owner, piece.data, piece.size);
  std::string bytes(reinterpret_cast<const char*>(piece.data), piece.size);
  return made(std::move(shape), std::move(bytes));
}

}  // namespace quoin
