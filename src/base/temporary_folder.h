// A fresh folder that goes with its object, and with the run however that ends.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "base/run_record.h"

namespace quoin {

class TemporaryFolder {
 public:
  // `prefix` begins the folder's name, in TMPDIR: "quoin-metric". Folders there that Quoin left when it was killed
  // together with the process that watches over it, or with the machine, are taken away. Throws Error(kUsage) where no
  // folder can be made.
  explicit TemporaryFolder(std::string_view prefix);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::unique_ptr<Leftover> leftover_;
  int lock_ = -1;  // held as long as the folder is in use
};

}  // namespace quoin
