// What ONNX Runtime makes of float graphs otherwise than ONNX's inference or the graph say (docs/targets.md).
#include "conformance/qdq_graph.h"
#include "quoin/error.h"
#include "quoin/model_io.h"

namespace quoin {
namespace {

class OnnxRuntimeFloat : public OnnxRuntimeTest {};

// Its MatMulScaleFusion takes both factors along and leaves the second product without its input. `verify` of what was
// made for another runtime runs such a float model without optimizations.
TEST_F(OnnxRuntimeFloat, TwoFactorsInARowWhoseFirstIsReadByAnotherProductAreRefused) {
  const std::string bytes = serialize(parse_text(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[2,2] a, float[2,2] b) => (float[2,2] y) <float s = {0.5}, float t = {0.25}> {
      m = Mul(a, s)  n = Mul(m, t)  u = MatMul(n, b)  y = MatMul(u, m) })"));
  EXPECT_NO_THROW(onnxruntime()->open_bytes(bytes, {.level = OptimizationLevel::kBasic}));
  try {
    onnxruntime()->open_bytes(bytes);
    FAIL() << "mended: open_reference (measure/verify) can go";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCheckFailed);
    EXPECT_THAT(error.message(), testing::HasSubstr("Node input 'm' is not a graph input"));
  }
}

// The last window of a pool with ceil_mode begins in the padding behind the input.
std::string pool(const std::string& op, int opset) {
  return serialize(
      parse_text(fmt::format("<ir_version: 8, opset_import: [\"\" : {}]> g (float[1,1,8,8] x) => "
                             "(float[a,b,c,d] y) {{ y = {} <ceil_mode = 1, kernel_shape = [3, 3], "
                             "strides = [3, 3], pads = [1, 1, 1, 1]> (x) }}",
                             opset, op)));
}
Shape pooled(const Engine& engine, const std::string& op, int opset) {
  const NamedTensors feeds = {{"x", Tensor::from(Shape{1, 1, 8, 8}, std::vector<float>(64, 1))}};
  return engine.open_bytes(pool(op, opset))->run(feeds)[0].second.shape();
}

TEST_F(OnnxRuntimeFloat, APoolWithCeilModeHasNoEmptyWindowInAnyOpset) {
  for (const int opset : {11, 18, 22}) {
    for (const std::string op : {"MaxPool", "AveragePool", "LpPool"}) {
      if (opset < 18 && op == "LpPool") continue;
      EXPECT_EQ(pooled(*onnxruntime(), op, opset), (Shape{1, 1, 3, 3})) << op << opset;
    }
  }
}

class OpenvinoFloat : public OpenvinoTest {};

TEST_F(OpenvinoFloat, AMaxPoolWithCeilModeHasTheEmptyWindowAndOtherPoolsHaveNot) {
  for (const int opset : {11, 18, 22}) {
    EXPECT_EQ(pooled(*openvino_engine(), "MaxPool", opset), (Shape{1, 1, 4, 4})) << opset;
    EXPECT_EQ(pooled(*openvino_engine(), "AveragePool", opset), (Shape{1, 1, 3, 3})) << opset;
  }
}

}  // namespace
}  // namespace quoin
