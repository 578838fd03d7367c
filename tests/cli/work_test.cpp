// The verbs at work, on small models and on the example's real one.
#include "cli/run_quoin.h"
#include "quoin/engine.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

class Work : public Cli {
 protected:
  static bool has_engine() {
    try {
      open_engine("onnxruntime");
      return true;
    } catch (const Error&) {
      return false;
    }
  }
};

// Verbs that run models.
class Measured : public Work {
 protected:
  void SetUp() override {
    Work::SetUp();
    if (!has_engine()) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
};

TEST_F(Work, InspectSaysWhatIsInAModel) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome outcome = run({"inspect", model});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("2 nodes, 2 constants with 16 values"), HasSubstr("opset ai.onnx 13; IR version 8"),
                    HasSubstr("input  image: float 1x3x8x8"), HasSubstr("output y: float 1x4x8x8"), HasSubstr("Conv"),
                    HasSubstr("ConvBNReLU"), HasSubstr("onnxruntime-cpu")));
  const auto json = run({"inspect", model, "--json"}).json();
  EXPECT_EQ(json["operators"]["Conv"], 1);
  EXPECT_EQ(json["constants"]["bytes"], 64);
  EXPECT_EQ(json["would_match"]["tensorrt"]["ConvBNReLU"], 1);
}

TEST_F(Work, MatchShowsNodesPointsAndWhatIsUnclaimed) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome outcome = run({"match", model});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("by ConvBNReLU"), HasSubstr("nodes: conv1, relu1"),
                                 HasSubstr("point: weight conv1[1] = w")));
  const auto json = run({"match", model, "--json"}).json();
  EXPECT_EQ(json["units"][0]["pattern"], "ConvBNReLU");
  EXPECT_THAT(json["unclaimed"], IsEmpty());

  const std::string linear = make("linear.toml", "[list]\nname = \"linear\"\nfusions = [\"Linear\"]\n");
  const Outcome none = run({"match", model, "--list", linear});
  EXPECT_EQ(none.code, 1) << "nothing matched";
  EXPECT_THAT(none.out, AllOf(HasSubstr("no pattern matched"), HasSubstr("Conv 'conv1': ")));
}

TEST_F(Measured, TransformProvesWhatItWrites) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome outcome = run({"transform", model, "-o", path("fused.onnx")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("max|Δ|"), HasSubstr("wrote ")));
  EXPECT_EQ(load(path("fused.onnx")).node_count(), 2u);
  const Outcome functions = run({"transform", model, "-o", path("functions.onnx"), "--functions", "--json"});
  EXPECT_EQ(functions.code, 0) << functions.err;
  EXPECT_EQ(functions.json()["matches"]["counts"]["ConvBNReLU"], 1);
}

TEST_F(Measured, AListThatMatchedNothingSaysSo) {
  const std::string model = make("plain.onnx", bytes_of(kPlainModel)), data = make("data.npy", npy({4, 3}));
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"transform", model, "-o", path("out.onnx")},
           {"quantize", model, "-o", path("out.onnx"), "--target", "onnxruntime-cpu", "--calib", data}}) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 1) << words[0];
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("matched nothing"), HasSubstr("\n  remedy: ")));
  }
  EXPECT_FALSE(fs::exists(path("out.onnx")));
}

TEST_F(Measured, QuantizeWritesAFileAndAReportAndTimesIt) {
  const std::string bytes = bytes_of(kConvModel), model = make("model.onnx", bytes),
                    data = make("data.npy", npy({8, 3, 8, 8}));
  const Outcome outcome = run({"quantize", model, "-o", path("int8.onnx"), "--target", "onnxruntime-cpu", "--calib",
                               data, "--report", path("r.json")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("1 of 1 unit in INT8"), HasSubstr("calibrate "), HasSubstr("peak memory "),
                                 HasSubstr("interleaved rounds"), HasSubstr("quoin verify ")));
  EXPECT_THAT(outcome.err, IsEmpty()) << "no progress bar in a pipe";
  EXPECT_EQ(read_file(model), bytes) << "the input is untouched";
  const auto report = nlohmann::json::parse(read_file(path("r.json")));
  EXPECT_EQ(report["quantized_units"], 1);
  EXPECT_EQ(report["cost"]["samples"], 8);
  EXPECT_EQ(report["timing"]["models"].size(), 2u);
  EXPECT_EQ(load(path("int8.onnx")).outputs()[0]->name(), "y");
  EXPECT_THAT(files(), testing::UnorderedElementsAre("model.onnx", "data.npy", "int8.onnx", "r.json"));

  // Quantized is quantized: not again.
  EXPECT_EQ(
      run({"quantize", path("int8.onnx"), "-o", path("again.onnx"), "--target", "onnxruntime-cpu", "--calib", data})
          .code,
      3);
}

