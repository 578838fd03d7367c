// The files that data are read from, known before they are read.
#pragma once

#include <string>
#include <vector>

namespace quoin {

// `data` without the selection behind '#'.
std::string path_of_data(const std::string& data);

struct DataFiles {
  std::vector<std::string> files;    // the data themselves, and what a dataset's TOML names
  std::vector<std::string> folders;  // of pictures, or of ONNX's test data
};
// What load_dataset(data) would read. Of data that cannot be read at all, what is known: loading them says what is
// wrong.
DataFiles files_of_data(const std::string& data);

}  // namespace quoin
