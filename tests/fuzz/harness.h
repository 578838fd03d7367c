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

// A folder of this process, gone with it.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string made = (std::filesystem::temp_directory_path() / "quoin-fuzz-XXXXXX").string();
    require(::mkdtemp(made.data()) != nullptr);
    path_ = made;
  }
  ~ScratchFolder() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A file with these bytes there, for readers that take a path. The next call overwrites it.
inline std::string scratch_file(std::string_view bytes, const std::string& name) {
  static const ScratchFolder folder;
  const std::string path = (folder.path() / name).string();
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

}  // namespace quoin::fuzz
