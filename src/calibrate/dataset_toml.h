// The TOML file of a dataset of images or of token numbers (docs/datasets.md).
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "calibrate/image.h"
#include "calibrate/readers.h"

namespace quoin {

struct DatasetSpec {
  std::string path;                                        // of the TOML; paths in it are relative to its folder
  std::string images;                                      // folder; empty for CIFAR-10 and tokens
  std::string labels, file_column = "file", label_column;  // empty: none
  std::vector<std::string> cifar10;                        // files, one after the other
  std::string tokens, ids_column = "token_ids", mask;      // table of token numbers; the input that says which count
  std::string input;                                       // the model's input; empty: its only one
  Preprocess preprocess;
  std::vector<std::pair<std::string, std::vector<Selection>>> splits;
};

// Throws Error(kBadInput) with file:line:column.
DatasetSpec parse_dataset_toml(const std::string& path);

}  // namespace quoin
