// Messages and exit codes where a machine, a shell or a file sets limits.
#include <cstdlib>

#include "cli/run_quoin.h"

namespace quoin {
namespace {

using ::testing::HasSubstr;

class Limits : public Cli {
 protected:
  // With what a shell says first.
  Outcome shell(const std::string& before, const std::string& arguments) const {
    const std::string out = path("out"), err = path("err");
    const std::string line =
        before + "; '" QUOIN_BINARY_DIR "/quoin' " + arguments + " >'" + out + "' 2>'" + err + "' </dev/null";
    const int status = std::system(("cd '" + path("") + "'; " + line).c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read_file(out), read_file(err)};
  }
};

TEST_F(Limits, ASmallStackIsMadeLarger) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer's own start needs more than 64 KiB of stack; the release build runs this";
#endif
  make("m.onnx", bytes_of(kConvModel));
  std::string condition = "1";
  for (int i = 0; i < 999; ++i) condition += " + 1";
  make("p.toml", "[[pattern]]\nname = \"P\"\ntree = \"Relu(x)\"\nwhere = [\"" + condition +
                     " > 0\"]\nqdq = []\nfuse = \"F\"\n[list]\nname = \"l\"\nfusions = [\"P\"]\n");
  EXPECT_EQ(shell("ulimit -s 64", "match m.onnx --patterns p.toml").code, 0);
}

TEST_F(Limits, NumbersOfOptions) {
  const std::string model = make("m.onnx", bytes_of(kConvModel));
  const Outcome negative = run({"bench", model, "--threads", "-1"});
  EXPECT_EQ(negative.code, 2);
  EXPECT_EQ(negative.err,
            "quoin: --threads: '-1' is not a number of threads from 1 to 1024\n  remedy: see quoin bench --help\n");
  EXPECT_THAT(run({"bench", model, "--threads", "1025"}).err, HasSubstr("'1025' is not a number of threads"));
  EXPECT_THAT(run({"bench", model, "--rounds", "0"}).err, HasSubstr("--rounds: '0' is not a number above 0"));
  EXPECT_THAT(run({"verify", model, model, "--data", "x.npy", "--budget", "nan"}).err,
              HasSubstr("--budget: 'nan' is not a number from 0 on"));
}

TEST_F(Limits, NamesThatNoFileCanHave) {
  const std::string model = make("m.onnx", bytes_of(kConvModel));
  const Outcome longer = run({"verify", model, model, "--data", std::string(300, 'n') + "#first=1"});
  EXPECT_EQ(longer.code, 3);
  EXPECT_THAT(longer.err, HasSubstr("cannot read the data: File name too long"));
}

TEST_F(Limits, BytesThatAreNoTextAreEscaped) {
  const Outcome outcome = run({"inspect", "no\xffsuch\x1b[31m.onnx", "--json"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, testing::StartsWith("quoin: no\\xffsuch\\x1b[31m.onnx: the file does not exist"));
  EXPECT_EQ(outcome.json()["error"]["where"], "no\\xffsuch\\x1b[31m.onnx");
}

TEST_F(Limits, NamesInCommandsAreQuoted) {
  const std::string model = make("a b's.onnx", bytes_of(kPlainModel));
  const Outcome outcome = run({"transform", model, "-o", path("o.onnx")});
  EXPECT_THAT(outcome.err, HasSubstr("quoin inspect '" + path("a b") + "'\\''s.onnx' shows"));
}

TEST_F(Limits, ARuntimeThatRefusesAGivenModel) {
  const std::string model = make("m.onnx", bytes_of(R"(<ir_version: 8, opset_import: ["" : 17]>
    g (float[1,4,8,8] x) => (y) <float[1,4,1,1] w = {1,1,1,1}> { y = Conv<strides = [0, 0]>(x, w) })"));
  const Outcome outcome = run({"bench", model});
  EXPECT_EQ(outcome.code, 3) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("refuses the model"));
}

TEST_F(Limits, ListsThatExtendEachOther) {
  const std::string model = make("m.onnx", bytes_of(kConvModel));
  std::string text = "[[pattern]]\nname = \"P\"\ntree = \"Relu(x)\"\nqdq = []\nfuse = \"F\"\n";
  for (int i = 0; i < 12000; ++i)
    text += "[[list]]\nname = \"l" + std::to_string(i) + "\"\nextends = \"l" + std::to_string(i + 1) + "\"\n";
  text += "[[list]]\nname = \"l12000\"\nfusions = [\"P\"]\n";
  const Outcome outcome = run({"match", model, "--patterns", make("p.toml", text), "--list", "l0"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("lists extend each other more than 100 deep"));
}

TEST_F(Limits, ASearchThatIsGivenUpIsTold) {
  std::string nodes;
  for (int i = 0; i < 300; ++i) nodes += "v" + std::to_string(i + 1) + " = Relu(v" + std::to_string(i) + ")\n";
  const std::string model =
      make("m.onnx",
           bytes_of("<ir_version: 8, opset_import: [\"\" : 17]> g (float[4] v0) => (float[4] v300) {" + nodes + "}"));
  const std::string patterns =
      make("p.toml",
           "[[pattern]]\nname = \"P\"\ntree = \"Relu{1,20}(Relu{1,20}(Relu{1,20}(Relu{1,20}(Relu{1,20}(Neg(x))))))\"\n"
           "qdq = []\nfuse = \"F\"\n[list]\nname = \"l\"\nfusions = [\"P\"]\n");
  for (const std::string verb : {"match", "explain"}) {
    const Outcome outcome = run({verb, model, "--patterns", patterns});
    EXPECT_EQ(outcome.code, 3) << verb;
    EXPECT_THAT(outcome.err, HasSubstr("the search was given up: the pattern 'P' took ")) << verb;
  }
}

TEST_F(Limits, AProofThatIsGivenUpIsNoCounterexample) {
  std::string tree = "Neg(x)";
  for (int i = 0; i < 90; ++i) tree = "Relu?(" + tree + ")";
  const std::string patterns =
      make("p.toml", "[[pattern]]\nname = \"P\"\ntree = \"" + tree + "\"\nqdq = []\nfuse = \"F\"\n");
  const Outcome outcome = run({"patterns", "check", patterns, "--count", "1"});
  EXPECT_THAT(outcome.out + outcome.err, HasSubstr("the search was given up: the pattern 'P' took "));
  EXPECT_THAT(outcome.out + outcome.err, testing::Not(HasSubstr("WRONG")));
}

TEST_F(Limits, DeepRunFiles) {
  const std::string deep = make("r.json", "{\"a\": " + std::string(100000, '[') + std::string(100000, ']') + "}");
  const Outcome outcome = run({"report", deep, "-o", path("r.html")});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("the file is nested too deeply to be a run"));
}

}  // namespace
}  // namespace quoin
