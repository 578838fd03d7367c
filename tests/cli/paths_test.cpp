// No input is overwritten, no output lost: paths compared before the work, and what is written where.
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cli/run_quoin.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Paths : public Cli {
 protected:
  void SetUp() override {
    Cli::SetUp();
    model_ = make("model.onnx", bytes_of(kConvModel));
    data_ = make("data.npy", npy({4, 3, 8, 8}));
  }
  std::vector<std::string> quantize(const std::string& output, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> words = {"quantize",        model_,    "-o", output, "--target",
                                      "onnxruntime-cpu", "--calib", data_};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  // Refused with these words, and every file is what it was.
  void expect_refused(const std::vector<std::string>& words, const std::string& what) const {
    std::map<std::string, std::string> before;
    for (const std::string& name : files()) {
      if (fs::is_regular_file(path(name))) before[name] = read_file(path(name));
    }
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 2) << what << outcome.err;
    EXPECT_THAT(outcome.err, HasSubstr(what));
    for (const auto& [name, bytes] : before) EXPECT_EQ(read_file(path(name)), bytes) << name;
  }
  std::string model_, data_;
};

TEST_F(Paths, TheModelsExternalDataAreNoOutput) {
  save(parse_text(kConvModel), path("ext.onnx"), {.external_tensor_bytes = 1, .external_above = 0});
  ASSERT_TRUE(fs::exists(path("ext.onnx.data")));
  const std::string message = "the output is the input model's external data, which is never overwritten";
  expect_refused({"transform", path("ext.onnx"), "-o", path("ext.onnx.data")}, message);
  fs::create_hard_link(path("ext.onnx.data"), path("other name"));
  expect_refused({"plan", path("ext.onnx"), "-o", path("other name")}, message);
  // Nor is what would be written beside the output.
  fs::rename(path("ext.onnx.data"), path("y.data"));
  fs::create_symlink("y.data", path("ext.onnx.data"));
  expect_refused({"transform", path("ext.onnx"), "-o", path("y")}, message);
}

TEST_F(Paths, NoFileThatIsReadIsAnOutput) {
  expect_refused(quantize(data_), "the output is a file of the data of --calib, which is never overwritten");
  expect_refused(quantize(path("o.onnx"), {"--report", data_}), "a file of the data of --calib");
  const std::string plan = make("plan.toml", "");
  expect_refused(quantize(plan, {"--plan", plan}), "the output is the plan, which");
  const std::string target = make("target.toml", "name = \"t\"\nextends = \"onnxruntime-cpu\"\n");
  expect_refused({"quantize", model_, "-o", target, "--target", target, "--calib", data_},
                 "the output is the target's file");
  const std::string patterns = make("patterns.toml", "");
  expect_refused({"plan", model_, "--patterns", patterns, "-o", patterns}, "the output is the pattern file");
  const std::string metric = make("metric.sh", "#!/bin/sh\necho 1\n");
  fs::permissions(metric, fs::perms::owner_all);
  expect_refused(quantize(metric, {"--metric", "/bin/sh " + metric}), "the output is a file of the metric's command");
  expect_refused({"tune", model_, "--target", "onnxruntime-cpu", "--calib", data_, "--eval", data_, "-o",
                  path("o.onnx"), "--state", data_},
                 "a file of the data of --calib");
}

TEST_F(Paths, NorIsWhatADatasetNames) {
  fs::create_directory(path("images"));
  make("images/a.png", "x");
  const std::string labels = make("labels.tsv", "file\tlabel\na.png\t1\n");
  const std::string toml = make("set.toml", "images = 'images'\nlabels = 'labels.tsv'\nlabel_column = 'label'\n");
  expect_refused({"quantize", model_, "-o", labels, "--target", "onnxruntime-cpu", "--calib", toml + "#first=1"},
                 "the output is a file of the data of --calib");
  expect_refused({"quantize", model_, "-o", path("images/a.png"), "--target", "onnxruntime-cpu", "--calib", toml},
                 "the output is in a folder of the data of --calib");
  fs::create_directory(path("test_data_set_0"));
  make("test_data_set_0/input_0.pb", "x");
  expect_refused({"quantize", model_, "-o", path("test_data_set_0/input_0.pb"), "--target", "onnxruntime-cpu",
                  "--calib", path("test_data_set_0")},
                 "the output is in a folder of the data of --calib");
}

