#include "base/read_file.h"

#include <sys/stat.h>

#include "files.h"

namespace quoin {
namespace {

using ReadFileTest = FilesTest;

std::string read(const std::string& path, uint64_t most = kMostText) {
  return read_whole_file(path, "the plan", "check the path", most);
}

TEST_F(ReadFileTest, GivesAllBytes) {
  const std::string bytes = std::string("a\0b", 3) + std::string(3 << 20, 'x');
  EXPECT_EQ(read(make("file", bytes)), bytes);
  EXPECT_EQ(read(make("empty", "")), "");
  EXPECT_EQ(read(make("just", "1234"), 4), "1234");
}

TEST_F(ReadFileTest, WhatHasNoEndIsRefused) {
  EXPECT_EQ(message_of([&] { read(make("long", "12345"), 4); }), "the plan cannot be read: it has more than 4 bytes");
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_EQ(message_of([&] { read(at("pipe")); }), "the plan cannot be read: it is a pipe, a device or a socket");
  std::filesystem::create_symlink("/dev/zero", at("zero"));
  EXPECT_EQ(message_of([&] { read(at("zero")); }), "the plan cannot be read: it is a pipe, a device or a socket");
  EXPECT_EQ(message_of([&] { read(folder_.string()); }), "the plan cannot be read: it is a folder");
}

TEST_F(ReadFileTest, NamesTheFileAndTheRemedy) {
  try {
    read(at("nothing"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    EXPECT_EQ(error.message(), "the plan cannot be read: No such file or directory");
    EXPECT_EQ(error.remedy(), "check the path");
    EXPECT_EQ(error.where(), at("nothing"));
  }
}

// A file that says it is empty, and is not.
TEST_F(ReadFileTest, SizesAreNotBelieved) { EXPECT_NE(read("/proc/self/status").find("State:"), std::string::npos); }

// Its read fails in the middle of being a file: EIO, as of a broken disk.
TEST_F(ReadFileTest, AFailingReadIsAnError) {
  EXPECT_EQ(message_of([] { read("/proc/self/mem"); }), "the plan cannot be read: Input/output error");
}

}  // namespace
}  // namespace quoin
