// NumPy's array format, versions 1 to 3, samples along the first axis.
#pragma once

#include "calibrate/byte_source.h"
#include "quoin/tensor.h"

namespace quoin {

class NpyArray {
 public:
  // `where` is what messages call it. Throws Error(kBadInput) for anything that is not a whole array of numbers or
  // texts.
  NpyArray(std::shared_ptr<const ByteSource> source, std::string where);
  DataType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  size_t samples() const { return static_cast<size_t>(shape_[0]); }
  // Sample `index`, row-major and little-endian, its leading dimension 1. Thread-safe.
  Tensor sample(size_t index) const;

 private:
  void parse_header();
  Tensor gather_fortran(size_t index) const;
  // From the file's bytes of a sample.
  Tensor made(Shape shape, std::string bytes) const;

  std::shared_ptr<const ByteSource> source_;
  std::string where_;
  DataType type_ = DataType::kUndefined;
  Shape shape_;
  bool fortran_order_ = false, big_endian_ = false, wide_ = false;
  uint64_t data_offset_ = 0;
  size_t item_size_ = 0, sample_items_ = 0;
  Bytes whole_;  // in Fortran order a sample lies scattered over the whole array
};

}  // namespace quoin
