// The header of NumPy's array format: a Python dictionary literal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quoin/tensor.h"

namespace quoin {

struct NpyHeader {
  std::string descr;  // "<f4"; "[" for a structured type
  bool fortran_order = false;
  Shape shape;
};

// Throws Error(kBadInput), `where` being what messages call the array.
NpyHeader parse_npy_header(std::string_view text, const std::string& where);

struct NpyType {
  DataType type = DataType::kUndefined;
  bool big_endian = false;
  size_t item_size = 0;  // bytes of an element
  bool wide = false;     // of texts: four bytes for each character ('<U8'), not one ('S8')
};
NpyType parse_npy_type(const std::string& descr, const std::string& where);

}  // namespace quoin
