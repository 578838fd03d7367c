// Where ONNX Runtime's library may be. Knows nothing of ONNX Runtime's own headers.
#pragma once

#include <string>
#include <vector>

namespace quoin::ort {

// What decides where we look; empty where unset.
struct Surroundings {
  std::string library;      // the caller's choice
  std::string variable;     // QUOIN_ONNXRUNTIME
  std::string virtual_env;  // VIRTUAL_ENV
  std::string path;         // PATH
  std::string program;      // the program's folder
  std::string current;      // the current folder
};
// From the environment of this process.
Surroundings surroundings(const std::string& library);

// The files to try, in order, and for the error message every place that was looked at, whether or not a file was
// there.
struct Candidates {
  std::vector<std::string> files;
  std::vector<std::string> empty_places;  // "/opt/x/.deps/onnxruntime/lib/libonnxruntime.so.1"
};
// A path that the user chose is the only candidate: another library in its place would be a surprise.
Candidates find_candidates(const Surroundings& around);

// The numbers of "1.32.0"; empty for what is no version.
std::vector<int> version_numbers(const std::string& version);
// Why a library of `version` cannot be used where 1.`minor` is needed; "" where it can.
std::string version_problem(const std::string& version, int minor);

}  // namespace quoin::ort
