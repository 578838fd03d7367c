// Writing NumPy's .npz: arrays that are streamed from files, none of them in memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "quoin/tensor.h"

namespace quoin {

// The bytes before an array's data: magic, version 1.0 (2.0 where the header is long) and the header. Throws
// Error(kBadInput) for a type that NumPy has not (strings, bfloat16, 8-bit floats, 4-bit integers).
std::string npy_header(DataType type, const Shape& shape);

// A member of an archive: `file` is a whole .npy.
struct NpzMember {
  std::string name;  // without ".npy"
  std::filesystem::path file;
};
// Stored, not compressed. Throws Error(kUsage) where the archive cannot be written.
void write_npz(const std::filesystem::path& path, const std::vector<NpzMember>& members);

}  // namespace quoin
