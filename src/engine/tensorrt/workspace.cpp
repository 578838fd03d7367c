#include "engine/tensorrt/workspace.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <sstream>

#include "base/process.h"
#include "quoin/error.h"

namespace quoin::tensorrt {
namespace {

namespace fs = std::filesystem;

// Of `seed` and FNV-1a's 64 bits.
uint64_t digest(std::string_view bytes, uint64_t seed) {
  uint64_t hash = 0xcbf29ce484222325 ^ seed;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return hash;
}

// "[date] [I] Selected Device: NVIDIA H100": "NVIDIA H100".
std::string device_in(const std::string& output) {
  constexpr std::string_view kSelected = "Selected Device: ";
  const size_t at = output.find(kSelected);
  if (at == std::string::npos) return "";
  const size_t begin = at + kSelected.size();
  return output.substr(begin, output.find_first_of("\r\n", begin) - begin);
}

}  // namespace

Workspace::Workspace(const Places& places, double timeout_seconds)
    : folder_("quoin-tensorrt"),
      timeout_seconds_(timeout_seconds),
      program_(open_program(places, folder_.path(), timeout_seconds)) {}

std::string Workspace::device() const {
  const std::lock_guard lock(mutex_);
  return device_;
}

std::string Workspace::typings() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string_view> parts;
  for (const auto& [typing, count] : typings_) parts.push_back(to_string(typing));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string Workspace::add_model(std::string_view model) {
  const std::lock_guard lock(mutex_);
  const std::string key =
      fmt::format("{:016x}{:016x}-{}", digest(model, 0), digest(model, 0x9e3779b97f4a7c15), model.size());
  std::string& name = models_[key];
  if (!name.empty()) return name;
  name = fmt::format("model{}.onnx", models_.size());
  write_temporary(folder() / name, model.data(), model.size());
  return name;
}

void Workspace::write_temporary(const std::filesystem::path& path, const void* data, size_t size) const {
  std::ofstream file(path, std::ios::binary);
  file.write(static_cast<const char*>(data), static_cast<std::streamsize>(size));
  file.close();
  if (file) return;
  throw Error(ErrorCode::kCheckFailed, fmt::format("what TensorRT is given cannot be written to '{}'", path.string()),
              "Check that the temporary folder has room, or set TMPDIR to one that has.");
}

std::string Workspace::build(BuildRequest request) {
  const std::lock_guard lock(mutex_);
  request.engine.clear();
  std::string& engine = engines_[build_options(program_.major(), request)];
  if (!engine.empty()) return engine;
  request.engine = fmt::format("engine{}.plan", engines_.size());
  const std::vector<std::string> options = build_options(program_.major(), request);
  try {
    invoke(options, "build the model");
  } catch (...) {
    request.engine.clear();
    engines_.erase(build_options(program_.major(), request));
    throw;
  }
  ++typings_[request.typing];
  engine = request.engine;
  return engine;
}

std::string Workspace::next_file(std::string_view stem) {
  const std::lock_guard lock(mutex_);
  return fmt::format("{}{}", ++files_, stem);
}

void Workspace::run(const std::vector<std::string>& options, std::string_view doing) {
  const std::lock_guard lock(mutex_);
  invoke(options, doing);
}

void Workspace::invoke(const std::vector<std::string>& options, std::string_view doing) {
  std::vector<std::string> command = program_.command;
  command.insert(command.end(), options.begin(), options.end());
  const Finished finished = run_process(command, folder(), folder() / "log.txt", timeout_seconds_);
  if (const std::string device = device_in(finished.output); !device.empty()) device_ = device;
  if (finished.code == 0 && !finished.timed_out) return;
  const std::string what = finished.timed_out ? fmt::format("did not end within {:g} s", timeout_seconds_)
                                              : fmt::format("ended with {}", finished.code);
  throw Error(ErrorCode::kCheckFailed,
              fmt::format("TensorRT {} cannot {}: {} {}:{}", program_.version, doing, program_.path, what,
                          tail_of(finished.output)),
              fmt::format("Its command line was: {}", fmt::join(command, " ")));
}

std::string Workspace::take(const std::string& name) {
  const fs::path path = folder() / name;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Error(ErrorCode::kCheckFailed, fmt::format("TensorRT {} ended well but wrote no {}", program_.version, name),
                "Check that the temporary folder has room, and that Quoin knows this version of TensorRT.");
  }
  std::ostringstream text;
  text << file.rdbuf();
  std::error_code ignored;
  fs::remove(path, ignored);
  return text.str();
}

}  // namespace quoin::tensorrt
