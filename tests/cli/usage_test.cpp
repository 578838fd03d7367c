// Verbs, options, help, patterns and targets.
#include "cli/run_quoin.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class Usage : public Cli {};

const std::vector<std::string> kVerbs = {"inspect", "match",  "transform", "quantize", "verify", "bench",
                                         "compare", "report", "lint",      "patterns", "targets"};

TEST_F(Usage, EveryVerbHasHelpWithAnExample) {
  const Outcome all = run({"--help"});
  EXPECT_EQ(all.code, 0);
  for (const std::string& verb : kVerbs) {
    EXPECT_THAT(all.out, HasSubstr(verb));
    const Outcome help = run({verb, "--help"});
    EXPECT_EQ(help.code, 0) << verb;
    EXPECT_THAT(help.out, HasSubstr("Example: quoin " + verb));
    EXPECT_THAT(help.out, HasSubstr("--json"));
    EXPECT_THAT(help.err, IsEmpty());
  }
}

TEST_F(Usage, TheVersionIsThatOfTheBuild) {
  const Outcome version = run({"--version"});
  EXPECT_EQ(version.code, 0);
  ASSERT_THAT(version.out, StartsWith("quoin "));
  const std::string number = version.out.substr(6, version.out.size() - 7);
  EXPECT_THAT(read_file(QUOIN_SOURCE_DIR "/CMakeLists.txt"), HasSubstr("project(quoin VERSION " + number + " "));
}

TEST_F(Usage, AnUnknownVerbIsNamedWithASuggestion) {
  const Outcome outcome = run({"quantise", "model.onnx"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(
      outcome.err,
      StartsWith("quoin: there is no verb 'quantise', did you mean 'quantize'?\n  remedy: the verbs are: inspect, "));
}

TEST_F(Usage, NoVerbIsWrongUse) {
  const Outcome outcome = run({});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, StartsWith("quoin: there is no verb\n  remedy: "));
}

TEST_F(Usage, AMissingOptionPointsAtTheHelp) {
  const Outcome outcome = run({"quantize", "model.onnx", "-o", "out.onnx", "--target", "onnxruntime-cpu"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("--calib is required"), HasSubstr("  remedy: see quoin quantize --help\n")));
  EXPECT_EQ(run({"inspect", "a.onnx", "--colour"}).code, 2);
  EXPECT_EQ(run({"bench", "a.onnx", "--rounds", "0"}).code, 2);
}

TEST_F(Usage, ErrorsAreJsonTooWhereAskedFor) {
  const Outcome outcome = run({"quantise", "--json"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.json()["error"]["code"], "usage");
  EXPECT_EQ(outcome.json()["error"]["exit_code"], 2);
  EXPECT_EQ(outcome.json()["error"]["message"], "there is no verb 'quantise', did you mean 'quantize'?");
  EXPECT_THAT(outcome.err, StartsWith("quoin: there is no verb"));
}

TEST_F(Usage, PatternsListShowAndCheck) {
  const Outcome list = run({"patterns"});
  EXPECT_EQ(list.code, 0);
  EXPECT_THAT(list.out, AllOf(HasSubstr("ConvBNReLU"), HasSubstr("conversion"), HasSubstr("fusion")));
  EXPECT_EQ(run({"patterns", "list"}).out, list.out);
  EXPECT_GT(run({"patterns", "--json"}).json()["patterns"].size(), 5u);

  const Outcome show = run({"patterns", "show", "ConvBN"});
  EXPECT_EQ(show.code, 0);
  EXPECT_THAT(show.out, AllOf(HasSubstr("[[pattern]]"), HasSubstr("\"ConvBN\"")));
  EXPECT_EQ(run({"patterns", "show", "ConvBN", "--json"}).json()["toml"], show.out);
}

TEST_F(Usage, AnUnknownPatternIsNamedWithASuggestion) {
  const Outcome outcome = run({"patterns", "show", "ConvBNRelu6"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("ConvBNRelu6"), HasSubstr("did you mean 'ConvBNReLU'?")));
  EXPECT_EQ(run({"patterns", "sow"}).code, 2);
  EXPECT_EQ(run({"patterns", "show"}).code, 2);
}

TEST_F(Usage, APatternFileThatIsWrongIsRefusedWithItsLine) {
  const Outcome outcome =
      run({"patterns", "check", make("bad.toml", "[list]\nname = \"mine\"\nfusions = [\"ConvBM\"]\n")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("bad.toml:"), HasSubstr("ConvBM"), HasSubstr("did you mean 'ConvBN'?")));
  EXPECT_EQ(run({"patterns", "check", path("absent.toml")}).code, 3);
  EXPECT_EQ(run({"patterns", "check", make("empty.toml", "")}).code, 3);
}

TEST_F(Usage, TargetsListAndShow) {
  const Outcome list = run({"targets"});
  EXPECT_EQ(list.code, 0);
  EXPECT_THAT(list.out, AllOf(HasSubstr("onnxruntime-cpu"), HasSubstr("tensorrt")));
  const Outcome show = run({"targets", "show", "tensorrt"});
  EXPECT_EQ(show.code, 0);
  EXPECT_THAT(show.out, HasSubstr("smart"));
  EXPECT_EQ(run({"targets", "show", "tensorrt", "--json"}).json()["toml"], show.out);
}

TEST_F(Usage, AnUnknownTargetIsNamedWithASuggestion) {
  const std::string model = make("model.onnx", bytes_of(kConvModel)), data = make("data.npy", npy({4, 3, 8, 8}));
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"targets", "show", "tensorr"},
           {"match", model, "--target", "tensorr"},
           {"quantize", model, "-o", path("out.onnx"), "--target", "tensorr", "--calib", data},
           {"compare", model, "--target", "tensorr", "--calib", data, "--data", data}}) {
    const Outcome outcome = run(words);
    EXPECT_EQ(outcome.code, 2) << words[0];
    EXPECT_THAT(outcome.err,
                AllOf(HasSubstr("tensorr"), HasSubstr("did you mean 'tensorrt'?"), HasSubstr("  remedy: ")))
        << words[0];
  }
  EXPECT_FALSE(fs::exists(path("out.onnx")));
}

