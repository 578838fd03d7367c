// quoin plan.
#include "quoin/plan.h"

#include "cli/run_quoin.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class PlanVerb : public Cli {};

TEST_F(PlanVerb, WritesAPlanThatLoads) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome outcome = run({"plan", model, "-o", path("plan.toml")});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "list smart: 1 match with 4 Q/DQ points\nwrote " + path("plan.toml") +
                             ": edit it, then give it to quoin quantize --plan\n");
  const Plan plan = load_plan(path("plan.toml"));
  EXPECT_EQ(plan.model, "model.onnx");
  EXPECT_EQ(plan.list, "smart");
  ASSERT_EQ(plan.matches.size(), 1u);
  EXPECT_EQ(plan.matches[0].pattern, "ConvBNReLU");
  EXPECT_THAT(plan.matches[0].nodes, ElementsAre("conv1", "relu1"));
  EXPECT_NE(plan.matches[0].why, "");
}

TEST_F(PlanVerb, PrintsItWithoutAnOutputAndAsJson) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  const Outcome text = run({"plan", model, "--target", "tensorrt"});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(StartsWith("# Every match of the list"),
                              HasSubstr("{ point = \"weight(conv1)\", value = \"w\", apply = true }")));
  const Outcome json = run({"plan", model, "-o", path("plan.toml"), "--json"});
  EXPECT_EQ(json.json()["output"], path("plan.toml"));
  EXPECT_EQ(json.json()["matches"][0]["points"][0]["point"], "input(conv1)");
  EXPECT_EQ(json.json()["fingerprint"], load_plan(path("plan.toml")).fingerprint);
}

TEST_F(PlanVerb, NothingMatchedIsAFailedCheckThatLeavesNothing) {
  const std::string model = make("plain.onnx", bytes_of(kPlainModel));
  const Outcome outcome = run({"plan", model, "-o", path("plan.toml")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_EQ(outcome.err,
            "quoin: " + model +
                ": no fusion of the list smart matched: there is nothing to plan\n  remedy: quoin explain " + model +
                " says why\n");
  EXPECT_THAT(files(), ElementsAre("plain.onnx"));
}

TEST_F(PlanVerb, NeverOverwritesTheModel) {
  const std::string model = make("model.onnx", bytes_of(kConvModel));
  EXPECT_EQ(run({"plan", model, "-o", model}).code, 2);
  EXPECT_EQ(read_file(model), bytes_of(kConvModel));
  EXPECT_THAT(run({"plan", model, "--list", "smrt"}).err, HasSubstr("did you mean 'smart'?"));
}

}  // namespace
}  // namespace quoin
