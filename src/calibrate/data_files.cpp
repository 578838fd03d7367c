#include "calibrate/data_files.h"

#include <filesystem>

#include "calibrate/dataset_toml.h"
#include "quoin/error.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

void add_described(const std::string& toml, DataFiles& found) {
  try {
    const DatasetSpec spec = parse_dataset_toml(toml);
    for (const std::string& file : {spec.labels, spec.tokens}) {
      if (!file.empty()) found.files.push_back(file);
    }
    found.files.insert(found.files.end(), spec.cifar10.begin(), spec.cifar10.end());
    if (!spec.images.empty()) found.folders.push_back(spec.images);
  } catch (const Error&) {
    // Loading says so.
  }
}

}  // namespace

std::string path_of_data(const std::string& data) {
  std::error_code error;
  const size_t hash = data.rfind('#');
  // A file may have '#' in its name.
  return hash == std::string::npos || fs::exists(data, error) ? data : data.substr(0, hash);
}

DataFiles files_of_data(const std::string& data) {
  const std::string path = path_of_data(data);
  DataFiles found;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    const std::string toml = (fs::path(path) / "dataset.toml").string();
    if (fs::exists(toml, error)) {
      found.files.push_back(toml);
      add_described(toml, found);
    } else {
      found.folders.push_back(path);
    }
  } else {
    found.files.push_back(path);
    if (fs::path(path).extension() == ".toml") add_described(path, found);
  }
  return found;
}

}  // namespace quoin
