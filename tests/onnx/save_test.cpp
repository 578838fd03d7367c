#include <sys/stat.h>

#include "common.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

Graph small() {
  return parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) <float[2] w = {1, 2}> { [add] y = Add(x, w) })");
}

size_t files_in(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), {}));
}

TEST(Save, WritesWhatSerializeGives) {
  const fs::path path = test_folder() / "m.onnx";
  save(small(), path.string());
  EXPECT_EQ(read_file(path), serialize(small()));
  const Graph graph = load(path.string());
  EXPECT_EQ(graph.file_info().path, path.string());
  EXPECT_EQ(files_in(path.parent_path()), 1u);
}

TEST(Save, ReplacesAFileAndLeavesNothingElse) {
  const fs::path path = test_folder() / "m.onnx";
  write_file(path, "before");
  save(small(), path.string());
  EXPECT_EQ(read_file(path), serialize(small()));
  save(small(), path.string(), {.external_tensor_bytes = 1, .external_above = 0});
  save(small(), path.string(), {.external_tensor_bytes = 1, .external_above = 0});
  EXPECT_EQ(files_in(path.parent_path()), 2u);
}

TEST(Save, FailureLeavesNothing) {
  const fs::path folder = test_folder();
  const std::string path = (folder / "none" / "m.onnx").string();
  const Error error = error_of([&] { save(small(), path); });
  EXPECT_EQ(error.code(), ErrorCode::kUsage);
  EXPECT_EQ(error.message(), "the file cannot be written: No such file or directory");
  EXPECT_EQ(error.remedy(), "make its folder first");
  EXPECT_EQ(error.where(), path);
  EXPECT_EQ(files_in(folder), 0u);
}

TEST(Save, AFolderInTheWayIsKept) {
  const fs::path folder = test_folder();
  fs::create_directory(folder / "m.onnx");
  EXPECT_EQ(error_of([&] { save(small(), (folder / "m.onnx").string()); }).message(),
            "the file cannot be written: Is a directory");
  EXPECT_EQ(files_in(folder), 1u);
}

TEST(Save, FailureAfterTheDataFileTakesItBack) {
  const fs::path folder = test_folder();
  fs::create_directory(folder / "m.onnx");
  write_file(folder / "m.onnx.data", "before");
  error_of([&] { save(small(), (folder / "m.onnx").string(), {.external_tensor_bytes = 1, .external_above = 0}); });
  EXPECT_EQ(read_file(folder / "m.onnx.data"), "before");
  EXPECT_EQ(files_in(folder), 2u);
  fs::remove(folder / "m.onnx.data");
  error_of([&] { save(small(), (folder / "m.onnx").string(), {.external_tensor_bytes = 1, .external_above = 0}); });
  EXPECT_EQ(files_in(folder), 1u);
}

TEST(Save, AnOldPairIsWholeUntilTheNewOneIs) {
  const fs::path folder = test_folder(), path = folder / "m.onnx";
  const SaveOptions external{.external_tensor_bytes = 1, .external_above = 0};
  save(small(), path.string(), external);
  const std::string data = read_file(folder / "m.onnx.data");
  const Graph other = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) <float[2] w = {3, 4}> { [add] y = Add(x, w) })");
  // As if it had been ended between the two: the new model is not in its place, and the old one reads its own weights.
  fs::create_hard_link(path, folder / "kept");
  fs::create_hard_link(folder / "m.onnx.data", folder / "kept.data");
  save(other, path.string(), external);
  EXPECT_EQ(read_file(folder / "kept.data"), data);
  EXPECT_EQ(load(path.string()).find_value("w")->constant()->to_floats(), (std::vector<float>{3, 4}));
  // The data of the model that was replaced went with it; others' stay.
  EXPECT_FALSE(fs::exists(folder / "m.onnx.data"));
  EXPECT_EQ(files_in(folder), 4u);
  // The same again gives the same names.
  const std::string bytes = read_file(path);
  save(other, path.string(), external);
  EXPECT_EQ(read_file(path), bytes);
  EXPECT_EQ(files_in(folder), 4u);
}

TEST(Save, NeverTakesAnotherModelsData) {
  const fs::path folder = test_folder();
  write_file(folder / "m.onnx.data", "of another");
  save(small(), (folder / "m.onnx").string(), {.external_tensor_bytes = 1, .external_above = 0});
  EXPECT_EQ(read_file(folder / "m.onnx.data"), "of another");
  EXPECT_EQ(load((folder / "m.onnx").string()).find_value("w")->constant()->to_floats(), (std::vector<float>{1, 2}));
}

// Reading it to compare would wait for somebody who writes.
TEST(Save, DoesNotWaitForAPipeInThePlaceOfItsData) {
  const fs::path folder = test_folder();
  ASSERT_EQ(mkfifo((folder / "m.onnx.data").c_str(), 0600), 0);
  save(small(), (folder / "m.onnx").string(), {.external_tensor_bytes = 1, .external_above = 0});
  EXPECT_TRUE(fs::is_fifo(folder / "m.onnx.data"));
  EXPECT_EQ(load((folder / "m.onnx").string()).find_value("w")->constant()->to_floats(), (std::vector<float>{1, 2}));
}

TEST(Save, KeepsTheUsersMask) {
  const fs::path path = test_folder() / "m.onnx";
  const mode_t before = umask(022);
  save(small(), path.string());
  umask(before);
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777u, 0644u);
}

}  // namespace
}  // namespace quoin
