// Placements on real lists, and tune as a whole on ONNX Runtime and a small model.
#include <algorithm>
#include <filesystem>

#include "measure/tune/list_files.h"
#include "measure/tune/moves.h"
#include "quantize/emitted.h"
#include "quoin/tune.h"

namespace quoin {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

class Tune : public testing::Test {
 protected:
  void SetUp() override {
    if (onnxruntime() == nullptr) GTEST_SKIP() << "ONNX Runtime is not on this machine";
  }
  ListFiles files(const Graph& model, const PatternList& list) const {
    return ListFiles(model, target_, *onnxruntime(), data_, list, {}, 2);
  }
  const Graph model_ = resnet_block();
  const Target target_ = load_target("onnxruntime-cpu");
  const Dataset data_ = random_dataset(model_, 4);
};

// Convolutions of one shape are one decision.
TEST_F(Tune, UnitsAlikeAreOneGroup) {
  const Graph model = model_of("float[1,4,8,8] x", "float[1,4,8,8] y",
                               {random_initializer("w1", {4, 4, 3, 3}), random_initializer("w2", {4, 4, 3, 3}),
                                random_initializer("w3", {4, 4, 1, 1})},
                               "[a] v1 = Conv<pads = [1,1,1,1]>(x, w1)\n[b] v2 = Conv<pads = [1,1,1,1]>(v1, w2)\n"
                               "[c] y = Conv(v2, w3)");
  const ListFiles list(model, target_, *onnxruntime(), random_dataset(model, 2), target_.smart, {}, 2);
  ASSERT_THAT(list.groups(), SizeIs(2));
  EXPECT_THAT(list.groups()[0].units, ElementsAre(0U, 1U));
  EXPECT_THAT(list.groups()[0].choices, ElementsAre(Choice::kInt8, Choice::kFloat));
  EXPECT_EQ(group_text(list.groups()[0], list.groups()[0].units, list.transformed().matches),
            "ConvBN, 2 units alike (a, …)");
  EXPECT_EQ(group_text(list.groups()[1], list.groups()[1].units, list.transformed().matches), "ConvBN c");
}

TEST_F(Tune, SketchAndDeliveredFileHaveTheSameNodes) {
  ListFiles list = files(model_, target_.smart);
  std::string choices = list.all(Choice::kInt8);
  choices[0] = static_cast<char>(Choice::kFloat);
  const Graph sketch = list.sketch(choices);
  EXPECT_EQ(qdq_places(sketch), qdq_places(list.full(choices).emitted.graph));
  EXPECT_EQ(qdq_places(sketch), qdq_places(list.draft(choices)));
  const QuantizeResult made = list.deliver(list.plan(choices));
  EXPECT_EQ(qdq_places(sketch), qdq_places(made.emitted.graph));
}

TEST_F(Tune, AWholeListIsWhatQuantizeWrites) {
  ListFiles list = files(model_, target_.smart);
  const std::string full = serialize(list.full(list.all(Choice::kInt8)).emitted.graph);
  QuantizeOptions options;
  options.list = "smart";
  EXPECT_EQ(full, serialize(quantize_model(model_, target_, *onnxruntime(), data_, options).emitted.graph));
}

TEST_F(Tune, AllFloatIsTheRewrite) {
  const ListFiles list = files(model_, target_.smart);
  EXPECT_EQ(serialize(list.sketch(list.all(Choice::kFloat))), serialize(list.transformed().graph));
  EXPECT_TRUE(list.is_float(list.all(Choice::kFloat)));
  EXPECT_FALSE(list.is_float(list.all(Choice::kInt8)));
}

// The Add of a residual unit alone in float, where what it adds and what reads it are float too.
TEST_F(Tune, AnAddCanBeFloatAlone) {
  const Graph model = model_of("float[1,4,8,8] x", "float[1,4,8,8] y", {random_initializer("w", {4, 4, 1, 1})},
                               "[conv] c = Conv(x, w)\n[side] s = Tanh(x)\n[add] a = Add(c, s)\n[last] y = Tanh(a)");
  const Dataset data = random_dataset(model, 2);
  ListFiles list(model, target_, *onnxruntime(), data, target_.smart, {}, 2);
  ASSERT_THAT(list.groups(), SizeIs(1));
  EXPECT_THAT(list.groups()[0].choices, ElementsAre(Choice::kInt8, Choice::kFloat, Choice::kFloatAdd));
  const std::string choices = list.all(Choice::kFloatAdd);
  const std::string places = qdq_places(list.sketch(choices));
  EXPECT_THAT(places, AllOf(HasSubstr("Conv conv(q, int8[0], int32[0]) -> q"), HasSubstr("Tanh side(x)\n"),
                            HasSubstr("Add add(q, x)\n")));
  const Plan plan = list.plan(choices), again = parse_plan(to_toml(plan));
  EXPECT_EQ(again.matches, plan.matches);
  EXPECT_EQ(qdq_places(list.deliver(again).emitted.graph), places);
}

// Its operands and its output are read quantized anyway.
TEST_F(Tune, AChoiceThatChangesNothingIsNone) {
  const ListFiles list = files(model_, target_.smart);
  for (const Group& group : list.groups())
    EXPECT_THAT(group.choices, ElementsAre(Choice::kInt8, Choice::kFloat)) << group.pattern;
}

TEST_F(Tune, AFloatChoiceStaysWrittenDown) {
  const ListFiles list = files(model_, target_.smart);
  std::string choices = list.all(Choice::kInt8);
  choices[0] = static_cast<char>(Choice::kFloat);
  const Plan plan = list.plan(choices);
  EXPECT_EQ(plan.matches[0].precision, "float");
  EXPECT_TRUE(plan.matches[0].apply);
  EXPECT_EQ(plan.matches[1].precision, "int8");
  EXPECT_EQ(plan.list, "smart");
}

// What the smart list leaves float by a pattern is open for choice in the wide one.
TEST_F(Tune, TheWideListOpensWhatSmartLeavesFloat) {
  const PatternList wide = wide_list(target_);
  EXPECT_EQ(wide.name, "wide");
  EXPECT_TRUE(wide.find("ConvBNReLU") && wide.find("MatMul"));
  EXPECT_FALSE(wide.find("StemAndDepthwise"));
  const Graph model = model_of("float[1,3,8,8] x", "float[1,8,8,8] y",
                               {random_initializer("w1", {8, 3, 3, 3}), random_initializer("w2", {8, 1, 3, 3})},
                               "[stem] c = Conv<pads = [1,1,1,1]>(x, w1)\n[act] r = Relu(c)\n"
                               "[depthwise] d = Conv<pads = [1,1,1,1], group = 8>(r, w2)\n[last] y = Relu(d)");
  const auto units = [&](const PatternList& list) { return transform(model, list).matches.counts(); };
  EXPECT_THAT(units(target_.smart), ElementsAre(testing::Pair("StemAndDepthwise", 1)));
  EXPECT_THAT(units(wide), ElementsAre(testing::Pair("ConvBNReLU", 2)));
}

TEST_F(Tune, ValuesPassBetweenUnits) {
  const ListFiles list = files(model_, target_.smart);
  const std::vector<UnitEdge> edges = unit_edges(list.whole());
  const auto reads_the_input = [](const UnitEdge& edge) { return edge.from == kNoUnit && edge.to == 0; };
  EXPECT_TRUE(std::any_of(edges.begin(), edges.end(), reads_the_input));
  const auto passes_on = [](const UnitEdge& edge) { return edge.from == 0 && edge.to > 0; };
  EXPECT_TRUE(std::any_of(edges.begin(), edges.end(), passes_on));
  for (const UnitEdge& edge : edges) EXPECT_GT(edge.elements, 0);
}

// What may differ from machine to machine is which file wins; that the report is whole and the file runs, not.
void check_result(const TuneResult& result, const Graph& model) {
  ASSERT_LT(result.delivered, result.rows.size());
  EXPECT_EQ(result.rows[0].name, "float");
  EXPECT_NO_THROW(check_model(result.file));
  EXPECT_THAT(result.verdict, testing::AnyOf(testing::StartsWith("Ship "), testing::StartsWith("Leave it float: ")));
  EXPECT_FALSE(result.ended.empty());
  for (const TuneRow& row : result.rows) {
    if (!row.skipped.empty()) continue;
    EXPECT_GT(row.latency.median_ms, 0) << row.name;
    EXPECT_EQ(row.latency.runs, result.rounds) << row.name;
  }
  const Dataset inputs = random_dataset(model, 1).bind(model);
  EXPECT_NO_THROW(onnxruntime()->open_bytes(serialize(result.file))->run(inputs.sample(0).inputs));
}

TEST_F(Tune, MakesAValidFileAndAnHonestReport) {
  TuneOptions options;
  options.budget = 100;
  options.sketch_samples = 2;
  const TuneResult result = tune(model_, target_, *onnxruntime(), data_, random_dataset(model_, 3, 7), options);
  check_result(result, model_);
  EXPECT_FALSE(result.trials.empty());
  EXPECT_EQ(result.plan.fingerprint, fingerprint(model_));
  if (result.rows[result.delivered].name != "tuned") return;
  QuantizeOptions again;
  again.list = result.plan.list;
  again.plan = &result.plan;
  EXPECT_EQ(serialize(quantize_model(model_, target_, *onnxruntime(), data_, again).emitted.graph),
            serialize(result.file))
      << "its plan makes the same file";
}

TEST_F(Tune, EndsAtOnceWhenItIsStopped) {
  TuneOptions options;
  options.sketch_samples = 2;
  options.stop = [] { return true; };
  const TuneResult result = tune(model_, target_, *onnxruntime(), data_, random_dataset(model_, 3, 7), options);
  check_result(result, model_);
  EXPECT_EQ(result.ended, "stopped");
}

TEST_F(Tune, GoesOnFromItsStateFile) {
  const std::string path = (std::filesystem::path(testing::TempDir()) / "quoin_tune_state.json").string();
  std::filesystem::remove(path);
  TuneOptions options;
  options.budget = 100;
  options.sketch_samples = 2;
  options.state = path;
  const Dataset data = random_dataset(model_, 3, 7);
  const TuneResult first = tune(model_, target_, *onnxruntime(), data_, data, options);
  EXPECT_EQ(first.resumed, 0);
  const TuneResult second = tune(model_, target_, *onnxruntime(), data_, data, options);
  EXPECT_GT(second.resumed, 4);
  ASSERT_EQ(second.trials.size(), first.trials.size());
  for (size_t i = 0; i < first.trials.size(); ++i) {
    EXPECT_EQ(second.trials[i].what, first.trials[i].what);
    EXPECT_EQ(second.trials[i].ratio, first.trials[i].ratio);
  }
  const Graph other =
      model_of("float[1,4,8,8] x", "float[1,4,8,8] y", {random_initializer("w", {4, 4, 1, 1})}, "[a] y = Conv(x, w)");
  EXPECT_THAT(error_text([&] {
                tune(other, target_, *onnxruntime(), random_dataset(other, 4), random_dataset(other, 3, 7), options);
              }),
              AllOf(HasSubstr("the state file is of another model: it has '" + fingerprint(model_) + "'"),
                    HasSubstr("name another file with --state, or delete this one")));
  std::filesystem::remove(path);
}

TEST_F(Tune, AModelThatNothingMatchesStaysFloat) {
  const Graph model = model_of("float[1,4] x", "float[1,4] y", {}, "[tanh] y = Tanh(x)");
  const TuneResult result =
      tune(model, target_, *onnxruntime(), random_dataset(model, 4), random_dataset(model, 3, 7), {});
  EXPECT_EQ(result.rows[result.delivered].name, "float");
  EXPECT_EQ(serialize(result.file), serialize(model));
  EXPECT_EQ(result.ended, "no list matched");
  EXPECT_THAT(result.rows[1].skipped, HasSubstr("matched nothing in this model"));
  EXPECT_EQ(result.verdict,
            "Leave it float: no INT8 placement was faster within the budget; what is written is the model as it was.");
}

TEST_F(Tune, OptionsThatMakeNoSenseAreRefused) {
  const auto refused = [&](const std::function<void(TuneOptions&)>& change) {
    TuneOptions options;
    change(options);
    return error_text([&] { tune(model_, target_, *onnxruntime(), data_, data_, options); });
  };
  EXPECT_EQ(refused([](TuneOptions& one) { one.minutes = 0; }), "0 minutes leave no time to search | 5, say");
  EXPECT_EQ(refused([](TuneOptions& one) { one.budget = -1; }), "a budget of -1 allows nothing | 0 or more");
  EXPECT_EQ(refused([](TuneOptions& one) { one.threads = 0; }), "0 threads run nothing | ask for 1 thread or more");
}

}  // namespace
}  // namespace quoin
