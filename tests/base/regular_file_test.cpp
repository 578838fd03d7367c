#include "base/regular_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "quoin/error.h"

namespace quoin {
namespace {

TEST(RegularFile, NothingElseIsOpened) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "quoin_regular_file";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "file") << "four";
  EXPECT_EQ(RegularFile((folder / "file").string()).size(), 4U);
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  std::filesystem::create_symlink("/dev/zero", folder / "zero");
  const auto message = [&](const std::string& name) {
    try {
      const RegularFile file((folder / name).string());
      return std::string();
    } catch (const Error& error) {
      EXPECT_EQ(error.where(), (folder / name).string());
      return error.message();
    }
  };
  EXPECT_EQ(message("pipe"), "the file cannot be read: it is a pipe, a device or a socket");
  EXPECT_EQ(message("zero"), "the file cannot be read: it is a pipe, a device or a socket");
  EXPECT_EQ(message("."), "the file cannot be read: it is a folder");
  EXPECT_EQ(message("none"), "the file cannot be read: No such file or directory");
  EXPECT_EQ(message(std::string(300, 'n')), "the file cannot be read: File name too long");
}

}  // namespace
}  // namespace quoin
