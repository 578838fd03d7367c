// The program that runs TensorRT: trtexec, or our script where only the Python package is there (its wheel has no
// trtexec).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/temporary_folder.h"
#include "engine/search.h"
#include "engine/tensorrt/commands.h"

namespace quoin::tensorrt {

struct Program {
  std::vector<std::string> command;  // what goes before the options: {"/usr/src/tensorrt/bin/trtexec"}
  std::string path;                  // of trtexec, or of the Python that has the package
  std::string version;               // "10.3.0"
  bool python = false;               // run by our script
  int major() const { return version_numbers(version).front(); }
};

// Where trtexec, and a Python with the package tensorrt, may be: files that are there, in order, and places that were
// empty.
struct Places {
  std::vector<std::string> programs;  // trtexec, or a Python interpreter (named python…)
  std::vector<std::string> empty;
};
// The caller's choice, else QUOIN_TRTEXEC, else PATH, the usual folders of installations, `.deps/tensorrt` beside the
// program and upwards, and the Pythons that have the package.
Places find_places(const Surroundings& around, const std::vector<std::string>& usual_folders);
const std::vector<std::string>& usual_folders();
const LibraryFiles& python_package();

// "10.3.0" from what trtexec prints first, "&&&& RUNNING TensorRT.trtexec [TensorRT v100300] …"; "" where it does not
// say.
std::string version_in(const std::string& output);

// The first program that starts, says its version, and is 10.0 or newer; `folder` takes our script and the log. Throws
// Error(kMissingRuntime) listing every place that was tried and what was wrong there.
Program open_program(const Places& places, const std::filesystem::path& folder, double timeout_seconds);

// Our script for the Python package, which takes trtexec's options (run_model.py).
std::string_view python_script();

}  // namespace quoin::tensorrt