TEST_F(Usage, AnUnknownListIsNamedWithASuggestion) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome outcome = run({"match", model, "--list", "smrt"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean 'smart'?"));
  const std::string file = make("lists.toml",
                                "[[list]]\nname = \"one\"\nfusions = [\"ConvBN\"]\n[[list]]\nname = \"two\"\nextends = "
                                "\"one\"\nfusions = [\"Linear\"]\n");
  EXPECT_THAT(run({"match", model, "--patterns", file}).err, HasSubstr("the file has 2 lists: one, two"));
  EXPECT_THAT(run({"match", model, "--patterns", file, "--list", "on"}).err, HasSubstr("did you mean 'one'?"));
  EXPECT_EQ(run({"match", model, "--patterns", file, "--list", "two"}).code, 0);
  EXPECT_EQ(run({"match", model, "--patterns", file, "--list", "smart"}).code, 0) << "the target's lists stay there";
  EXPECT_EQ(
      run({"match", model, "--list", make("one.toml", "[list]\nname = \"mine\"\nfusions = [\"ConvBNReLU\"]\n")}).code,
      0);
}

TEST_F(Usage, AMethodThatDoesNotExistIsRefused) {
  const std::string model = make("model.onnx", bytes_of(kConvModel)), data = make("data.npy", npy({4, 3, 8, 8}));
  const std::vector<std::string> quantize = {"quantize",        model,     "-o", path("out.onnx"), "--target",
                                             "onnxruntime-cpu", "--calib", data};
  const auto with = [&](std::vector<std::string> more) {
    std::vector<std::string> words = quantize;
    words.insert(words.end(), more.begin(), more.end());
    return run(words);
  };
  EXPECT_EQ(with({"--method", "entropi"}).code, 2);
  EXPECT_THAT(with({"--percentile", "12"}).err, HasSubstr("a percentile of 12 is not above 50 and up to 100"));
  EXPECT_THAT(with({"--percentile", "99.9", "--method", "mse"}).err,
              HasSubstr("--percentile does not go with --method mse"));
  EXPECT_FALSE(fs::exists(path("out.onnx")));
}

}  // namespace
}  // namespace quoin