TEST_F(Paths, TwoOutputsAreTwoFiles) {
  expect_refused(quantize(path("both"), {"--report", path("both")}), "-o and --report are one file");
  expect_refused(quantize(path("both"), {"--report", path("./../work/both")}), "-o and --report are one file");
  fs::create_symlink("both", path("link"));
  expect_refused(quantize(path("both"), {"--report", path("link")}), "-o and --report are one file");
  expect_refused({"tune", model_, "--target", "onnxruntime-cpu", "--calib", data_, "--eval", data_, "-o",
                  path("o.onnx"), "--plan-out", path("p"), "--state", path("p")},
                 "--plan-out and --state are one file");
  EXPECT_THAT(files(), Not(Contains("both")));
}

TEST_F(Paths, WhatCannotBeWrittenIsToldBeforeTheWork) {
  const std::string name(256, 'n');
  const Outcome outcome = run(quantize(path("o.onnx"), {"--report", path(name)}));
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("the file cannot be written: File name too long"));
  EXPECT_THAT(files(), Not(Contains("o.onnx")));
  const std::string longest(255, 'n');
  EXPECT_EQ(run({"plan", model_, "-o", path(longest)}).code, 0);
}

TEST_F(Paths, ADeviceIsWrittenIntoAndStays) {
  if (::mknod(path("null").c_str(), S_IFCHR | 0666, makedev(1, 3)) != 0) GTEST_SKIP() << "no right to make a device";
  for (const char* verb : {"plan", "transform"}) run({verb, model_, "-o", path("null")});
  EXPECT_TRUE(fs::is_character_file(path("null")));
}

// It is a file like others, and nothing else is in it.
TEST_F(Paths, StdoutIsWrittenInto) {
  ASSERT_EQ(run({"plan", model_, "-o", path("plan.toml")}).code, 0);
  const Outcome outcome = run({"plan", model_, "-o", "/dev/stdout"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, read_file(path("plan.toml")));
  EXPECT_THAT(outcome.err, HasSubstr("wrote /dev/stdout"));
  const Outcome json = run({"plan", model_, "-o", "/dev/stdout", "--json"});
  EXPECT_EQ(json.code, 2);
  EXPECT_EQ(json.json()["error"]["message"], "-o would write to stdout, where the JSON is written");
  const Outcome two = run(quantize("/dev/stdout", {"--report", "/dev/fd/1"}));
  EXPECT_EQ(two.code, 2) << two.err;
  EXPECT_EQ(two.out, "");
}

TEST_F(Paths, AFullStdoutIsAnError) {
  if (::mknod(path("full").c_str(), S_IFCHR | 0666, makedev(1, 7)) != 0) GTEST_SKIP() << "no right to make a device";
  const auto run_full = [&](const std::string& words) {
    return run_shell("sh -c '" QUOIN_BINARY_DIR "/quoin " + words + " >" + path("full") + "'");
  };
  const Outcome outcome = run_full("targets show onnxruntime-cpu");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("stdout cannot be written to: No space left on device"));
  for (const char* words : {"--version", "--help", "quantize --help"}) {
    const Outcome asked = run_full(words);
    EXPECT_EQ(asked.code, 2) << words;
    EXPECT_THAT(asked.err, HasSubstr("stdout cannot be written to"));
  }
}

TEST_F(Paths, AnEmptyTextIsNoValue) {
  for (const char* option : {"--plan", "--patterns", "--list", "--report", "--data", "--effort", "--engine-library"}) {
    const Outcome outcome = run(quantize(path("o.onnx"), {option, ""}));
    EXPECT_EQ(outcome.code, 2) << option;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr(option), HasSubstr("it is given an empty text")));
  }
  EXPECT_EQ(run({"inspect", ""}).code, 2);
  for (const char* number : {"nan", "inf"})
    EXPECT_EQ(run({"verify", model_, model_, "--data", data_, "--budget", number}).code, 2) << number;
  EXPECT_THAT(run({"verify", model_, model_, "--data", data_, "--budget", "nan"}).err,
              HasSubstr("'nan' is not a number"));
}

TEST_F(Paths, SpecialFilesAsInputsAreRefused) {
  ASSERT_EQ(::mkfifo(path("pipe.toml").c_str(), 0600), 0);
  for (const char* option : {"--patterns", "--target"}) {
    const Outcome outcome = run({"match", model_, option, path("pipe.toml")});
    EXPECT_EQ(outcome.code, 3) << option;
    EXPECT_THAT(outcome.err, HasSubstr("cannot be read: it is a pipe, a device or a socket"));
  }
}

TEST_F(Paths, ABrokenEngineIsAMissingOne) {
  const Outcome outcome = run({"bench", model_, "--engine-library", QUOIN_BROKEN_ENGINE_LIBRARY});
  EXPECT_EQ(outcome.code, 4) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("is not ONNX Runtime: it gives no API"));
}

}  // namespace
}  // namespace quoin
