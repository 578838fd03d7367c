#include "cli/run_paths.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <sstream>

#include "base/output_file.h"
#include "calibrate/data_files.h"
#include "cli/model_files.h"
#include "cli/output.h"
#include "quoin/error.h"

namespace quoin::cli {
namespace {

namespace fs = std::filesystem;

// What a folder of data is read by.
constexpr std::string_view kDataEndings[] = {".pb", ".jpg", ".jpeg", ".png", ".npy", ".npz"};

// A regular file by device and inode, links followed; a path where there is none yet. Devices and pipes are nobody's.
struct Identity {
  std::optional<std::pair<dev_t, ino_t>> file;
  std::string path;

  explicit Identity(const std::string& wanted) {
    struct stat status {};
    if (::stat(wanted.c_str(), &status) != 0) {
      path = written_path(wanted);
    } else if (S_ISREG(status.st_mode)) {
      file = {status.st_dev, status.st_ino};
    }
  }
  bool operator==(const Identity& other) const {
    if (file || other.file) return file == other.file;
    return !path.empty() && path == other.path;
  }
};

bool is_data_of(const std::string& output, const std::string& folder) {
  std::error_code error;
  const fs::path root = fs::canonical(folder, error), file = written_path(output);
  if (error || std::mismatch(root.begin(), root.end(), file.begin(), file.end()).first != root.end()) return false;
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return std::find(std::begin(kDataEndings), std::end(kDataEndings), ending) != std::end(kDataEndings);
}

[[noreturn]] void refuse_clash(const std::string& option, const std::string& output, const std::string& what) {
  throw Error(ErrorCode::kUsage, fmt::format("the output is {}, which is never overwritten", what),
              fmt::format("name another file with {}", option), output);
}

void check_place(const std::string& output) {
  const fs::path path = written_path(output), folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw Error(ErrorCode::kUsage, fmt::format("there is no folder '{}' to write to", folder.string()), "make it first",
                output);
  }
  if (fs::is_directory(path, error)) throw Error(ErrorCode::kUsage, "the output is a folder", "name a file", output);
}

}  // namespace

void RunPaths::reads(const std::string& path, const std::string& what) {
  if (!path.empty()) inputs_.push_back({path, what});
}

void RunPaths::reads_model(const std::string& path) {
  reads(path, "the input model");
  if (!path.empty()) models_.push_back(path);
}

void RunPaths::reads_data(const std::string& data, const std::string& option) {
  if (data.empty()) return;
  const DataFiles found = files_of_data(data);
  for (const std::string& file : found.files)
    inputs_.push_back({file, fmt::format("a file of the data of {}", option)});
  for (const std::string& folder : found.folders)
    inputs_.push_back({folder, fmt::format("in a folder of the data of {}", option), true});
}

void RunPaths::reads_list(const std::string& list, const std::string& patterns, const std::string& target) {
  if (list.ends_with(".toml")) reads(list, "the pattern file of --list");
  reads(patterns, "the pattern file");
  if (target.ends_with(".toml")) reads(target, "the target's file");
}

void RunPaths::reads_metric(const std::string& command) {
  std::istringstream words(command);
  for (std::string word; words >> word;) reads(word, "a file of the metric's command");
}

void RunPaths::writes(const std::string& path, const std::string& option) {
  if (!path.empty()) outputs_.push_back({path, option});
}

void RunPaths::writes_model(const std::string& path, const std::string& option) {
  writes(path, option);
  if (!path.empty()) outputs_.push_back({written_path(path) + ".data", option, false, true});
}

void RunPaths::check(bool json) const {
  const bool replaces = std::any_of(outputs_.begin(), outputs_.end(),
                                    [](const Path& output) { return Identity(output.path).file.has_value(); });
  std::vector<Path> inputs = inputs_;
  // What is not there yet is no input of anybody.
  for (const std::string& model : models_) {
    if (!replaces) break;
    for (const std::string& file : external_files(model)) inputs.push_back({file, "the input model's external data"});
  }
  for (size_t i = 0; i < outputs_.size(); ++i) {
    const Path& output = outputs_[i];
    const Identity identity(output.path);
    const std::string shown = output.is_beside ? fmt::format("{} (beside {})", output.path, output.what) : output.path;
    for (const Path& input : inputs) {
      if (input.is_folder ? is_data_of(output.path, input.path) : identity == Identity(input.path))
        refuse_clash(output.what, shown, input.what);
    }
    for (size_t j = 0; j < i; ++j) {
      if (!(identity == Identity(outputs_[j].path))) continue;
      throw Error(ErrorCode::kUsage, fmt::format("{} and {} are one file", outputs_[j].what, output.what),
                  "name two files", shown);
    }
  }
  for (const Path& output : outputs_) {
    if (output.is_beside) continue;
    check_place(output.path);
    check_can_write(output.path);
    if (is_stdout(output.path)) give_stdout_to(output.what, json);
  }
}

}  // namespace quoin::cli
