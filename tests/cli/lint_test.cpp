// quoin lint.
#include "cli/run_quoin.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Lint : public Cli {};

// A Conv that stays float on ONNX Runtime, for its output is not quantized; fine for OpenVINO, but for what saturates
// without VNNI.
constexpr std::string_view kQdqModel = R"(
<ir_version: 8, opset_import: ["" : 13]>
g (float[1,4,8,8] x) => (float[1,1,8,8] y) <float s = {0.1}, uint8 z = {0}, int8[1,4,1,1] w = {127, 127, 1, 1}, int8 wz = {0}> {
  [q] i = QuantizeLinear(x, s, z) [dq] d = DequantizeLinear(i, s, z) [wdq] wd = DequantizeLinear(w, s, wz) [conv] y = Conv(d, wd)
}
)";

TEST_F(Lint, FailsWhereThereAreErrors) {
  const std::string model = make("qdq.onnx", bytes_of(kQdqModel));
  const Outcome outcome = run({"lint", model, "--target", "onnxruntime-cpu", "--cpu", "vnni"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("error O01: "), HasSubstr("  why: "), HasSubstr("  remedy: "),
                                 HasSubstr("    conv: 'y' is read as float by the graph output\n"),
                                 HasSubstr("1 error, 0 warnings")));
  const Outcome json = run({"lint", model, "--target", "onnxruntime-cpu", "--cpu", "vnni", "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_EQ(json.json()["findings"][0]["rule"], "O01");
}

TEST_F(Lint, TheCpuDecidesOnPairsAndTheSeverityOnWhatIsShown) {
  const std::string model = make("qdq.onnx", bytes_of(kQdqModel));
  EXPECT_THAT(run({"lint", model, "--target", "openvino-cpu", "--cpu", "vnni"}).out, Not(HasSubstr("V12")));
  const Outcome weak = run({"lint", model, "--target", "openvino-cpu", "--cpu", "avx2"});
  EXPECT_EQ(weak.code, 0) << "a warning is no error";
  EXPECT_THAT(weak.out, HasSubstr("warn V12: "));
  EXPECT_THAT(run({"lint", model, "--target", "openvino-cpu", "--cpu", "avx2", "--severity", "error"}).out,
              Not(HasSubstr("V12")));
}

TEST_F(Lint, WrongUseIsNamed) {
  const std::string model = make("qdq.onnx", bytes_of(kQdqModel));
  EXPECT_THAT(run({"lint", model}).err, HasSubstr("which target is the model for?"));
  EXPECT_THAT(run({"lint", "--target", "tensorrt"}).err, HasSubstr("which model is to be checked?"));
  const Outcome cpu = run({"lint", model, "--target", "tensorrt", "--cpu", "avx3"});
  EXPECT_EQ(cpu.code, 2);
  EXPECT_THAT(cpu.err, HasSubstr("did you mean 'avx2'?"));
  EXPECT_THAT(run({"lint", model, "--target", "tensorrt", "--severity", "warm"}).err,
              HasSubstr("did you mean 'warn'?"));
  EXPECT_EQ(run({"lint", path("absent.onnx"), "--target", "tensorrt"}).code, 3);
}

TEST_F(Lint, RulesArePrinted) {
  const Outcome rules = run({"lint", "--rules", "--target", "tensorrt"});
  EXPECT_EQ(rules.code, 0);
  EXPECT_THAT(rules.out, AllOf(HasSubstr("T01 error (tensorrt-types): "), Not(HasSubstr("O01"))));
  EXPECT_THAT(run({"lint", "--rules"}).out, AllOf(HasSubstr("T01"), HasSubstr("O01"), HasSubstr("V02")));
  EXPECT_GT(run({"lint", "--rules", "--json"}).json()["rules"].size(), 45U);
}

TEST_F(Lint, AUsersTargetHasItsOwnRules) {
  const std::string model = make("qdq.onnx", bytes_of(kQdqModel));
  const std::string target = make("mine.toml",
                                  "name = \"mine\"\nextends = \"onnxruntime-cpu\"\n[lint]\nwithout = [\"O01\"]\nwhy = "
                                  "\"measured: it does not matter\"\n");
  EXPECT_EQ(run({"lint", model, "--target", target, "--cpu", "vnni"}).code, 0);
}

}  // namespace
}  // namespace quoin
