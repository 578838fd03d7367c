#include "engine/temporary_folder.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "quoin/error.h"

namespace quoin {

namespace fs = std::filesystem;

TemporaryFolder::TemporaryFolder(std::string_view prefix) {
  std::error_code failed;
  std::string name = (fs::temp_directory_path(failed) / fmt::format("{}-XXXXXX", prefix)).string();
  if (failed || mkdtemp(name.data()) == nullptr) {
    throw Error(ErrorCode::kUsage, fmt::format("no temporary folder can be made as '{}'", name),
                "Set TMPDIR to a folder that can be written to.");
  }
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace quoin
