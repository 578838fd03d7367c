#include <gtest/gtest.h>

#include "files.h"
#include "quoin/dataset.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

using test::message_of;
using test::temp_path;
using test::write_file;

// A serialized TensorProto of floats: dims (field 1), data_type (2), name (8), raw_data (9).
std::string tensor_proto(const std::vector<float>& values, const std::string& name = "") {
  std::string bytes;
  for (const size_t dim : {size_t{1}, values.size()}) bytes += std::string("\x08") + static_cast<char>(dim);
  bytes += std::string("\x10\x01");
  if (!name.empty()) bytes += std::string("\x42") + static_cast<char>(name.size()) + name;
  bytes += std::string("\x4a") + static_cast<char>(values.size() * sizeof(float));
  return bytes + std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
}

Graph two_inputs() {
  return parse_text(
      "<ir_version: 8, opset_import: [\"\": 13]> g (float[N,2] a, float[N,2] input_0) => (float[N,2] y) { y = Add(a, "
      "input_0) }");
}

TEST(TestData, FeedsByPosition) {
  std::filesystem::remove_all(temp_path("one_set"));
  // Names in the files do not count, nor those of the model's inputs.
  write_file("one_set/input_0.pb", tensor_proto({1, 2}, "something"));
  write_file("one_set/input_1.pb", tensor_proto({3, 4}));
  write_file("one_set/output_0.pb", tensor_proto({4, 6}));
  const Dataset data = load_dataset(temp_path("one_set"));
  EXPECT_EQ(data.size(), 1u);
  const Sample sample = data.bind(two_inputs()).sample(0);
  ASSERT_EQ(sample.inputs.size(), 2u);
  EXPECT_EQ(sample.inputs[0].first, "a");
  EXPECT_EQ(sample.inputs[0].second.to_floats(), (std::vector<float>{1, 2}));
  EXPECT_EQ(sample.inputs[1].first, "input_0");
  EXPECT_EQ(sample.inputs[1].second.to_floats(), (std::vector<float>{3, 4}));
}

TEST(TestData, AFolderOfSetsIsASampleEach) {
  std::filesystem::remove_all(temp_path("sets"));
  for (const int set : {0, 2, 10})
    write_file("sets/test_data_set_" + std::to_string(set) + "/input_0.pb", tensor_proto({static_cast<float>(set)}));
  const Dataset data = load_dataset(temp_path("sets"));
  ASSERT_EQ(data.size(), 3u);
  EXPECT_EQ(data.sample(1).inputs.at(0).second.to_floats()[0], 2);
  EXPECT_EQ(data.sample(2).inputs.at(0).second.to_floats()[0], 10);
}

TEST(TestData, NamesABrokenFile) {
  std::filesystem::remove_all(temp_path("broken_set"));
  const std::string path = write_file("broken_set/input_0.pb", "\xff\xff\xff");
  EXPECT_EQ(test::error_of([&] { load_dataset(temp_path("broken_set")).sample(0); }),
            "this is not a serialized TensorProto | write it with onnx.numpy_helper.from_array | " + path);
  write_file("broken_set/input_0.pb", tensor_proto({1, 2}).substr(0, 8) + std::string("\x4a\x04", 2) + "abcd");
  EXPECT_NE(message_of([&] { load_dataset(temp_path("broken_set")).sample(0); }), "");
}

}  // namespace
}  // namespace quoin
