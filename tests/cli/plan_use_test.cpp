// quoin quantize --plan and quoin transform --plan.
#include "cli/run_quoin.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class PlanUse : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    ASSERT_EQ(run({"plan", model_, "-o", path("plan.toml")}).code, 0);
  }
  // The plan with one place changed.
  std::string edited(const std::string& from, const std::string& to) {
    std::string text = read_file(path("plan.toml"));
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
    return make("edited.toml", text);
  }
  Outcome quantize(const std::string& plan) const {
    return run({"quantize", model_, "-o", path("out.onnx"), "--target", "onnxruntime-cpu", "--calib",
                example("cifar10.toml#calibration,first=4"), "--plan", plan, "--no-timing", "--json"});
  }

  const std::string model_ = example("resnet20_cifar10.onnx");
};

TEST_F(PlanUse, AnUntouchedPlanChangesNothing) {
  const Outcome outcome = quantize(path("plan.toml"));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const std::string with = read_file(path("out.onnx"));
  ASSERT_EQ(run({"quantize", model_, "-o", path("plain.onnx"), "--target", "onnxruntime-cpu", "--calib",
                 example("cifar10.toml#calibration,first=4"), "--no-timing"})
                .code,
            0);
  EXPECT_TRUE(with == read_file(path("plain.onnx")));
}

TEST_F(PlanUse, AMatchThatIsOffStaysFloat) {
  const Outcome outcome =
      quantize(edited("nodes     = [\"layer1.0.conv1\", \"layer1.0.bn1\", \"layer1.0.relu1\"]\napply     = true",
                      "nodes     = [\"layer1.0.conv1\", \"layer1.0.bn1\", \"layer1.0.relu1\"]\napply     = false"));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const nlohmann::json json = outcome.json();  // its parts live as long as it does
  int skipped = 0;
  for (const auto& one : json["plan"]) skipped += one["state"] == "skipped" ? 1 : 0;
  EXPECT_EQ(skipped, 1);
  const Graph made = load(path("out.onnx"));
  const Node* conv = made.find_node("layer1.0.conv1");
  ASSERT_TRUE(conv);
  const Node* weight = conv->input(1).producer();
  EXPECT_TRUE(!weight || !weight->input(0).constant() || weight->input(0).type() != DataType::kInt8)
      << "its weight is float";
}

TEST_F(PlanUse, APlanForAnotherModelIsRefused) {
  const Outcome outcome =
      run({"quantize", example("convnext_cifar10.onnx"), "-o", path("out.onnx"), "--target", "onnxruntime-cpu",
           "--calib", example("cifar10.toml#calibration,first=4"), "--plan", path("plan.toml")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("plan"));
  EXPECT_FALSE(fs::exists(path("out.onnx")));
}

TEST_F(PlanUse, AMistakeInThePlanHasItsPlace) {
  const Outcome outcome = quantize(edited("precision = \"int8\"", "precision = \"int9\""));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("edited.toml:"), HasSubstr("int8")));
}

TEST_F(PlanUse, TransformObeysItToo) {
  const Outcome outcome = run({"transform", model_, "-o", path("fused.onnx"), "--plan", path("plan.toml")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
}

}  // namespace
}  // namespace quoin
