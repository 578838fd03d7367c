// A fresh folder that goes with its object.
#pragma once

#include <filesystem>
#include <string_view>

namespace quoin {

class TemporaryFolder {
 public:
  // `prefix` begins the folder's name, in TMPDIR. Throws Error(kUsage) where no folder can be made.
  explicit TemporaryFolder(std::string_view prefix);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace quoin
