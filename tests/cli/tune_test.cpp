// quoin tune on the example's model: few images and little time, so that what wins is chance; that the report is whole
// and the file valid is not.
#include "cli/run_quoin.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class TuneVerb : public Cli {
 protected:
  std::vector<std::string> arguments(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"tune",     model_,
                                    "--target", "onnxruntime-cpu",
                                    "--calib",  example("cifar10.toml#calibration,first=4"),
                                    "--eval",   example("cifar10.toml#test,first=8"),
                                    "-o",       path("out.onnx"),
                                    "--budget", "100"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  const std::string model_ = example("resnet20_cifar10.onnx");
};

TEST_F(TuneVerb, WritesAFileAPlanAndAReport) {
  const Outcome outcome = run(arguments({"--plan-out", path("plan.toml"), "--state", path("state.json"), "--minutes",
                                         "0.05", "--no-rounding", "--report", path("run.json"), "--json"}));
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const nlohmann::json json = outcome.json();
  EXPECT_THAT(files(), testing::UnorderedElementsAre("out.onnx", "plan.toml", "run.json", "state.json"));
  EXPECT_EQ(json["rows"][0]["name"], "float");
  EXPECT_FALSE(json["verdict"].get<std::string>().empty());
  EXPECT_FALSE(json["trials"].empty());
  EXPECT_EQ(json["plan"]["matches"].size(), 21U);
  const Graph made = load(path("out.onnx"));
  EXPECT_NO_THROW(check_model(made));
  // The report has the graph of what was found, and what simulation says of each file that was judged.
  const auto report = nlohmann::json::parse(read_file(path("run.json")));
  for (const auto& row : report["rows"]) EXPECT_EQ(row["simulated"].is_null(), row["real"].is_null()) << row["name"];
  const auto& pictures = report["report"]["pictures"];
  ASSERT_GE(pictures.size(), 1u);
  EXPECT_EQ(pictures.back()["engine"], json["engine"]);
  EXPECT_TRUE(std::any_of(pictures.back()["boxes"].begin(), pictures.back()["boxes"].end(),
                          [](const auto& box) { return box["real"] == "integer" && box.contains("sqnr_db"); }));
  const Outcome page = run({"report", path("run.json"), "-o", path("report.html")});
  EXPECT_EQ(page.code, 0) << page.err;
  // The plan that comes with it makes the same file.
  const std::string delivered = json["delivered"];
  if (delivered == "float" || delivered == "float rewrite") return;
  const Outcome again =
      run({"quantize", model_, "-o", path("again.onnx"), "--target", "onnxruntime-cpu", "--calib",
           example("cifar10.toml#calibration,first=4"), "--plan", path("plan.toml"), "--no-timing", "--no-rounding"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(read_file(path("again.onnx")) == read_file(path("out.onnx")));
}

TEST_F(TuneVerb, AStateOfAnotherModelIsRefused) {
  make("state.json",
       R"({"quoin_tune_state": 1, "of": {"model": "0"}, "races": [], "losses": [], "times": [], "starts": {}})");
  const Outcome outcome = run(arguments({"--state", path("state.json")}));
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("state.json: the state file is of another model: it has '0', this run '"),
                                 HasSubstr("remedy: name another file with --state, or delete this one")));
  EXPECT_THAT(files(), testing::ElementsAre("state.json")) << "nothing is written";
}

TEST_F(TuneVerb, NeedsDataToChooseOn) {
  const Outcome outcome = run({"tune", model_, "--target", "onnxruntime-cpu", "--calib",
                               example("cifar10.toml#calibration,first=4"), "-o", path("out.onnx")});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("--eval is required"));
}

TEST_F(TuneVerb, ATargetThatNothingHereRunsIsAMissingRuntime) {
  const Outcome outcome = run({"tune", model_, "--target", "tensorrt", "--calib", "x.npz", "--eval", "y.npz", "-o",
                               path("out.onnx"), "--engine-library", path("no-such-program")});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_TRUE(files().empty());
}

}  // namespace
}  // namespace quoin
