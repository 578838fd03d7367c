// The kinds of files that a dataset is read from. Each throws Error(kBadInput) naming the file.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "quoin/dataset.h"

namespace quoin {

// One step of a selection: first=N, skip=N, every=N, except=N.
struct Selection {
  enum class Kind { kFirst, kSkip, kEvery, kExcept };
  Kind kind = Kind::kFirst;
  size_t count = 0;
};
Dataset select(const Dataset& data, const Selection& selection);

Dataset read_npy(const std::string& path);
Dataset read_npz(const std::string& path);
// A test_data_set_* folder (one sample), or a folder that holds some (a sample each, in the order of their numbers).
Dataset read_test_data(const std::string& folder);
bool is_test_data(const std::string& folder);

// What a TOML file describes.
struct DatasetSpec;
Dataset read_images(const DatasetSpec& spec);
Dataset read_tokens(const DatasetSpec& spec);

// A dataset and its named splits.
struct SplitDataset {
  Dataset data;
  std::vector<std::pair<std::string, std::vector<Selection>>> splits;
};

}  // namespace quoin
