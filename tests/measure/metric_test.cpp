#include "quoin/metric.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "base/temporary_folder.h"
#include "measure/evaluate.h"
#include "measure/output_spool.h"
#include "quoin/error.h"

namespace quoin {
namespace {

using Kind = Metric::Kind;
using testing::HasSubstr;

template <typename Act>
std::string error_text(const Act& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.message() + " | " + error.remedy() + " | " + error.where();
  }
  return "no error";
}

Accuracy accuracy(std::optional<double> top1, double cosine, double sqnr) {
  Accuracy made;
  made.samples = 10;
  made.top1 = top1;
  made.mean_cosine = cosine;
  made.sqnr_db = sqnr;
  return made;
}

TEST(Metric, IsNamedOrACommand) {
  EXPECT_EQ(parse_metric("").kind, Kind::kAuto);
  EXPECT_EQ(parse_metric("top1").kind, Kind::kTop1);
  EXPECT_EQ(parse_metric("cosine").kind, Kind::kCosine);
  EXPECT_EQ(parse_metric("sqnr").kind, Kind::kSqnr);
  const Metric command = parse_metric("sh -c 'echo 1' ");
  EXPECT_EQ(command.kind, Kind::kCommand);
  EXPECT_EQ(to_string(command), "sh -c 'echo 1' ");
  EXPECT_EQ(parse_metric("/bin/sh").kind, Kind::kCommand);
  for (const char* name : {"auto", "top1", "cosine", "sqnr"}) EXPECT_EQ(to_string(parse_metric(name)), name);
}

TEST(Metric, ANameThatIsNeitherIsRefused) {
  EXPECT_EQ(error_text([] { parse_metric("top-1"); }),
            "there is no metric 'top-1', and no program of that name, did you mean 'top1'? | the metrics are top1, "
            "cosine, sqnr, or a command that reads outputs and prints a number (docs/accuracy.md) | --metric");
  EXPECT_THAT(error_text([] { parse_metric("/etc/passwd --map"); }),
              HasSubstr("there is no metric '/etc/passwd --map', and no program of that name | "))
      << "a file that cannot be run";
}

TEST(Metric, LossIsCountedInWhatBudgetsAreGivenIn) {
  const Accuracy reference = accuracy(83.0, 1, std::numeric_limits<double>::infinity()),
                 made = accuracy(82.6, 0.999, 20);
  EXPECT_NEAR(metric_loss({}, made, reference), 0.4, 1e-9);
  EXPECT_NEAR(metric_loss({Kind::kTop1}, made, reference), 0.4, 1e-9);
  EXPECT_NEAR(metric_loss({Kind::kCosine}, made, reference), 0.1, 1e-9);
  EXPECT_NEAR(metric_loss({Kind::kSqnr}, made, reference), 1.0, 1e-9) << "20 dB: the error has 1 % of the energy";
  EXPECT_EQ(metric_loss({Kind::kSqnr}, reference, reference), 0);
  EXPECT_TRUE(std::isinf(metric_loss({Kind::kSqnr}, accuracy({}, 0, -std::numeric_limits<double>::infinity()), made)));
  EXPECT_NEAR(metric_loss({}, accuracy({}, 0.995, 20), accuracy({}, 1, 99)), 0.5, 1e-9) << "without labels: cosine";
  Accuracy custom = made, of_float = reference;
  custom.custom = 0.25;
  of_float.custom = 0.75;
  EXPECT_EQ(metric_loss({Kind::kCommand, "x"}, custom, of_float), 0.5);
}

TEST(Metric, ALossOfJustTheBudgetKeepsIt) {
  EXPECT_GT(70.2 - 70.1, 0.1);  // in doubles
  EXPECT_TRUE(keeps_budget(70.2 - 70.1, 0.1));
  EXPECT_FALSE(keeps_budget(0.5001, 0.5));
  EXPECT_FALSE(keeps_budget(std::numeric_limits<double>::infinity(), 100));
}

TEST(Metric, IsPutIntoWords) {
  Accuracy made = accuracy(82.6, 0.998765, 31.25);
  made.custom = 0.713;
  EXPECT_EQ(value_text({}, made), "top-1 82.60");
  EXPECT_EQ(value_text({Kind::kCosine}, made), "cosine 0.99877");
  EXPECT_EQ(value_text({Kind::kSqnr}, made), "SQNR 31.2 dB");
  EXPECT_EQ(value_text({Kind::kCommand, "x"}, made), "custom metric 0.713");
  EXPECT_EQ(loss_text({}, 0.4, made), "0.40 points of top-1");
  EXPECT_EQ(loss_text({Kind::kCosine}, 0.12345, made), "0.123 % of cosine");
  EXPECT_EQ(loss_text({Kind::kSqnr}, 0.5, made), "0.5 % of the outputs' energy");
  EXPECT_EQ(loss_text({Kind::kCommand, "x"}, 0.25, made), "0.25 of the custom metric");
  EXPECT_EQ(loss_text({}, 0.1, accuracy({}, 1, 0)), "0.1 % of cosine");
}

TEST(Metric, Top1OfDataWithoutLabelsIsAnError) {
  EXPECT_EQ(error_text([] { metric_value({Kind::kTop1}, accuracy({}, 1, 0)); }),
            "the metric top1 needs labels, and the data has none | give data with labels, or --metric cosine | "
            "--metric");
}

// Two outputs: y = x, z of a length that depends on the sample.
std::unique_ptr<Engine> echo() {
  const FakeModel model{{{"x", DataType::kFloat, {-1, 2}}},
                        {{"y", DataType::kFloat, {-1, 2}}, {"z", DataType::kInt64, {-1}}}};
  return make_fake_engine(model, [](const NamedTensors& feeds) {
    const float first = feeds[0].second.as<float>()[0];
    const std::vector<int64_t> z(static_cast<size_t>(first) + 2, 7);
    return NamedTensors{{"y", feeds[0].second}, {"z", Tensor::from<int64_t>({static_cast<int64_t>(z.size())}, z)}};
  });
}

Dataset three_samples() {
  return Dataset(
      3,
      [](size_t i) {
        return Sample{{{"x", Tensor::from<float>({1, 2}, std::vector<float>{static_cast<float>(i), 0.5F})}}, 0};
      },
      "made up", true);
}

class MetricCommand : public testing::Test {
 protected:
  // Evaluates the fake model with a script as the metric.
  std::vector<Accuracy> judge(const std::string& command, int threads = 1) const {
    const Graph graph = parse_text(
        "<ir_version: 8, opset_import: [\"\" : 13]>\ng (float[N,2] x) => (float[N,2] y) {\n  y = Identity(x)\n}\n");
    const auto engine = echo();
    const auto session = engine->open_bytes("");
    return evaluate(graph, {session.get(), session.get()}, three_samples().bind(graph), threads, {},
                    parse_metric(command));
  }
  std::string script(const std::string& text) const {
    const auto path = folder_.path() / "metric.sh";
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path.string();
  }
  TemporaryFolder folder_{"quoin-test"};
};

TEST_F(MetricCommand, ReadsTheOutputsAndGivesTheNumber) {
  // Copies what it is given, so that it can be looked at.
  const auto copy = folder_.path() / "copy.npz";
  for (const int threads : {1, 3}) {
    const auto found =
        judge(script("cp \"$3\" '" + copy.string() + "'; echo hello; echo \" $1$2 \"; echo") + " 12 .5", threads);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].custom, 12.5);
    EXPECT_EQ(found[1].custom, 12.5);
    std::ifstream file(copy, std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    for (const char* name : {"y.npy", "z#0.npy", "z#1.npy", "z#2.npy", "labels.npy"})
      EXPECT_THAT(bytes, HasSubstr(name));
    EXPECT_THAT(bytes, HasSubstr("'shape': (3, 2, )"));
    EXPECT_THAT(bytes, HasSubstr("'shape': (4, )")) << "of z#2";
    // y whole, in the order of the samples.
    const std::vector<float> y = {0, 0.5F, 1, 0.5F, 2, 0.5F};
    EXPECT_THAT(bytes, HasSubstr(std::string(reinterpret_cast<const char*>(y.data()), y.size() * sizeof(float))));
  }
}

