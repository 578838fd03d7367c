#include "engine/ort/search.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace quoin::ort {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

class SearchTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    root_ = fs::canonical(testing::TempDir()) / (std::string("quoin-search-") + info->name());
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  std::string touch(const std::string& path) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << "x";
    return (root_ / path).string();
  }
  std::string at(const std::string& path) const { return (root_ / path).string(); }

  fs::path root_;
};

TEST_F(SearchTest, TheCallersLibraryIsTheOnlyCandidate) {
  const Candidates found = find_candidates(
      {.library = "/a/lib.so", .variable = "/b/lib.so", .virtual_env = "", .path = "", .program = "/c"});
  EXPECT_THAT(found.files, ElementsAre("/a/lib.so"));
  EXPECT_THAT(found.empty_places, IsEmpty());
}

TEST_F(SearchTest, TheVariableComesNext) {
  Surroundings around;
  around.variable = "/b/lib.so";
  around.program = "/c";
  EXPECT_THAT(find_candidates(around).files, ElementsAre("/b/lib.so"));
}

TEST_F(SearchTest, WheelThenDepsThenSystem) {
  const std::string in_env = touch("env/lib/python3.11/site-packages/onnxruntime/capi/libonnxruntime.so.1.9.0");
  const std::string newer = touch("env/lib/python3.11/site-packages/onnxruntime/capi/libonnxruntime.so.1.32.0");
  touch("py/bin/python3");
  const std::string in_python = touch("py/lib/python3.12/site-packages/onnxruntime/capi/libonnxruntime.so.1.30.1");
  const std::string beside = touch("work/.deps/onnxruntime/lib/libonnxruntime.so.1");
  Surroundings around;
  around.virtual_env = at("env");
  around.path = at("none") + ":" + at("py/bin");
  around.program = at("work/build/dev");
  const Candidates found = find_candidates(around);
  EXPECT_THAT(found.files, ElementsAre(newer, in_python, beside, "libonnxruntime.so.1"));
}

TEST_F(SearchTest, NeverInTheCurrentFolder) {
  touch("here/.deps/onnxruntime/lib/libonnxruntime.so.1");
  touch("here/bin/python3");
  touch("here/lib/python3.12/site-packages/onnxruntime/capi/libonnxruntime.so.1.30.1");
  const fs::path before = fs::current_path();
  fs::current_path(root_ / "here");
  LibraryFiles files;
  files.in_deps = "onnxruntime/lib/libonnxruntime.so.1";
  files.in_wheel = "onnxruntime/capi/libonnxruntime.so.1.*";
  Surroundings around = surroundings(files, "");
  around.program = "";
  around.virtual_env = ".";
  around.path = "bin:.:";
  EXPECT_THAT(find_candidates(files, around).files, IsEmpty());
  fs::current_path(before);
}

TEST_F(SearchTest, APythonOfAVirtualEnvironmentIsAlsoFollowedToItsOrigin) {
  touch("base/bin/python3.11");
  const std::string origin = touch("base/lib/python3.11/site-packages/onnxruntime/capi/libonnxruntime.so.1.28.0");
  fs::create_directories(root_ / "venv" / "bin");
  fs::create_symlink(root_ / "base/bin/python3.11", root_ / "venv/bin/python3");
  const std::string own = touch("venv/lib/python3.11/site-packages/onnxruntime/capi/libonnxruntime.so.1.32.0");
  Surroundings around;
  around.path = at("venv/bin");
  EXPECT_THAT(find_candidates(around).files, ElementsAre(own, origin, "libonnxruntime.so.1"));
}

TEST_F(SearchTest, EmptyPlacesAreListed) {
  touch("py/bin/python3");
  fs::create_directories(root_ / "env/lib/python3.11/site-packages");
  Surroundings around;
  around.virtual_env = at("env");
  around.path = at("py/bin");
  around.program = at("work");
  const Candidates found = find_candidates(around);
  EXPECT_THAT(found.files, ElementsAre("libonnxruntime.so.1"));
  EXPECT_THAT(found.empty_places,
              Contains(at("env/lib/python3.11/site-packages/onnxruntime/capi/libonnxruntime.so.1.*")));
  EXPECT_THAT(found.empty_places, Contains(at("py/lib/python3*/site-packages")));
  EXPECT_THAT(found.empty_places, Contains(at("work/.deps/onnxruntime/lib/libonnxruntime.so.1")));
  EXPECT_THAT(found.empty_places, Contains("/.deps/onnxruntime/lib/libonnxruntime.so.1"));
}

TEST_F(SearchTest, AVersionInThePathsNameIsFoundAnywhere) {
  const LibraryFiles files{.variable = "QUOIN_OTHER",
                           .in_wheel = "other/libs/libother.so.*",
                           .in_deps = "other/lib/libother.so.*",
                           .system = {"libother.so", at("usr/lib/libother.so.*"), at("usr/lib64/libother.so.*")}};
  touch("work/.deps/other/lib/libother.so.900");
  const std::string beside = touch("work/.deps/other/lib/libother.so.2641");
  const std::string in_system = touch("usr/lib/libother.so.2500");
  touch("work/.deps/other/lib/libother.so");
  Surroundings around;
  around.program = at("work");
  const Candidates found = quoin::find_candidates(files, around);
  EXPECT_THAT(found.files, ElementsAre(beside, "libother.so", in_system));
  EXPECT_THAT(found.empty_places, Contains(at("usr/lib64/libother.so.*")));
}

TEST(VersionNumbers, AreComparedAsNumbers) {
  EXPECT_THAT(version_numbers("1.32.0"), ElementsAre(1, 32, 0));
  EXPECT_THAT(version_numbers("1.32.0-dev"), ElementsAre(1, 32, 0));
  EXPECT_THAT(version_numbers("none"), IsEmpty());
  EXPECT_GT(version_numbers("1.32.0"), version_numbers("1.9.0"));
}

TEST(VersionProblem, AnOlderLibraryIsNamed) {
  EXPECT_EQ(version_problem("1.20.1", 21), "is version 1.20.1, but 1.21 or newer is needed");
  EXPECT_EQ(version_problem("1.21.0", 21), "");
  EXPECT_EQ(version_problem("1.32.0", 21), "");
  EXPECT_EQ(version_problem("2.0.0", 21), "");
  EXPECT_EQ(version_problem("unknown", 21), "is version unknown, but 1.21 or newer is needed");
}

}  // namespace
}  // namespace quoin::ort
