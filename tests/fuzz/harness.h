// What every fuzz harness shares. A quoin::Error is an answer; whatever else leaves, and every crash, is a fault.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "quoin/error.h"

namespace quoin::fuzz {

inline std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// True where the work came to its end, false where it was refused.
template <typename Work>
bool answered(const Work& work) {
  try {
    work();
    return true;
  } catch (const Error&) {
    return false;
  }
}

// A promise that a harness checks beyond "no crash".
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

// A file with these bytes in a folder of this process, for readers that take a path. The next call overwrites it.
inline std::string scratch_file(std::string_view bytes, const std::string& name) {
  static const std::filesystem::path folder = [] {
    std::string made = (std::filesystem::temp_directory_path() / "quoin-fuzz-XXXXXX").string();
    require(::mkdtemp(made.data()) != nullptr);
    return std::filesystem::path(made);
  }();
  const std::string path = (folder / name).string();
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

}  // namespace quoin::fuzz
