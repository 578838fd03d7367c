#include <fstream>

#include "engine/openvino/port_names.h"
#include "onnxruntime.h"

namespace quoin::openvino {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kModel[] = R"(
<ir_version: 3, opset_import: ["" : 9]>
g (float[3] first, float[3] weight, float[3] second) => (float[3] y, float[3] z) <float[3] weight = {1, 2, 3}>
{ y = Add(first, weight) z = Add(y, second) }
)";

TEST(PortNames, AreReadWithoutTheInitializers) {
  const PortNames names = read_port_names(model_bytes(kModel));
  EXPECT_THAT(names.inputs, ElementsAre("first", "second"));
  EXPECT_THAT(names.outputs, ElementsAre("y", "z"));
}

TEST(PortNames, AreReadFromAFile) {
  const std::string path = testing::TempDir() + "quoin-port-names.onnx";
  std::ofstream(path, std::ios::binary) << model_bytes(kModel);
  EXPECT_THAT(read_port_names_of_file(path).inputs, ElementsAre("first", "second"));
  std::remove(path.c_str());
  const Error error = error_of([&] { read_port_names_of_file(path); });
  EXPECT_EQ(error.message(), "the model file '" + path + "' cannot be read");
}

TEST(PortNames, WhatIsNoModelIsRefused) {
  const std::string model = model_bytes(kModel);
  const std::string message = "the model is not an ONNX model: its inputs and outputs cannot be read";
  EXPECT_EQ(error_of([] { read_port_names(""); }).message(), message);
  EXPECT_EQ(error_of([] { read_port_names("<net name=\"x\"/>"); }).message(), message);
  EXPECT_EQ(error_of([] { read_port_names("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"); }).message(), message);
  // Cut anywhere, it is refused or read; nothing is read beyond the end.
  for (size_t size = 0; size < model.size(); ++size) {
    try {
      read_port_names(std::string(model, 0, size));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    }
  }
}

TEST(MatchInputs, ByNameThenByOrder) {
  EXPECT_THAT(match_inputs({"a", "b"}, {"a", "b"}).ports, ElementsAre("a", "b"));
  EXPECT_THAT(match_inputs({"a", "b"}, {"a", "b"}).dropped, IsEmpty());
  EXPECT_THAT(match_inputs({"a", "b", "c"}, {"y", "b", "z"}).ports, ElementsAre("a", "b", "c"));
  const NamedInputs fewer = match_inputs({"a", "b"}, {"b"});
  EXPECT_THAT(fewer.ports, ElementsAre("b"));
  EXPECT_THAT(fewer.dropped, ElementsAre("a"));
}

TEST(MatchInputs, WhatCannotBeToldIsRefused) {
  const Error error = error_of([] { match_inputs({"a", "b", "c"}, {"y", "b"}); });
  EXPECT_EQ(error.code(), ErrorCode::kBadInput);
  EXPECT_EQ(error.message(),
            "OpenVINO takes 2 of the model's inputs and renames some; of a, c it cannot be told which");
}

}  // namespace
}  // namespace quoin::openvino
