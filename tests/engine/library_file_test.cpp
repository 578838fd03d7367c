#include "engine/library_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace quoin {
namespace {

namespace fs = std::filesystem;
using testing::StartsWith;

class LibraryFile : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  std::string put(const std::string& name, const std::string& bytes) const {
    std::ofstream(folder_ / name, std::ios::binary) << bytes;
    return (folder_ / name).string();
  }
  const fs::path folder_ = fs::path(testing::TempDir()) / "quoin_library_file";
};

TEST_F(LibraryFile, AWholeOneIsTaken) { EXPECT_EQ(library_problem("/proc/self/exe"), ""); }

// The loader would map what is not there, and the process die of SIGBUS.
TEST_F(LibraryFile, OneCutShortIsRefused) {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  const std::string whole = text.str();
  for (const size_t size : {whole.size() - 1, whole.size() / 2, size_t{100}, size_t{64}})
    EXPECT_THAT(library_problem(put("cut.so", whole.substr(0, size))), StartsWith("is cut short: it has ")) << size;
}

TEST_F(LibraryFile, WhatIsNoLibraryIsRefused) {
  EXPECT_EQ(
      library_problem(put("text.so", "not a library, but long enough to have a header of ELF's length, which has 64")),
      "is no shared library");
  EXPECT_EQ(library_problem(put("empty.so", "")), "is no shared library");
  ASSERT_EQ(::mkfifo((folder_ / "pipe.so").c_str(), 0600), 0);
  EXPECT_EQ(library_problem((folder_ / "pipe.so").string()), "is no regular file");
  EXPECT_EQ(library_problem(folder_.string()), "is no regular file");
}

// The loader's business.
TEST_F(LibraryFile, NamesWithoutAFolderAndMissingFilesAreTheLoaders) {
  EXPECT_EQ(library_problem("libonnxruntime.so.1"), "");
  EXPECT_EQ(library_problem((folder_ / "none.so").string()), "");
}

}  // namespace
}  // namespace quoin
