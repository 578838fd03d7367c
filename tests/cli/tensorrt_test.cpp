// The engine tensorrt through the command line, with a stand-in for trtexec; and what is said where there is none.
#include "cli/run_quoin.h"
#include "engine/tensorrt_standin.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kModel = R"(
<ir_version: 8, opset_import: ["" : 13]>
m (float[1,3] x) => (float[1,3] y) { y = Relu(x) }
)";
class TensorrtCli : public Cli {
 protected:
  std::string model(const char* text) { return make("m.onnx", serialize(parse_text(text))); }
};

TEST_F(TensorrtCli, BenchTakesTheTimesThatItMeasures) {
  if (!Standin::can_run()) GTEST_SKIP() << "python3 is not on PATH";
  const Standin standin(100300);
  const std::string path = model(kModel);
  const Outcome json =
      run({"bench", path, path, "--engine", "tensorrt", "--engine-library", standin.path(), "--rounds", "3", "--json"});
  ASSERT_EQ(json.code, 0) << json.err;
  EXPECT_EQ(json.json()["engine"], "tensorrt 10.3.0");
  EXPECT_EQ(json.json()["rounds"], 3);
  EXPECT_DOUBLE_EQ(json.json()["models"][0]["median_ms"], 2);
  EXPECT_THAT(std::string(json.json()["engine_note"]), HasSubstr("UNVERIFIED"));
  const Outcome text =
      run({"bench", path, "--engine", "tensorrt", "--engine-library", standin.path(), "--rounds", "1"});
  EXPECT_THAT(
      text.out,
      AllOf(HasSubstr("tensorrt 10.3.0\nTensorRT 10.3.0 through trtexec at " + standin.path() + " on Stand-in GPU"),
            HasSubstr("UNVERIFIED: Quoin's driver of TensorRT was tested against a stand-in program only")));
}

TEST_F(TensorrtCli, WithoutItVerbsThatMeasureSaySo) {
  const std::string path = model(kModel);
  const Outcome bench = run({"bench", path, "--engine", "tensorrt", "--engine-library", "/none/trtexec"});
  EXPECT_EQ(bench.code, 4);
  EXPECT_THAT(
      bench.err,
      AllOf(HasSubstr(
                "no TensorRT was found, neither trtexec nor its Python package; tried:\n  /none/trtexec is not there"),
            HasSubstr("Without it no TensorRT latency can be measured.")));
}

TEST_F(TensorrtCli, QuantizeDoesWithoutIt) {
  const std::string path = make("m.onnx", bytes_of(kConvModel)), data = make("d.npy", npy({2, 3, 8, 8}));
  const std::string target = make("t.toml", "name = \"t\"\nextends = \"openvino-cpu\"\nengine = \"tensorrt\"\n");
  setenv("QUOIN_TRTEXEC", "/none/trtexec", 1);
  const Outcome outcome =
      run({"quantize", path, "-o", path + ".int8.onnx", "--target", target, "--list", "blanket", "--calib", data});
  const Outcome compared = run({"compare", path, "--target", target, "--calib", data, "--data", data});
  unsetenv("QUOIN_TRTEXEC");
  EXPECT_EQ(compared.code, 4);
  EXPECT_THAT(compared.err, HasSubstr("nothing can be measured for target t: no TensorRT was found"));
  if (outcome.code == 4) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out,
              AllOf(HasSubstr("no latency and no real accuracy of target t was measured, its engine tensorrt is not "
                              "here (no TensorRT was "
                              "found, neither trtexec nor its Python package): time it on the target's machine"),
                    Not(HasSubstr("interleaved rounds"))));
}

}  // namespace
}  // namespace quoin
