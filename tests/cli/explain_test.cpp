// quoin explain.
#include "cli/run_quoin.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class ExplainVerb : public Cli {};

TEST_F(ExplainVerb, ANodeInAUnit) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome outcome = run({"explain", model, "--node", "conv1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(StartsWith("Conv 'conv1' is in the unit "), HasSubstr(" by ConvBNReLU: "),
                                 HasSubstr("\n  Q/DQ points:\n"),
                                 HasSubstr("\n    quantized weight(conv1) of 'w' as int8 per_channel: target "
                                           "onnxruntime-cpu: an integer kernel needs its "
                                           "weight quantized\n"),
                                 HasSubstr("\n  what came before and did not hold:\n")));
  const auto json = run({"explain", model, "--node", "conv1", "--json"}).json();
  EXPECT_EQ(json["node"]["pattern"], "ConvBNReLU");
  EXPECT_EQ(json["node"]["points"][0]["quantized"], true);
}

TEST_F(ExplainVerb, ANodeInNoUnit) {
  const std::string model = make("plain.onnx", bytes_of(kPlainModel));
  const Outcome outcome = run({"explain", model, "--node", "sin1"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(StartsWith("Sin 'sin1' is in no unit of the list smart\n"),
                    HasSubstr("\n  no pattern of the list looks at Sin\n"), Not(HasSubstr("nearest misses"))));
  const std::string linear = make("linear.toml", "[list]\nname = \"short\"\nfusions = [\"ConvBNAddReLU\"]\n");
  const std::string conv = make("model.onnx", bytes_of(kConvModel));
  EXPECT_THAT(run({"explain", conv, "--node", "conv1", "--patterns", linear}).out,
              AllOf(HasSubstr("is in no unit of the list short\n"),
                    HasSubstr("\n  nearest misses:\n    ConvBNAddReLU at Relu 'relu1': ")));
}

TEST_F(ExplainVerb, APattern) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome outcome = run({"explain", model, "--pattern", "ConvBNReLU"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(StartsWith("ConvBNReLU: "), HasSubstr("\n  matched 1 time\n")));
  EXPECT_EQ(run({"explain", model, "--pattern", "ConvBNReLU", "--json"}).json()["pattern"]["units"].size(), 1u);
  EXPECT_THAT(run({"explain", model, "--pattern", "ConvBN"}).out,
              AllOf(HasSubstr("\n  matched 0 times\n"), HasSubstr("by ConvBNReLU has it\n")));
}

TEST_F(ExplainVerb, TheWholeModel) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome outcome = run({"explain", model, "--target", "openvino-cpu"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(StartsWith("target openvino-cpu, list smart: 1 units, 0 conversions\n"),
                    HasSubstr("\n  nodes: conv1, relu1\n"), HasSubstr("\n  quantized input(conv1), weight(conv1)\n"),
                    HasSubstr("\n  float output of 'y': target openvino-cpu: ")));
  EXPECT_THAT(run({"explain", model, "--target", "tensorrt"}).out,
              HasSubstr("\n  float weight(conv1) of 'w': target tensorrt: a convolution with fewer than 16 channels"));
  const auto json = run({"explain", model, "--json"}).json();
  EXPECT_EQ(json["units"][0]["pattern"], "ConvBNReLU");
  EXPECT_THAT(json["unclaimed"], IsEmpty());
}

TEST_F(ExplainVerb, AnUnknownNodeOrPatternIsNamedWithASuggestion) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome node = run({"explain", model, "--node", "conv2"});
  EXPECT_EQ(node.code, 2);
  EXPECT_THAT(node.out, IsEmpty());
  EXPECT_THAT(node.err, StartsWith("quoin: the model has no node 'conv2', did you mean 'conv1'?\n  remedy: "));
  const Outcome pattern = run({"explain", model, "--pattern", "ConvBNRelu6"});
  EXPECT_EQ(pattern.code, 2);
  EXPECT_THAT(pattern.err, HasSubstr("did you mean 'ConvBNReLU'?"));
}

}  // namespace
}  // namespace quoin
