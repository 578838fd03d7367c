// --metric, --sensitivity, --budget, --effort.
#include "cli/run_quoin.h"
#include "quoin/engine.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Choice : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    try {
      open_engine("onnxruntime");
    } catch (const Error&) {
      GTEST_SKIP() << "ONNX Runtime is not on this machine";
    }
    model_ = make("model.onnx", bytes_of(kConvModel));
    data_ = make("data.npy", npy({12, 3, 8, 8}));
  }
  std::vector<std::string> quantize(const std::vector<std::string>& more) const {
    std::vector<std::string> words = {"quantize",        model_,    "-o",    path("int8.onnx"), "--target",
                                      "onnxruntime-cpu", "--calib", calib(), "--no-timing"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  std::string calib() const { return data_ + "#first=4"; }
  std::string eval() const { return data_ + "#skip=4,first=4"; }
  std::string rest() const { return data_ + "#skip=8"; }
  std::string model_, data_;
};

TEST_F(Choice, VerifyAndCompareCountInTheMetricAskedFor) {
  ASSERT_EQ(run(quantize({})).code, 0);
  const std::string made = path("int8.onnx");
  const Outcome custom =
      run({"verify", model_, made, "--data", rest(), "--metric", "sh -c 'test -s \"$0\" && echo 0.5'"});
  EXPECT_EQ(custom.code, 0) << custom.err;
  EXPECT_THAT(custom.out, AllOf(HasSubstr("metric"), HasSubstr("0.5")));
  const Outcome sqnr = run({"verify", model_, made, "--data", rest(), "--metric", "sqnr", "--budget", "0"});
  EXPECT_EQ(sqnr.code, 1);
  EXPECT_THAT(sqnr.err, HasSubstr("% of the outputs' energy for real, more than the budget of 0\n"));
  const Outcome labels = run({"verify", model_, made, "--data", rest(), "--metric", "top1"});
  EXPECT_EQ(labels.code, 2);
  EXPECT_THAT(labels.err, HasSubstr("the metric top1 needs labels, and the data has none"));
  const Outcome unknown = run({"verify", model_, made, "--data", rest(), "--metric", "cosin"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err,
              HasSubstr("there is no metric 'cosin', and no program of that name, did you mean 'cosine'?"));
  const Outcome failing = run({"verify", model_, made, "--data", rest(), "--metric", "ls --no-such-option"});
  EXPECT_EQ(failing.code, 3);
  EXPECT_THAT(failing.err, HasSubstr("the metric's command ended with status 2; on stderr:"));
  const Outcome compared = run({"compare", model_, "--target", "onnxruntime-cpu", "--calib", calib(), "--data", rest(),
                                "--rounds", "5", "--metric", "sqnr", "--json"});
  EXPECT_EQ(compared.code, 0) << compared.err;
  EXPECT_EQ(compared.json()["metric"], "sqnr");
}

TEST_F(Choice, ExplainRanksUnitsBySensitivity) {
  const Outcome outcome = run({"explain", model_, "--sensitivity", "--target", "onnxruntime-cpu", "--calib", calib(),
                               "--data", rest(), "--reverse"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("1 quantized unit; float: cosine 1.00000"), HasSubstr("most harmful first"),
                                 HasSubstr("ConvBNReLU"), HasSubstr("gains back in float"), Not(HasSubstr("more"))));
  const auto json = run({"explain", model_, "--sensitivity", "--target", "onnxruntime-cpu", "--calib", calib(),
                         "--data", rest(), "--json"})
                        .json();
  ASSERT_EQ(json["units"].size(), 1u);
  EXPECT_EQ(json["units"][0]["pattern"], "ConvBNReLU");
  EXPECT_GT(json["units"][0]["unit_sqnr_db"], 10);
  EXPECT_EQ(json["units"][0]["gain"], nullptr);
}

TEST_F(Choice, SensitivityNeedsDataOfTwoKinds) {
  const auto fails = [&](std::vector<std::string> more, const std::string& message) {
    std::vector<std::string> words = {"explain", model_};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 2) << message;
    EXPECT_THAT(outcome.err, HasSubstr(message));
  };
  fails({"--sensitivity"}, "--sensitivity needs data to calibrate with");
  fails({"--sensitivity", "--calib", calib()}, "--sensitivity needs data to measure on");
  fails({"--calib", calib()}, "--calib, --data, --metric and --reverse go with --sensitivity");
  fails({"--sensitivity", "--node", "conv1"}, "--sensitivity looks at all units, --node and --pattern at one");
  fails({"--sensitivity", "--calib", calib(), "--data", data_}, "--calib and --data share samples (");
}

TEST_F(Choice, ABudgetIsHeldOnDataOfItsOwn) {
  const Outcome outcome = run(quantize({"--budget", "50", "--eval", eval(), "--data", rest()}));
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, AllOf(HasSubstr("budget of 50 % of cosine on "), HasSubstr("real on onnxruntime"),
                                 HasSubstr("every unit in INT8: "), HasSubstr("every unit stays in INT8"),
                                 HasSubstr("(4 samples)")));
  EXPECT_TRUE(fs::exists(path("int8.onnx")));
  const auto json = run(quantize({"--budget", "50", "--eval", eval(), "--json"})).json();
  EXPECT_EQ(json["budget"]["steps"].size(), 1u);
  EXPECT_EQ(json["budget"]["steps"][0]["holds"], true);
  EXPECT_EQ(json["budget"]["simulated"], false);
  EXPECT_EQ(json["recipe"], nullptr);
}

