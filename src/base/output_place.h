// Where a path leads that is written to.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <optional>
#include <string>

namespace quoin {

struct OutputPlace {
  explicit OutputPlace(const std::string& wanted);

  // A device, a pipe, or a descriptor of this process: has no place among files, and is never replaced.
  bool is_stream() const { return descriptor || (exists && !S_ISREG(status.st_mode)); }

  std::filesystem::path path;     // links followed; the folder as it really is, where there is one
  std::optional<int> descriptor;  // of this process, by /dev/stdout and the like
  bool exists = false;
  struct stat status {};
  int error = 0;  // why it cannot be written

 private:
  void follow_links();
  void find_folder();
  void check_kind();
};

}  // namespace quoin
