// What OpenVINO's CPU plugin makes of 16-bit, 4-bit and block numbers (docs/targets.md, "Other precisions").
#include "conformance/low_bits.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const Quantization kUint16{"uint16", 0.0002, 32768};

class OpenvinoPrecision : public OpenvinoTest {
 protected:
  static std::vector<std::string> ran(const std::string& bytes) { return quoin::ran_bytes(*openvino_engine(), bytes); }
  static std::string refused(const std::string& bytes) {
    try {
      openvino_engine()->open_bytes(bytes);
    } catch (const Error& error) {
      return error.message();
    }
    return "";
  }
};

TEST_F(OpenvinoPrecision, P01_16BitPairsAreTakenOutAndTheConvIsFloat) {
  QdqGraph graph("float[1,16,32,32] x", 21);
  graph.output(graph.qdq(graph.op("Conv", {graph.qdq("x", kUint16), graph.weight({16, 16, 1, 1})}), kUint16));
  EXPECT_THAT(ran(graph.bytes()),
              AllOf(Contains("Convolution"), Not(Contains("Convolution int")), Not(Contains("Subgraph"))));
}

TEST_F(OpenvinoPrecision, P01_AMaxPoolBetween16BitPairsIsRefused) {
  QdqGraph graph("float[1,16,32,32] x", 21);
  graph.output(graph.qdq(graph.op("MaxPool", {graph.qdq("x", kUint16)}, "kernel_shape = [2, 2]"), kUint16));
  EXPECT_THAT(refused(graph.bytes()), HasSubstr("FQ stripping failed"));
}

TEST_F(OpenvinoPrecision, P03_BlocksOf4BitsAreOneFloatFullyConnected) {
  for (const int64_t block : {16, 32, 128}) {
    EXPECT_THAT(ran(block_product({.depth = 512, .columns = 256, .block = block, .gemm_transposed = true})),
                Contains("FullyConnectedCompressed"))
        << block;
  }
  EXPECT_THAT(ran(block_product({.depth = 512, .columns = 256})), Contains("FullyConnectedCompressed"));
}

TEST_F(OpenvinoPrecision, P03_ABlockMustDivideK) {
  EXPECT_THAT(refused(block_product({.depth = 100})), HasSubstr("cannot be divided by block_size (32)"));
}

TEST_F(OpenvinoPrecision, P04_AQuantizedInputIsDequantizedFirst) {
  const auto kernels = ran(block_product({.depth = 512, .columns = 256, .input_pair = "uint8"}));
  EXPECT_THAT(kernels, AllOf(Contains("FullyConnectedCompressed"), Not(Contains("FullyConnected int")),
                             Not(Contains("FullyConnectedCompressed int"))));
}

TEST_F(OpenvinoPrecision, P05_AConvWhoseWeightHasAZeroPointIsFloat) {
  QdqGraph graph("float[1,16,32,32] x");
  graph.output(graph.op("Softmax", {graph.op("Conv", {graph.qdq("x"), graph.weight({16, 16, 1, 1}, 0, "int8", 20)})}));
  EXPECT_THAT(ran(graph.bytes()), AllOf(Contains("Convolution"), Not(Contains("Convolution int"))));
}

}  // namespace
}  // namespace quoin
