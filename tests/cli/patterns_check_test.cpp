// quoin patterns check.
#include <gmock/gmock.h>

#include "cli/run_quoin.h"

namespace quoin {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kWrong = R"toml(
[[pattern]]
name = "DropRelu"
why = "wrong on purpose"
kind = "conversion"
tree = "Relu(Conv(x, const w, b?) as conv)"
replace = "Conv[attrs(conv)](x, w, b)"
)toml";

class PatternsCheck : public Cli {};

TEST_F(PatternsCheck, ARightFileIsProven) {
  const Outcome show = run({"patterns", "show", "ConvBN"});
  const std::string file = make("mine.toml", show.out + "\n[list]\nname = \"mine\"\nfusions = [\"ConvBN\"]\n");
  const Outcome check = run({"patterns", "check", file, "--count", "12"});
  if (check.code == 4) GTEST_SKIP() << check.err;
  EXPECT_EQ(check.code, 0) << check.err;
  EXPECT_THAT(check.out, AllOf(HasSubstr("ConvBN"), HasSubstr("proven"),
                               HasSubstr("1 proven lossless, 0 that only claim nodes, 0 wrong"),
                               HasSubstr("seed 1, onnxruntime")));
  EXPECT_EQ(run({"patterns", "check", file, "--count", "12"}).out, check.out) << "the same seed, the same text";
}

TEST_F(PatternsCheck, AWrongOneGivesItsSmallestGraph) {
  const std::string file = make("wrong.toml", kWrong);
  const Outcome check = run({"patterns", "check", file, "--count", "8", "-o", path("out")});
  if (check.code == 4) GTEST_SKIP() << check.err;
  EXPECT_EQ(check.code, 1);
  EXPECT_THAT(check.out, AllOf(HasSubstr("DropRelu is wrong on this graph (2 nodes): output '"), HasSubstr("before:\n"),
                               HasSubstr("after:\n"), HasSubstr("1 wrong")));
  EXPECT_TRUE(fs::exists(path("out/DropRelu.before.onnx")));
  EXPECT_TRUE(fs::exists(path("out/DropRelu.before.txt")));
  EXPECT_TRUE(fs::exists(path("out/DropRelu.after.txt")));
  const auto json = run({"patterns", "check", file, "--count", "8", "--json"}).json();
  EXPECT_FALSE(json["holds"].get<bool>());
  EXPECT_EQ(json["patterns"][0]["verdict"], "WRONG");
  EXPECT_EQ(json["patterns"][0]["counterexample"]["nodes"], 2);
}

TEST_F(PatternsCheck, TellsWhatTheOrderOfAListDoes) {
  const std::string file = make("order.toml", R"toml(
[[pattern]]
name = "AnyConv"
fuse = "FusedAnyConv"
why = "all"
tree = "Conv(x, w, b?) as conv"
[[pattern]]
name = "ConvAct"
fuse = "FusedConvAct"
why = "with activation"
tree = "Relu(Conv(x, w, b?) as conv)"
[list]
name = "wrong"
fusions = ["AnyConv", "ConvAct"]
)toml");
  const Outcome check = run({"patterns", "check", file, "--count", "8"});
  if (check.code == 4) GTEST_SKIP() << check.err;
  EXPECT_EQ(check.code, 0);
  EXPECT_THAT(check.out,
              AllOf(HasSubstr("ConvAct never gets a node in list wrong: AnyConv, before it, took them on all of"),
                    HasSubstr("AnyConv and ConvAct claim the same nodes")));
}

TEST_F(PatternsCheck, OneBuiltin) {
  const Outcome check = run({"patterns", "check", "--pattern", "Sigmoid", "--count", "3", "--seed", "7"});
  if (check.code == 4) GTEST_SKIP() << check.err;
  EXPECT_EQ(check.code, 0) << check.err;
  EXPECT_THAT(check.out, AllOf(HasSubstr("nothing rewritten"), HasSubstr("seed 7"), Not(HasSubstr("Softmax"))));
  const Outcome unknown = run({"patterns", "check", "--pattern", "Sigmoit"});
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("there is no pattern 'Sigmoit' to check, did you mean 'Sigmoid'?"));
  const Outcome none = run({"patterns", "check", "--count", "0"});
  EXPECT_EQ(none.code, 2);
  EXPECT_THAT(none.err, HasSubstr("--count is 0"));
}

}  // namespace
}  // namespace quoin
