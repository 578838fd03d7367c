#include "engine/ort/search.h"

#include <fmt/format.h>

namespace quoin::ort {

const LibraryFiles& library_files() {
  static const LibraryFiles files{.variable = "QUOIN_ONNXRUNTIME",
                                  .in_wheel = "onnxruntime/capi/libonnxruntime.so.1.*",
                                  .in_deps = "onnxruntime/lib/libonnxruntime.so.1",
                                  .system = {"libonnxruntime.so.1"}};
  return files;
}

Surroundings surroundings(const std::string& library) { return quoin::surroundings(library_files(), library); }

Candidates find_candidates(const Surroundings& around) { return quoin::find_candidates(library_files(), around); }

std::string version_problem(const std::string& version, int minor) {
  if (version_numbers(version) >= std::vector<int>{1, minor}) return "";
  return fmt::format("is version {}, but 1.{} or newer is needed", version, minor);
}

}  // namespace quoin::ort
