#include "base/output_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "files.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class OutputFileTest : public FilesTest {
 protected:
  mode_t permissions(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(::stat(at(name).c_str(), &status), 0);
    return status.st_mode & 07777;
  }
};

TEST_F(OutputFileTest, TakesItsPlaceWhole) {
  make("m", "old");
  {
    OutputFile file(at("m"));
    file.write("new and ");
    EXPECT_EQ(bytes_of("m"), "old");
    EXPECT_EQ(names().size(), 2u);
    file.write("longer");
    file.finish();
  }
  EXPECT_EQ(bytes_of("m"), "new and longer");
  EXPECT_THAT(names(), ElementsAre("m"));
}

TEST_F(OutputFileTest, WithoutFinishNothingChanges) {
  make("m", "old");
  { OutputFile(at("m")).write("new"); }
  EXPECT_EQ(bytes_of("m"), "old");
  EXPECT_THAT(names(), ElementsAre("m"));
}

TEST_F(OutputFileTest, KeepsPermissionsAndAMaskForNewOnes) {
  make("old", "x");
  fs::permissions(at("old"), fs::perms::owner_read | fs::perms::owner_write | fs::perms::others_read);
  const mode_t before = ::umask(027);
  write_whole_file(at("old"), "y");
  write_whole_file(at("new"), "y");
  ::umask(before);
  EXPECT_EQ(permissions("old"), 0604u);
  EXPECT_EQ(permissions("new"), 0640u);
}

TEST_F(OutputFileTest, ALinkIsFollowed) {
  make("real", "old");
  fs::create_symlink("real", at("link"));
  fs::create_symlink("not there yet", at("dangling"));
  write_whole_file(at("link"), "new");
  write_whole_file(at("dangling"), "made");
  EXPECT_TRUE(fs::is_symlink(at("link")));
  EXPECT_EQ(bytes_of("real"), "new");
  EXPECT_EQ(bytes_of("not there yet"), "made");
}

TEST_F(OutputFileTest, ALinkThatGoesRoundIsRefused) {
  fs::create_symlink("b", at("a"));
  fs::create_symlink("a", at("b"));
  EXPECT_THAT(message_of([&] { OutputFile file(at("a")); }), HasSubstr("the file cannot be written: "));
}

TEST_F(OutputFileTest, TheLongestNameIsTaken) {
  const std::string name(255, 'n');
  write_whole_file(at(name), "x");
  EXPECT_EQ(bytes_of(name), "x");
  EXPECT_EQ(message_of([&] { check_can_write(at(name + "n")); }), "the file cannot be written: File name too long");
}

TEST_F(OutputFileTest, ADeviceIsWrittenIntoAndStays) {
  if (::mknod(at("null").c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0) GTEST_SKIP() << "no right to make a device";
  if (::access(at("null").c_str(), W_OK) != 0 || std::ofstream(at("null")).fail())
    GTEST_SKIP() << "devices are off here";
  write_whole_file(at("null"), "gone");
  EXPECT_TRUE(fs::is_character_file(at("null")));
  EXPECT_THAT(names(), ElementsAre("null"));
}

TEST_F(OutputFileTest, APipeIsWrittenInto) {
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  std::string got;
  std::thread reader([&] { got = bytes_of("pipe"); });
  write_whole_file(at("pipe"), "through");
  reader.join();
  EXPECT_EQ(got, "through");
  EXPECT_TRUE(fs::is_fifo(at("pipe")));
  check_can_write(at("pipe"));  // without opening it
}

TEST_F(OutputFileTest, ADescriptorOfOurOwnIsWrittenInto) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  // Full, and not waiting: the writer waits itself.
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  const std::string much(size_t{1} << 20, 'x');
  size_t got = 0;
  std::thread reader([&] {
    char buffer[4096];
    for (ssize_t count = 0; (count = ::read(ends[0], buffer, sizeof(buffer))) > 0;) got += static_cast<size_t>(count);
  });
  write_whole_file("/proc/self/fd/" + std::to_string(ends[1]), much);
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  EXPECT_EQ(got, much.size());
}

TEST_F(OutputFileTest, WhatCannotBeWrittenSaysWhy) {
  fs::create_directory(at("folder"));
  make("file", "x");
  EXPECT_EQ(message_of([&] { OutputFile file(at("folder")); }), "the file cannot be written: Is a directory");
  EXPECT_EQ(message_of([&] { OutputFile file(at("none/m")); }),
            "the file cannot be written: No such file or directory");
  EXPECT_EQ(message_of([&] { OutputFile file(at("file/m")); }), "the file cannot be written: Not a directory");
  EXPECT_EQ(message_of([] { OutputFile file(""); }), "the file cannot be written: No such file or directory");
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string place = "quoin_socket_" + std::to_string(::getpid());  // its name must be short
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  place.copy(address.sun_path, sizeof(address.sun_path) - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(message_of([&] { OutputFile file(place); }), "the file cannot be written: it is a socket");
  fs::current_path(before);
  ::close(socket);
}

TEST_F(OutputFileTest, AFileLargerThanAllowedIsAnError) {
  make("m", "old");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);  // as the command does
  const rlimit small{1024, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message = message_of([&] { write_whole_file(at("m"), std::string(4096, 'x')); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, "the file cannot be written: File too large");
  EXPECT_EQ(bytes_of("m"), "old");
  EXPECT_THAT(names(), ElementsAre("m"));
}

TEST_F(OutputFileTest, TwoAtOnceDoNotMeet) {
  OutputFile first(at("m")), second(at("m"));
  first.write("1");
  second.write("2");
  second.finish();
  first.finish();
  EXPECT_EQ(bytes_of("m"), "1");
  EXPECT_THAT(names(), UnorderedElementsAre("m"));
}

TEST_F(OutputFileTest, TheFileThatIsReplacedIsKnownBefore) {
  fs::create_directory(at("sub"));
  fs::create_symlink("sub/m", at("link"));
  EXPECT_EQ(written_path(at("link")), (fs::canonical(folder_) / "sub" / "m").string());
  EXPECT_EQ(written_path(at("sub/../m")), (fs::canonical(folder_) / "m").string());
}

}  // namespace
}  // namespace quoin
