// Precisions from a pattern file, a plan and the command line.
#include "cli/run_quoin.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr char kPatterns[] = R"toml(
[[pattern]]
name = "Linear4"
why  = "four-bit weights: an eighth of the size"
tree = "Gemm(x, const w, b?) as fc"
qdq  = ["input(fc)", "weight(fc)", "bias(fc)", "output"]
fuse = "FusedLinear"
precision = { weight = "int4 block 32" }

[list]
name    = "mixed"
extends = "smart"
insert_before = { Linear4 = "LinearReLU" }
)toml";

class PrecisionUse : public Cli {
 protected:
  Outcome quantize(const std::vector<std::string>& further, const std::string& target = "onnxruntime-cpu") const {
    std::vector<std::string> arguments = {"quantize",   model_, "-o",      path("out.onnx"),
                                          "--target",   target, "--calib", example("cifar10.toml#calibration,first=4"),
                                          "--no-timing"};
    arguments.insert(arguments.end(), further.begin(), further.end());
    return run(arguments);
  }
  static DataType weight_type(const Node& node) {
    const Node* producer = node.input(1).producer();
    return producer && producer->is("DequantizeLinear") ? producer->input(0).type() : node.input(1).type();
  }

  const std::string model_ = example("resnet20_cifar10.onnx");
};

TEST_F(PrecisionUse, FourBitsForTheLinearLayerOfAnInt8Model) {
  const std::string patterns = make("p.toml", kPatterns);
  const Outcome outcome = quantize({"--patterns", patterns});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr(" quantized\n"), HasSubstr("  1 weight as int4 block 32\n")));
  const Graph made = load(path("out.onnx"));
  EXPECT_EQ(made.opset(), 21);
  int linear = 0, convolutions = 0;
  for (const Node* node : made.nodes()) {
    linear += node->is("Gemm") && weight_type(*node) == DataType::kInt4 ? 1 : 0;
    convolutions += node->is("Conv") && weight_type(*node) == DataType::kInt8 ? 1 : 0;
  }
  EXPECT_EQ(linear, 1);
  EXPECT_GT(convolutions, 15);
  const Outcome explained = run({"explain", model_, "--patterns", patterns, "--target", "onnxruntime-cpu"});
  ASSERT_EQ(explained.code, 0) << explained.err;
  EXPECT_THAT(explained.out, HasSubstr(" as int4 block 32"));
}

TEST_F(PrecisionUse, WhatTheTargetCannotRunNamesPatternAndTarget) {
  // The last layer has 10 outputs, which TensorRT's own rule leaves float before its precision matters.
  const std::string target =
      make("t.toml", "name = \"t\"\nextends = \"tensorrt\"\n[weight]\nskip = []\nwhy = \"for this test\"\n");
  // Its list makes the layer a convolution otherwise.
  std::string patterns = kPatterns;
  const std::string extends = "extends = \"smart\"\n";
  patterns.insert(patterns.find(extends) + extends.size(), "without = [\"FlattenLinearToConv1x1\"]\n");
  const Outcome outcome = quantize({"--patterns", make("p.toml", patterns)}, target);
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err,
              AllOf(HasSubstr("pattern 'Linear4': weight = \"int4 block 32\""), HasSubstr("target 't' cannot run it")));
  EXPECT_FALSE(fs::exists(path("out.onnx")));
}

TEST_F(PrecisionUse, AnEditedPlanIsObeyed) {
  ASSERT_EQ(run({"plan", model_, "-o", path("plan.toml"), "--target", "onnxruntime-cpu"}).code, 0);
  std::string text = read_file(path("plan.toml"));
  const size_t unit = text.rfind("precision = \"int8\"");
  ASSERT_NE(unit, std::string::npos);
  text.replace(unit, std::string("precision = \"int8\"").size(), "precision = { weight = \"per_tensor\" }");
  const Outcome outcome = quantize({"--plan", make("edited.toml", text)});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("changed: precision of "));
}

TEST_F(PrecisionUse, OpsWhoseWeightsAreNotQuantized) {
  const Outcome outcome = quantize({"--skip-weight-quant-for", "Gemm"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("left float: skip_weight_quant_for names Gemm"));
  const Outcome wrong = quantize({"--skip-weight-quant-for", "Gem"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, AllOf(HasSubstr("--skip-weight-quant-for"), HasSubstr("did you mean 'Gemm'?")));
}

}  // namespace
}  // namespace quoin
