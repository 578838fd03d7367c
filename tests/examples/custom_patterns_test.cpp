// The example of the design, in C++ and in TOML: one model, byte for byte.
#include "cli/run_quoin.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

class CustomPatterns : public Cli {
 protected:
  // Runs both on a model; returns the bytes of the C++ program's file.
  std::string made(const std::string& model, const std::string& calibration) {
    const std::string from_cpp = path("cpp.onnx"), from_toml = path("toml.onnx");
    const Outcome program = run_program("custom_patterns", {model, calibration, from_cpp});
    EXPECT_EQ(program.code, 0) << program.err;
    const Outcome command = run({"quantize", model, "-o", from_toml, "--target", "tensorrt", "--patterns",
                                 QUOIN_SOURCE_DIR "/examples/custom_patterns.toml", "--list", "smart", "--calib",
                                 calibration + (calibration.find('#') == std::string::npos ? "#" : ",") + "first=32",
                                 "--method", "minmax", "--no-equalization", "--no-rounding", "--no-bias-correction"});
    EXPECT_EQ(command.code, 0) << command.err;
    EXPECT_TRUE(read_file(from_cpp) == read_file(from_toml)) << "the two files differ";
    return read_file(from_cpp);
  }

  static void expect_placement(const std::string& bytes) {
    const Graph graph = load_bytes(bytes);
    int depthwise = 0, convolutions = 0, linears = 0;
    for (const Node* node : graph.nodes()) {
      const Node* producer = node->input(0).producer();
      const bool quantized = producer && producer->is("DequantizeLinear");
      if (node->is("GlobalAveragePool")) {
        EXPECT_FALSE(quantized) << node->label();
      }
      if (node->is("Conv") && is_depthwise(*node)) {
        ++depthwise;
        EXPECT_FALSE(quantized) << node->label();
      } else if (node->is("Conv")) {
        ++convolutions;
        EXPECT_TRUE(quantized) << node->label();
      } else if (node->is("Gemm") || (node->is("MatMul") && node->input(1).producer())) {
        ++linears;
        EXPECT_TRUE(quantized) << node->label();
      }
    }
    EXPECT_GT(depthwise, 0);
    EXPECT_GT(convolutions, 0);
    EXPECT_GT(linears, 0);
  }
};

TEST_F(CustomPatterns, ConvNextForCifar) {
  expect_placement(made(example("convnext_cifar10.onnx"), example("cifar10.toml#calibration")));
}

TEST_F(CustomPatterns, ConvNextTinyOfBothExporters) {
  const std::string shared = QUOIN_SOURCE_DIR "/../shared/", python = QUOIN_SOURCE_DIR "/.deps/venv/bin/python";
  if (!fs::exists(shared) || !fs::exists(python)) GTEST_SKIP() << "../shared or .deps is not there";
  for (const std::string exporter : {"torchscript", "dynamo"}) {
    const std::string model = path("convnext_tiny.onnx");
    const std::string graph = shared + "data/graphs/convnext_tiny." + exporter + ".onnx";
    ASSERT_EQ(std::system((python + " " + shared + "tools/fill_weights.py " + graph + " " + model).c_str()), 0);
    expect_placement(made(model, make("x.npy", npy({2, 3, 224, 224}))));
  }
}

TEST_F(CustomPatterns, WrongUseIsAnError) {
  const Outcome outcome = run_program("custom_patterns", {});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.err, "usage: custom_patterns MODEL.onnx CALIBRATION_DATA OUT.onnx\n");
}

}  // namespace
}  // namespace quoin
