#include "engine/tensorrt/program.h"

#include <fmt/format.h>

#include <charconv>
#include <sstream>

#include "base/output_file.h"
#include "base/process.h"
#include "quoin/error.h"

namespace quoin::tensorrt {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTrtexec = "trtexec";
constexpr int kOldest = 10;

bool is_file(const fs::path& path) {
  std::error_code failed;
  return fs::is_regular_file(path, failed);
}

void add_file(Places& places, const fs::path& path) {
  (is_file(path) ? places.programs : places.empty).push_back(path.string());
}

void add_upwards(Places& places, const std::string& folder) {
  if (folder.empty()) return;
  for (fs::path at = folder;; at = at.parent_path()) {
    const fs::path path = at / ".deps" / "tensorrt" / "bin" / kTrtexec;
    if (is_trusted(at / ".deps") && is_file(path)) places.programs.push_back(path.string());
    if (at == at.parent_path()) return;
  }
}

// PREFIX/lib/python3.11/site-packages/tensorrt/__init__.py: PREFIX/bin/python3.
std::string python_of(const fs::path& package) {
  return (package.parent_path().parent_path().parent_path().parent_path().parent_path() / "bin" / "python3").string();
}

bool is_python(const std::string& program) { return fs::path(program).filename().string().starts_with("python"); }

// "tried" in the error of a program that was asked for.
std::string last_line(const std::string& output) {
  const std::string tail = tail_of(output);
  return tail.substr(tail.rfind('\n') + 1);
}

// What is wrong with it; "" where nothing is.
std::string problem_of(Program& program, const fs::path& folder, double timeout_seconds) {
  if (!is_file(program.path)) return "is not there";
  std::vector<std::string> command = program.command;
  command.push_back("--help");
  const Finished finished = run_process(command, folder, folder / "log.txt", timeout_seconds);
  if (finished.timed_out) return fmt::format("did not end within {:g} s", timeout_seconds);
  program.version = version_in(finished.output);
  if (program.version.empty()) {
    return fmt::format("ended with {} and did not say which TensorRT it is:{}", finished.code,
                       last_line(finished.output));
  }
  if (program.major() < kOldest)
    return fmt::format("is TensorRT {}, but {}.0 or newer is needed", program.version, kOldest);
  return "";
}

}  // namespace

const std::vector<std::string>& usual_folders() {
  static const std::vector<std::string> folders = {
      "/usr/src/tensorrt/bin",  // Debian packages, Jetson
      "/opt/tensorrt/bin",      // NVIDIA's containers
      "/usr/local/tensorrt/bin",
      "/usr/local/TensorRT/bin",
  };
  return folders;
}

const LibraryFiles& python_package() {
  static const LibraryFiles files{
      .variable = "QUOIN_TRTEXEC", .in_wheel = "tensorrt/__init__.py", .in_deps = "", .system = {}};
  return files;
}

Places find_places(const Surroundings& around, const std::vector<std::string>& folders) {
  for (const std::string& chosen : {around.library, around.variable}) {
    if (!chosen.empty()) return {{chosen}, {}};
  }
  Places places;
  std::istringstream path(around.path);
  for (std::string folder; std::getline(path, folder, ':');) {
    // Not of the current folder, which may be anybody's.
    if (fs::path(folder).is_absolute()) add_file(places, fs::path(folder) / kTrtexec);
  }
  for (const std::string& folder : folders) add_file(places, fs::path(folder) / kTrtexec);
  add_upwards(places, around.program);
  const Candidates packages = find_candidates(python_package(), around);
  for (const std::string& package : packages.files) add_file(places, python_of(package));
  places.empty.insert(places.empty.end(), packages.empty_places.begin(), packages.empty_places.end());
  return places;
}

std::string version_in(const std::string& output) {
  constexpr std::string_view kBanner = "[TensorRT v";
  const size_t at = output.find(kBanner);
  if (at == std::string::npos) return "";
  int number = 0;
  const char* const first = output.data() + at + kBanner.size();
  if (std::from_chars(first, output.data() + output.size(), number).ec != std::errc()) return "";
  // Ten thousands since 10.0; thousands before: 8601 is 8.6.1.
  if (number >= 100000) return fmt::format("{}.{}.{}", number / 10000, number / 100 % 100, number % 100);
  return fmt::format("{}.{}.{}", number / 1000, number / 100 % 10, number % 100);
}

Program open_program(const Places& places, const fs::path& folder, double timeout_seconds) {
  std::string tried;
  for (const std::string& place : places.programs) {
    Program program;
    program.path = place;
    program.command = {place};
    program.python = is_python(place);
    if (program.python) {
      const fs::path script = folder / "run_model.py";
      write_whole_file(script.string(), python_script());
      program.command.push_back(script.string());
    }
    const std::string problem = problem_of(program, folder, timeout_seconds);
    if (problem.empty()) return program;
    tried += fmt::format("\n  {} {}", place, problem);
  }
  for (const std::string& place : places.empty) tried += fmt::format("\n  {} is not there", place);
  throw Error(
      ErrorCode::kMissingRuntime,
      fmt::format("no TensorRT was found, neither trtexec nor its Python package; tried:{}", tried),
      "Install TensorRT 10 or newer, or set QUOIN_TRTEXEC to trtexec, or to a Python that has the package tensorrt. "
      "Without it no TensorRT latency can be measured.");
}

}  // namespace quoin::tensorrt