TEST_F(Choice, ABudgetThatCannotBeHeldWritesNothing) {
  const Outcome outcome = run(quantize({"--budget", "0", "--metric", "sqnr", "--eval", eval()}));
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("the budget of 0 % of the outputs' energy cannot be held on "),
                                 HasSubstr("allow more, or ship the float model")));
  EXPECT_FALSE(fs::exists(path("int8.onnx")));
}

TEST_F(Choice, WhatIsChosenOnIsNeitherCalibratedNorReportedOn) {
  const auto fails = [&](const std::vector<std::string>& more, const std::string& message) {
    const Outcome outcome = run(quantize(more));
    EXPECT_EQ(outcome.code, 2) << message;
    EXPECT_THAT(outcome.err, HasSubstr(message));
  };
  fails({"--budget", "1"}, "--budget needs data to choose on");
  fails({"--eval", eval()}, "--eval is what a budget is held on, and there is none");
  fails({"--budget", "1", "--eval", data_ + "#skip=2"}, "--calib and --eval share samples (");
  fails({"--budget", "1", "--eval", eval(), "--data", data_ + "#skip=6"}, "--eval and --data share samples (");
  const Outcome flattering = run(quantize({"--data", data_}));
  EXPECT_EQ(flattering.code, 0);
  EXPECT_THAT(flattering.out, HasSubstr("warning: --calib and --data share samples"));
}

TEST_F(Choice, EffortIsFastDefaultOrBest) {
  const auto fast = run(quantize({"--effort", "fast", "--json"})).json();
  EXPECT_EQ(fast["effort"], "fast");
  EXPECT_TRUE(fast["improvements"]["rounding"].empty());
  EXPECT_FALSE(fast["improvements"]["bias_correction"].empty());
  const Outcome best = run(quantize({"--effort", "best"}));
  EXPECT_EQ(best.code, 0) << best.err;
  EXPECT_THAT(best.out, HasSubstr("no recipe was tried out: 4 calibration samples are too few"));
  const std::string many = make("many.npy", npy({32, 3, 8, 8}));
  std::vector<std::string> words = quantize({"--effort", "best", "--json"});
  words[7] = many;
  const auto json = run(words).json();
  EXPECT_EQ(json["recipe"]["held_back_samples"], 8);
  EXPECT_EQ(json["recipe"]["trials"].size(), 4u);
  const Outcome wrong = run(quantize({"--effort", "high"}));
  EXPECT_EQ(wrong.code, 2);
  EXPECT_THAT(wrong.err, AllOf(HasSubstr("there is no effort 'high'"), HasSubstr("fast, default and best")));
}

}  // namespace
}  // namespace quoin
