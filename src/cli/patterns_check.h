// quoin patterns check [FILE]
#pragma once

#include <cstdint>
#include <string>

namespace quoin::cli {

struct CheckOptions {
  std::string file;  // "": the built-ins
  std::string list, pattern, engine = "onnxruntime", library, output, target = "onnxruntime-cpu";
  uint64_t seed = 1;
  int count = 40;
  bool json = false;
};
// Loads the file, resolves its lists, proves its patterns, and prints the proof; leaves with exit code 1 where one is
// wrong.
void check_patterns(const CheckOptions& options);

}  // namespace quoin::cli
