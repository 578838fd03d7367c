// The TOML file of an image dataset (docs/datasets.md).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "calibrate/image.h"
#include "calibrate/readers.h"

namespace quoin {

struct ImageDatasetSpec {
  std::string path;                                        // of the TOML; paths in it are relative to its folder
  std::string images;                                      // folder; empty for CIFAR-10
  std::string labels, file_column = "file", label_column;  // empty: none
  std::vector<std::string> cifar10;                        // files, one after the other
  std::string input;                                       // the model's input; empty: its only one
  Preprocess preprocess;
  std::vector<std::pair<std::string, std::vector<Selection>>> splits;
};

// Throws Error(kBadInput) with file:line:column.
ImageDatasetSpec parse_image_dataset(const std::string& path);

}  // namespace quoin