// 16 output channels: narrower convolutions stay float on TensorRT.
std::string wide_model() {
  std::string weights = "0.5", biases = "0";
  for (int i = 1; i < 48; ++i) weights += i % 3 == 0 ? ", -1" : ", 0.25";
  for (int i = 1; i < 16; ++i) biases += ", 0.5";
  return "<ir_version: 8, opset_import: [\"\" : 13]>\nwide (float[1,3,8,8] image) => (float[1,16,8,8] "
         "y)\n<float[16,3,1,1] w = {" +
         weights + "}, float[16] b = {" + biases + "}> {\n  [conv1] c = Conv(image, w, b)\n  [relu1] y = Relu(c)\n}\n";
}

TEST_F(Measured, QuantizeForATargetThatIsElsewhereSaysSo) {
  const std::string model = make("model.onnx", bytes_of(wide_model())), data = make("data.npy", npy({4, 3, 8, 8}));
  const std::string target = make("t.toml", "name = \"t\"\nextends = \"openvino-cpu\"\nengine = \"\"\n");
  const Outcome outcome = run({"quantize", model, "-o", path("trt.onnx"), "--target", target, "--calib", data});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("no engine here runs target t: time it on the target's machine"));
  const Outcome compared = run({"compare", model, "--target", target, "--calib", data, "--data", data});
  EXPECT_EQ(compared.code, 4);
  EXPECT_THAT(compared.err, HasSubstr("no engine here runs target t"));
  const Outcome verified = run({"verify", model, path("trt.onnx"), "--data", data, "--json"});
  EXPECT_EQ(verified.code, 0) << verified.err;
}

TEST_F(Measured, AnOwnTargetExtendsABuiltinFromTheCommandLine) {
  const std::string model = make("model.onnx", bytes_of(kConvModel)), data = make("data.npy", npy({4, 3, 8, 8}));
  const Outcome narrow = run({"quantize", model, "-o", path("no.onnx"), "--target", "tensorrt", "--calib", data});
  EXPECT_EQ(narrow.code, 1);
  EXPECT_THAT(narrow.err, HasSubstr("misses the int8 tensor cores, unless its kernel is square and its channels a "
                                    "multiple of 8 (the weight is 4x3x1x1)"));
  const std::string mine = make("mine.toml", R"toml(
name    = "mine"
extends = "tensorrt"

[weight]
skip = []
why  = "measured: narrow convolutions pay here"

[opset]
lowest  = 20
highest = 22
why     = "what this machine reads"
)toml");
  const Outcome outcome = run({"quantize", model, "-o", path("mine.onnx"), "--target", mine, "--calib", data});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("target mine, list smart: 1 of 1 unit in INT8"));
  const Graph graph = load(path("mine.onnx"));
  EXPECT_EQ(graph.opset(), 20);
  EXPECT_EQ(graph.find_node("conv1")->output(0).type(), DataType::kFloat16);
  EXPECT_EQ(graph.outputs().front()->type(), DataType::kFloat);
  const Outcome shown = run({"targets", "show", mine});
  EXPECT_THAT(shown.out, AllOf(HasSubstr("measured: narrow convolutions pay here"),
                               HasSubstr("what is not said above is as in 'tensorrt', which it extends"),
                               HasSubstr("[role.residual]")));
  const auto json = run({"targets", "show", mine, "--json"}).json();
  EXPECT_EQ(json["extends"], nlohmann::json::array({"tensorrt"}));
  EXPECT_EQ(json["scale"], "float16");
  EXPECT_EQ(json["reasons"]["weight"], "measured: narrow convolutions pay here");
}

