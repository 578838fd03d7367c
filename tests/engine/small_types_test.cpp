// Element types that came last: ONNX Runtime numbers them in another order than ONNX.
#include "engine/onnxruntime.h"

namespace quoin {
namespace {

class SmallTypes : public OnnxRuntimeTest {};

TEST_F(SmallTypes, AreFedAsWhatTheyAre) {
  for (const DataType type : {DataType::kUint2, DataType::kInt2, DataType::kUint4, DataType::kInt4}) {
    const std::string name(to_string(type));
    const auto session =
        onnxruntime()->open_bytes(model_bytes("<ir_version: 13, opset_import: [\"\" : 25]>\ng (" + name +
                                              "[4] x) => (float[4] y) {\n  y = Cast <to = 1> (x)\n}\n"));
    EXPECT_EQ(session->inputs().at(0).type, type) << name;
    const bool half_bytes = bit_width(type) == 4;
    const NamedTensors outputs =
        session->run({{"x", Tensor(type, {4}, half_bytes ? std::string("\x10\x01", 2) : std::string("\x14", 1))}});
    // 0, 1, 1, 0 in halves of bytes; 0, 1, 1, 0 in quarters.
    EXPECT_THAT(outputs.at(0).second.to_floats(), testing::ElementsAre(0, 1, 1, 0)) << name;
  }
}

}  // namespace
}  // namespace quoin
