#include <gmock/gmock.h>

#include <fstream>

#include "engine/tensorrt/program.h"
#include "onnxruntime.h"
#include "tensorrt_standin.h"

namespace quoin::tensorrt {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TensorrtSearch : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::canonical(testing::TempDir()) / "quoin-tensorrt-search";
    fs::remove_all(root_);
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }
  std::string touch(const std::string& path) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << "x";
    return at(path);
  }
  std::string at(const std::string& path) const { return (root_ / path).string(); }

  fs::path root_;
};

TEST_F(TensorrtSearch, WhatWasAskedForIsTheOnlyPlace) {
  Surroundings around;
  around.path = at("bin");
  around.variable = "/b/python3";
  EXPECT_THAT(find_places(around, {}).programs, ElementsAre("/b/python3"));
  around.library = "/a/trtexec";
  const Places places = find_places(around, {});
  EXPECT_THAT(places.programs, ElementsAre("/a/trtexec"));
  EXPECT_THAT(places.empty, IsEmpty());
}

TEST_F(TensorrtSearch, PathThenInstallationsThenDepsThenPythonsWithThePackage) {
  const std::string in_path = touch("bin/trtexec"), installed = touch("opt/tensorrt/bin/trtexec"),
                    in_deps = touch("work/.deps/tensorrt/bin/trtexec");
  touch("env/lib/python3.11/site-packages/tensorrt/__init__.py");
  const std::string python = touch("env/bin/python3");
  Surroundings around;
  around.path = at("none") + ":" + at("bin");
  around.virtual_env = at("env");
  around.program = at("work/build/dev");
  const Places places = find_places(around, {at("usr/bin"), at("opt/tensorrt/bin")});
  EXPECT_THAT(places.programs, ElementsAre(in_path, installed, in_deps, python));
  EXPECT_THAT(places.empty, AllOf(Contains(at("none/trtexec")), Contains(at("usr/bin/trtexec"))));
}

TEST(TensorrtVersion, IsReadFromTheBanner) {
  EXPECT_EQ(version_in("&&&& RUNNING TensorRT.trtexec [TensorRT v100300] # trtexec --help"), "10.3.0");
  EXPECT_EQ(version_in("&&&& RUNNING TensorRT.trtexec [TensorRT v110100] [b32] # trtexec --help"), "11.1.0");
  EXPECT_EQ(version_in("&&&& RUNNING TensorRT.trtexec [TensorRT v101303] [b9] #"), "10.13.3");
  EXPECT_EQ(version_in("&&&& RUNNING TensorRT.trtexec [TensorRT v8601] # trtexec --help"), "8.6.1");
  EXPECT_EQ(version_in("trtexec: command not found"), "");
}

TEST(TensorrtProgram, TheErrorListsEveryPlaceAndWhatIsWrongThere) {
  if (!Standin::can_run()) GTEST_SKIP() << "python3 is not on PATH";
  const Standin old(8601);
  const TemporaryFolder folder("quoin-test");
  const fs::path silent = folder.path() / "silent";
  std::ofstream(silent) << "#!/bin/sh\necho libnvinfer.so.10: cannot open >&2\nexit 3\n";
  fs::permissions(silent, fs::perms::owner_all);
  const Error error = error_of([&] {
    open_program({{old.path(), silent.string(), "/none/trtexec"}, {"/usr/none/trtexec"}}, folder.path(), 60);
  });
  EXPECT_EQ(error.code(), ErrorCode::kMissingRuntime);
  EXPECT_EQ(error.message(), "no TensorRT was found, neither trtexec nor its Python package; tried:\n  " + old.path() +
                                 " is TensorRT 8.6.1, but 10.0 or newer is needed\n  " + silent.string() +
                                 " ended with 3 and did not say which TensorRT it is:  libnvinfer.so.10: cannot open\n"
                                 "  /none/trtexec is not there\n  /usr/none/trtexec is not there");
  EXPECT_THAT(error.remedy(), HasSubstr("Without it no TensorRT latency can be measured."));
}

}  // namespace
}  // namespace quoin::tensorrt