TEST_F(Measured, BenchTimesModelsWithTheShapesAskedFor) {
  const std::string free = make(
      "free.onnx",
      bytes_of(
          "<ir_version: 8, opset_import: [\"\" : 13]>\ng (float[N,3,W] x) => (float[N,3,W] y) {\n  y = Relu(x)\n}\n"));
  const Outcome outcome = run({"bench", free, free, "--rounds", "5", "--shape", "x=2x3x40", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.json()["input"], "x 2x3x40 float");
  EXPECT_EQ(outcome.json()["rounds"], 5);
  EXPECT_EQ(outcome.json()["models"].size(), 2u);
  EXPECT_THAT(run({"bench", free, "--rounds", "3"}).out, HasSubstr("x 1x3x16 float"));
  EXPECT_THAT(run({"bench", free, "--shape", "z=1"}).err, HasSubstr("the model has no input 'z'"));
  EXPECT_THAT(run({"bench", free, "--shape", "x=1x2"}).err, HasSubstr("input 'x' has 3 dimensions, not 2"));
  EXPECT_THAT(run({"bench", free, "--shape", "x=1xtwo"}).err, HasSubstr("'x=1xtwo' is no shape of an input"));
}

TEST_F(Measured, CompareWantsTwoSets) {
  const std::string model = make("model.onnx", bytes_of(kConvModel)), data = make("data.npy", npy({4, 3, 8, 8}));
  const Outcome outcome = run({"compare", model, "--target", "onnxruntime-cpu", "--data", data});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("what is reported is never what was chosen on"), HasSubstr("#calibration")));
  EXPECT_EQ(run({"compare", model, "--target", "onnxruntime-cpu", "--calib", data}).code, 2);
  const Outcome same =
      run({"compare", model, "--target", "onnxruntime-cpu", "--calib", data, "--data", data, "--rounds", "5"});
  EXPECT_EQ(same.code, 0) << same.err;
  EXPECT_THAT(same.out, HasSubstr("overlap"));
}

TEST_F(Measured, TheExampleFromQuantizeToVerdict) {
  const std::string model = example("resnet20_cifar10.onnx"), data = example("cifar10.toml");
  const Outcome quantized = run({"quantize", model, "-o", path("int8.onnx"), "--target", "onnxruntime-cpu", "--calib",
                                 data + "#calibration,first=32", "--data", data + "#test,first=64", "--json"});
  ASSERT_EQ(quantized.code, 0) << quantized.err;
  EXPECT_GT(quantized.json()["accuracy"]["real"]["top1"], 80);
  EXPECT_GT(quantized.json()["quantized_units"], 10);

  const Outcome verified =
      run({"verify", model, path("int8.onnx"), "--data", data + "#test,first=64", "--layers", "--budget", "20"});
  EXPECT_EQ(verified.code, 0) << verified.err;
  EXPECT_THAT(verified.out,
              AllOf(HasSubstr("simulated"), HasSubstr("real"), HasSubstr("SQNR per layer"), HasSubstr("(64 samples)")));

  const Outcome compared =
      run({"compare", model, path("int8.onnx"), "--target", "onnxruntime-cpu", "--calib",
           data + "#calibration,first=32", "--data", data + "#test,first=64", "--rounds", "5", "--json"});
  ASSERT_EQ(compared.code, 0) << compared.err;
  const auto json = compared.json();
  ASSERT_EQ(json["rows"].size(), 4u);
  EXPECT_EQ(json["rows"][3]["name"], "int8.onnx");
  EXPECT_EQ(json["rows"][3]["real"]["top1"], json["rows"][2]["real"]["top1"]) << "the same file again";
  EXPECT_EQ(json["same_data"], false);
  EXPECT_THAT(json["verdict"].get<std::string>(),
              testing::AnyOf(testing::StartsWith("Ship "), testing::StartsWith("Leave it float: ")));
}

TEST_F(Measured, VerifyFailsWhenMoreThanTheBudgetIsLost) {
  const std::string model = make("model.onnx", bytes_of(kConvModel)), data = make("data.npy", npy({4, 3, 8, 8}));
  std::string other(kConvModel);
  other.replace(other.find("0.5, -1"), 3, "9.5");
  const Outcome outcome =
      run({"verify", model, make("other.onnx", bytes_of(other)), "--data", data, "--budget", "0.1"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("more than the budget of 0.1"));
}

}  // namespace
}  // namespace quoin
