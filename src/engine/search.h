// Where an engine's library may be. Knows nothing of the engines' own headers.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace quoin {

// What an engine's library is called. A path that ends in ".*" stands for the file with the highest version there.
struct LibraryFiles {
  std::string variable;             // the environment variable that names it: "QUOIN_ONNXRUNTIME"
  std::string in_wheel;             // below site-packages: "onnxruntime/capi/libonnxruntime.so.1.*"
  std::string in_deps;              // below .deps: "onnxruntime/lib/libonnxruntime.so.1"
  std::vector<std::string> system;  // names for the loader, or whole paths
};

// What decides where we look; empty where unset.
struct Surroundings {
  std::string library;      // the caller's choice
  std::string variable;     // the value of the engine's environment variable
  std::string virtual_env;  // VIRTUAL_ENV
  std::string path;         // PATH
  std::string program;      // the program's folder; the current folder is nowhere: whatever lies there is not to be run
};
// From the environment of this process; `library` as the caller gave it.
Surroundings surroundings(const LibraryFiles& files, const std::string& library);

// The files to try, in order, and for the error message every place that was looked at, whether or not a file was
// there.
struct Candidates {
  std::vector<std::string> files;
  std::vector<std::string> empty_places;  // "/opt/x/.deps/onnxruntime/lib/libonnxruntime.so.1"
};
// A path that the user chose is the only candidate: another library in its place would be a surprise.
Candidates find_candidates(const LibraryFiles& files, const Surroundings& around);

// Whether a .deps folder above the program is to be looked into: root's, the program's owner's, or ours. One that is
// not there is.
bool is_trusted(const std::filesystem::path& folder);

// The numbers of "1.32.0"; empty for what is no version.
std::vector<int> version_numbers(const std::string& version);

}  // namespace quoin
