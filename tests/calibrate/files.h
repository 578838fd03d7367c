// Files that the tests read and write.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "quoin/error.h"

namespace quoin::test {

inline std::string data_path(const std::string& name) {
  return std::string(QUOIN_SOURCE_DIR) + "/tests/calibrate/data/" + name;
}

// A file of this test program alone.
inline std::string temp_path(const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "quoin_calibrate";
  std::filesystem::create_directories(folder);
  return (folder / name).string();
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::string write_file(const std::string& name, const std::string& content) {
  const std::string path = temp_path(name);
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
  return path;
}

inline std::string shared_data() { return std::string(QUOIN_SOURCE_DIR) + "/../shared/data"; }

// The error that `work` throws, as "message | remedy | where"; "" where it throws none.
template <typename Work>
std::string error_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.message() + " | " + error.remedy() + " | " + error.where();
  }
  return "";
}

template <typename Work>
std::string message_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace quoin::test