TEST_F(MetricCommand, TheSpoolIsReadBackAsADataset) {
  OutputSpool spool(folder_.path(), {"a", "b"}, 2);
  const auto add = [&](size_t sample, std::vector<float> a, int64_t b) {
    const int64_t size = static_cast<int64_t>(a.size());
    spool.add(sample, {Tensor::from<float>({1, size}, a), Tensor::scalar(b)}, std::nullopt);
  };
  add(1, {3, 4}, 8);
  add(0, {1, 2}, 9);
  spool.write(folder_.path() / "out.npz");
  const Dataset data = load_dataset((folder_.path() / "out.npz").string());
  ASSERT_EQ(data.size(), 2u);
  EXPECT_FALSE(data.has_labels());
  EXPECT_EQ(data.sample(1).inputs[0].second.to_floats(), (std::vector<float>{3, 4}));
  EXPECT_EQ(data.sample(0).inputs[1].second.to_int64s(), (std::vector<int64_t>{9}));
}

TEST_F(MetricCommand, OutputsThatNumpyCannotHoldAreRefused) {
  OutputSpool spool(folder_.path(), {"text"}, 1);
  spool.add(0, {Tensor({1}, std::vector<std::string>{"word"})}, std::nullopt);
  EXPECT_EQ(error_text([&] { spool.write(folder_.path() / "out.npz"); }),
            "the output 'text': NumPy has no arrays of string | give a model whose outputs are float16, float, double, "
            "integers or bool | ");
}

TEST_F(MetricCommand, AFailureSaysWhatTheCommandSaid) {
  const std::string remedy =
      " | it is run with the path of an .npz as its last argument and prints one number on its last line "
      "(docs/accuracy.md) | ";
  const std::string failing = script("echo 12; echo 'no boxes' >&2; exit 3");
  EXPECT_EQ(error_text([&] { judge(failing); }),
            "the metric's command ended with status 3; on stderr:\n  no boxes" + remedy + failing);
  const std::string words = script("echo 12; echo 'accuracy 5'");
  EXPECT_EQ(error_text([&] { judge(words); }),
            "the metric's command printed no number on its last line: 'accuracy 5'; on stderr:\n  (it printed "
            "nothing)" +
                remedy + words);
  const std::string long_line = script("head -c 9000 /dev/zero | tr '\\0' x");
  EXPECT_EQ(error_text([&] { judge(long_line); }), "the metric's command printed no number on its last line: '" +
                                                       std::string(200, 'x') +
                                                       "...'; on stderr:\n  (it printed nothing)" + remedy + long_line);
  const std::string silent = script("exit 0");
  EXPECT_EQ(error_text([&] { judge(silent); }),
            "the metric's command printed nothing; on stderr:\n  (it printed nothing)" + remedy + silent);
  EXPECT_THAT(error_text([&] { judge(script("echo nan")); }), HasSubstr("printed no number on its last line: 'nan'"));
}

}  // namespace
}  // namespace quoin
