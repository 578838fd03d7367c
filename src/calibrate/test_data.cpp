// ONNX's test data: folders with input_0.pb, input_1.pb, …, each a TensorProto, in the order of the model's inputs.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "calibrate/readers.h"
#include "onnx/tensor_file.h"
#include "quoin/error.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolderPrefix = "test_data_set_";

std::optional<size_t> number_after(std::string_view name, std::string_view prefix, std::string_view suffix) {
  if (!name.starts_with(prefix) || !name.ends_with(suffix) || name.size() < prefix.size() + suffix.size())
    return std::nullopt;
  name = name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  size_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return number;
}

// Entries of the folder named prefix K suffix, with K, in the order of K.
std::vector<std::pair<size_t, std::string>> numbered(const std::string& folder, std::string_view prefix,
                                                     std::string_view suffix) {
  std::vector<std::pair<size_t, std::string>> found;
  std::error_code error;
  for (fs::directory_iterator item(folder, error), end; !error && item != end; item.increment(error)) {
    const std::string name = item->path().filename().string();
    if (const auto number = number_after(name, prefix, suffix)) found.emplace_back(*number, item->path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> sample_folders(const std::string& folder) {
  if (!numbered(folder, "input_", ".pb").empty()) return {folder};
  std::vector<std::string> folders;
  for (const auto& [number, path] : numbered(folder, kFolderPrefix, "")) {
    if (!numbered(path, "input_", ".pb").empty()) folders.push_back(path);
  }
  return folders;
}

}  // namespace

bool is_test_data(const std::string& folder) { return !sample_folders(folder).empty(); }

Dataset read_test_data(const std::string& folder) {
  const std::vector<std::string> folders = sample_folders(folder);
  return Dataset(
      folders.size(),
      [folders](size_t index) {
        // By position, as ONNX's own runner feeds them; names in the files are often left over from an export.
        Sample sample;
        for (const auto& [number, path] : numbered(folders[index], "input_", ".pb")) {
          sample.inputs.emplace_back(fmt::format("#{}", number), load_tensor_proto(path).second);
        }
        return sample;
      },
      folder);
}

}  // namespace quoin
