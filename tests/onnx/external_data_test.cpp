#include "common.h"
#include "wire.h"

namespace quoin {
namespace {

namespace fs = std::filesystem;

// A model whose initializer 'w' of two floats is external.
std::string model_with(const std::string& location, const std::string& offset = "", const std::string& length = "") {
  std::string tensor = wire::number(1, 2) + wire::number(2, 1) + wire::bytes(8, "w") + wire::number(14, 1);
  if (!location.empty()) tensor += wire::entry(13, "location", location);
  if (!offset.empty()) tensor += wire::entry(13, "offset", offset);
  if (!length.empty()) tensor += wire::entry(13, "length", length);
  return wire::model(wire::node(wire::bytes(1, "x") + wire::op("Add", "w", "y")) + wire::initializer(tensor) +
                     wire::input("x") +
                     wire::bytes(12, wire::bytes(1, "y") + wire::bytes(2, wire::bytes(1, wire::number(1, 1)))));
}

class ExternalData : public testing::Test {
 protected:
  std::string put(const std::string& bytes) const {
    write_file(folder_ / "m.onnx", bytes);
    return (folder_ / "m.onnx").string();
  }
  void expect_refused(const std::string& bytes, const std::string& message) const {
    const std::string path = put(bytes);
    const Error error = error_of([&] { load(path); });
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    EXPECT_EQ(error.message(), "the initializer 'w': " + message);
    EXPECT_EQ(error.where(), path);
    EXPECT_NE(error.remedy(), "");
  }
  const fs::path folder_ = test_folder();
  const std::string data_ = std::string(4, 'z') + std::string("\0\0\x80\x3f\0\0\0\x40", 8);  // 1, 2 from byte 4 on
};

TEST_F(ExternalData, IsRead) {
  write_file(folder_ / "w.bin", data_);
  const Graph graph = load(put(model_with("w.bin", "4", "8")));
  EXPECT_EQ(graph.find_value("w")->constant()->to_floats(), (std::vector<float>{1, 2}));
  fs::create_directory(folder_ / "sub");
  write_file(folder_ / "sub" / "w.bin", data_);
  EXPECT_EQ(load(put(model_with("sub/w.bin", "4"))).find_value("w")->constant()->to_floats(),
            (std::vector<float>{1, 2}));
}

TEST_F(ExternalData, FromMemoryWithAPath) {
  write_file(folder_ / "w.bin", data_);
  const Graph graph = load_bytes(model_with("w.bin", "4", "8"), (folder_ / "m.onnx").string());
  EXPECT_EQ(graph.find_value("w")->constant()->to_floats(), (std::vector<float>{1, 2}));
}

TEST_F(ExternalData, ALinkInsideTheFolderIsFollowed) {
  write_file(folder_ / "w.bin", data_);
  fs::create_symlink("w.bin", folder_ / "link.bin");
  EXPECT_TRUE(load(put(model_with("link.bin", "4"))).find_value("w")->constant());
}

// As a hub's cache has them: snapshots of links to blobs.
TEST_F(ExternalData, OfALinkedModelMayBeWhereTheModelIs) {
  fs::create_directories(folder_ / "blobs");
  fs::create_directories(folder_ / "snapshot");
  fs::create_directories(folder_ / "elsewhere");
  write_file(folder_ / "blobs" / "a1", model_with("w.bin", "4"));
  write_file(folder_ / "blobs" / "b2", data_);
  write_file(folder_ / "elsewhere" / "c3", data_);
  const fs::path model = folder_ / "snapshot" / "m.onnx", data = folder_ / "snapshot" / "w.bin";
  fs::create_symlink("../blobs/a1", model);
  fs::create_symlink("../blobs/b2", data);
  EXPECT_EQ(load(model.string()).find_value("w")->constant()->to_floats(), (std::vector<float>{1, 2}));
  // Somewhere else than the model's own blob.
  fs::remove(data);
  fs::create_symlink("../elsewhere/c3", data);
  EXPECT_EQ(error_of([&] { load(model.string()); }).message(),
            "the initializer 'w': its external data 'w.bin' is a link that leaves the model's folder");
  // Nor does a model that is no link reach out.
  fs::remove(model);
  fs::copy_file(folder_ / "blobs" / "a1", model);
  fs::remove(data);
  fs::create_symlink("../blobs/b2", data);
  EXPECT_EQ(error_of([&] { load(model.string()); }).message(),
            "the initializer 'w': its external data 'w.bin' is a link that leaves the model's folder");
}

TEST_F(ExternalData, OfALinkedModelIsFoundBesideTheRealOne) {
  fs::create_directories(folder_ / "real");
  write_file(folder_ / "real" / "m.onnx", model_with("w.bin", "4"));
  write_file(folder_ / "real" / "w.bin", data_);
  fs::create_symlink("real/m.onnx", folder_ / "link.onnx");
  EXPECT_TRUE(load((folder_ / "link.onnx").string()).find_value("w")->constant());
}

TEST_F(ExternalData, MustStayInTheFolder) {
  const fs::path outside = folder_.parent_path() / "outside.bin";
  write_file(outside, data_);
  expect_refused(model_with("../outside.bin", "4"), "its external data '../outside.bin' is outside the model's folder");
  expect_refused(model_with("sub/../../outside.bin", "4"),
                 "its external data 'sub/../../outside.bin' is outside the model's folder");
  expect_refused(model_with(outside.string(), "4"),
                 "its external data is at the absolute path '" + outside.string() + "'");
  fs::create_symlink(outside, folder_ / "link.bin");
  expect_refused(model_with("link.bin", "4"), "its external data 'link.bin' is a link that leaves the model's folder");
  fs::create_directory_symlink(folder_.parent_path(), folder_ / "up");
  expect_refused(model_with("up/outside.bin", "4"),
                 "its external data 'up/outside.bin' is a link that leaves the model's folder");
}

TEST_F(ExternalData, MustBeThere) {
  expect_refused(model_with("none.bin"), "its external data file 'none.bin' does not exist");
  fs::create_directory(folder_ / "folder");
  expect_refused(model_with("folder"), "its external data file 'folder' cannot be opened");
  expect_refused(model_with(""), "its external data has no location");
}

TEST_F(ExternalData, RangesMustFit) {
  write_file(folder_ / "w.bin", data_);
  expect_refused(model_with("w.bin", "8", "8"), "its external data is bytes 8 to 16 of 'w.bin', which has 12 bytes");
  expect_refused(model_with("w.bin", "18446744073709551615"),
                 "its external data is bytes 18446744073709551615 to 7 of 'w.bin', which has 12 bytes");
  expect_refused(model_with("w.bin", "0", "12"), "type and shape need 8 bytes, but its external data has 12");
  expect_refused(model_with("w.bin", "-4"), "the offset '-4' of its external data is not a number");
  expect_refused(model_with("w.bin", "0", "99999999999999999999"),
                 "the length '99999999999999999999' of its external data is not a number");
}

TEST_F(ExternalData, IsWrittenBesideLargeModels) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2] x) => (float[2] y) <float[2] w = {1, 2}, float s = {3}> { c = Constant<value = float[2] {4, 5}>()  h = Add(x, w)  i = Add(h, c)  y = Mul(i, s) })");
  const fs::path path = folder_ / "big.onnx";
  save(graph, path.string(), {.external_tensor_bytes = 8, .external_above = 0});
  EXPECT_EQ(fs::file_size(folder_ / "big.onnx.data"), 64u + 8u);
  expect_same(graph, load(path.string()));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 2);
}

}  // namespace
}  // namespace quoin
