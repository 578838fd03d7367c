// What ONNX Runtime's CPU provider makes of 16-bit, 4-bit and block numbers (docs/targets.md, "Other precisions").
#include "conformance/low_bits.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Not;

const Quantization kUint16{"uint16", 0.0002, 32768}, kInt16{"int16", 0.0002, 0};

class OnnxRuntimePrecision : public OnnxRuntimeTest {
 protected:
  static std::vector<std::string> ran(const std::string& bytes) { return quoin::ran_bytes(*onnxruntime(), bytes); }
  static auto packed() { return AllOf(Contains("MatMulNBits"), Not(Contains("MatMul"))); }
  static auto unpacked() { return AllOf(Not(Contains("MatMulNBits")), Contains("DequantizeLinear")); }
};

TEST_F(OnnxRuntimePrecision, P01_Between16BitPairsConvIsFloatAndThePairsArePaid) {
  for (const Quantization& q : {kUint16, kInt16}) {
    QdqGraph graph("float[1,4,8,8] x", 21);
    const std::string y = graph.op("Conv", {graph.qdq("x", q), graph.weight({8, 4, 3, 3})});
    EXPECT_THAT(ran(graph.output(graph.qdq(y, q)).bytes()),
                AllOf(Contains("Conv"), Contains("QuantizeLinear"), Not(Contains("QLinearConv int"))))
        << q.type;
  }
}

TEST_F(OnnxRuntimePrecision, P01_16BitAddAndPoolAreFloat) {
  QdqGraph add("float[4,8] x, float[4,8] y", 21);
  add.output(add.qdq(add.op("Add", {add.qdq("x", kUint16), add.qdq("y", kUint16)}), kUint16));
  EXPECT_THAT(ran(add.bytes()), Contains("Add"));
  QdqGraph pool("float[1,4,8,8] x", 21);
  pool.output(pool.qdq(pool.op("GlobalAveragePool", {pool.qdq("x", kInt16)}), kInt16));
  EXPECT_THAT(ran(pool.bytes()), Contains("GlobalAveragePool"));
}

TEST_F(OnnxRuntimePrecision, P02_A16BitInputWithAnInt8WeightBecomesMatMulNBits) {
  QdqGraph graph("float[6,16] x", 21);
  graph.output(graph.qdq(graph.op("MatMul", {graph.qdq("x", kUint16), graph.weight({16, 8}, 1)}), kUint16));
  EXPECT_THAT(ran(graph.bytes()), packed());
}

TEST_F(OnnxRuntimePrecision, P03_BlocksOf4BitsBecomeMatMulNBits) {
  for (const int64_t block : {16, 32, 64, 128, 256})
    EXPECT_THAT(ran(block_product({.block = block})), packed()) << block;
  EXPECT_THAT(ran(block_product({.type = DataType::kUint4, .zero_point = 5})), packed());
  EXPECT_THAT(ran(block_product({.type = DataType::kInt8})), packed()) << "8 bits in blocks too";
  EXPECT_THAT(ran(block_product({.depth = 100})), packed()) << "K is no multiple of the block";
  EXPECT_THAT(ran(block_product({.bias = true})), packed());
}

TEST_F(OnnxRuntimePrecision, P03_OtherBlocksAreUnpackedAtEveryRun) {
  for (const int64_t block : {8, 48}) EXPECT_THAT(ran(block_product({.block = block})), unpacked()) << block;
  EXPECT_THAT(ran(block_product({.gemm_transposed = true})), unpacked()) << "blocks along the second axis";
}

TEST_F(OnnxRuntimePrecision, P04_NotBesideAn8BitPair) {
  EXPECT_THAT(ran(block_product({.input_pair = "uint8"})), unpacked());
  EXPECT_THAT(ran(block_product({.output_pair = "uint8"})), unpacked());
  EXPECT_THAT(ran(block_product({.input_pair = "uint16", .output_pair = "uint16"})), packed());
}

TEST_F(OnnxRuntimePrecision, P05_WeightsWithZeroPointsAreInteger) {
  for (const char* type : {"int8", "uint8"}) {
    QdqGraph conv("float[1,4,8,8] x");
    const std::string w = conv.weight({8, 4, 3, 3}, 0, type, 60);
    conv.output(conv.qdq(conv.op("Conv", {conv.qdq("x"), w})));
    EXPECT_THAT(ran(conv.bytes()), Contains("QLinearConv int")) << type;
    EXPECT_LE(integer_error(*onnxruntime(), conv), 0.0501F) << type << ": a step of the output's Q";
    QdqGraph product("float[6,16] x");
    const std::string v = product.weight({16, 8}, 1, type, 60);
    product.output(product.qdq(product.op("MatMul", {product.qdq("x"), v})));
    EXPECT_THAT(ran(product.bytes()), Contains("QLinearMatMul int")) << type;
    EXPECT_LE(integer_error(*onnxruntime(), product), 0.0501F) << type;
  }
}

}  // namespace
}  // namespace quoin
