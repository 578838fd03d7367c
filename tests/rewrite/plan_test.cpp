#include "quoin/plan.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "helpers.h"

namespace quoin::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using State = PlanOutcome::State;

constexpr const char* kNodes = R"(
    [conv] c = Conv (x, w)  [relu] r = Relu (c)  [left] d = Conv (r, w)  [right] e = Conv (r, w)  [add] a = Add (d, e)
    [double] b = Add (a, a)  [last] y = Neg (b) })";

Graph block(const std::string& weights = "1,2,3,4", const std::string& nodes = kNodes) {
  return model("agraph (float[1,2,4,4] x) => (float[1,2,4,4] y) <float[2,2,1,1] w = {" + weights + "}> {" + nodes);
}

PatternList fusions() {
  PatternList list = list_of({
      fusion("AddOfConvs", "Add(Conv(p, const v) as one, Conv(q, const u) as two) as add",
             {weight("one"), weight("two"), inner("add"), output()}),
      fusion("ConvRelu", "Relu(Conv(x, const w) as conv) as act", {input("conv"), weight("conv"), output()}),
      fusion("Doubled", "Add(x, x) as add", {input("add", 0), input("add", 1)}),
      fusion("Negated", "Neg(x) as neg"),
  });
  list.name = "mine";
  return list;
}

struct Planned {
  Graph model = block();
  MatchReport matches = transform(model, fusions()).matches;
  Plan plan = make_plan(model, matches);
};

std::vector<std::string> texts(const PlanMatch& match) {
  std::vector<std::string> texts;
  for (const PlanPoint& point : match.points) texts.push_back(point.point + " " + point.value);
  return texts;
}

TEST(Plan, ListsEveryMatchWithItsPoints) {
  const Planned planned;
  const Plan& plan = planned.plan;
  EXPECT_EQ(plan.list, "mine");
  EXPECT_EQ(plan.fingerprint, fingerprint(planned.model));
  ASSERT_THAT(plan.matches, SizeIs(4));
  EXPECT_EQ(plan.matches[0].pattern, "ConvRelu");
  EXPECT_EQ(plan.matches[0].unit, planned.matches.units[0].unit);
  EXPECT_THAT(plan.matches[0].nodes, ElementsAre("conv", "relu"));
  EXPECT_TRUE(plan.matches[0].apply);
  EXPECT_EQ(plan.matches[0].precision, "int8");
  EXPECT_THAT(texts(plan.matches[0]), ElementsAre("input(conv) x", "weight(conv) w", "output r"));
  // Two places of one point are told apart by value, and by input where that is the same.
  EXPECT_THAT(texts(plan.matches[1]),
              ElementsAre("weight(left) w", "weight(right) w", "inner(add) d", "inner(add) e", "output a"));
  EXPECT_THAT(texts(plan.matches[2]), ElementsAre("input(double, 0) a", "input(double, 1) a"));
  EXPECT_THAT(plan.matches[3].points, SizeIs(0));
}

TEST(Plan, TomlIsReadBackAsItWas) {
  Planned planned;
  Plan& plan = planned.plan;
  plan.model = "a \"b\"\\c\n.onnx";
  plan.matches[0].apply = false;
  plan.matches[1].precision = "float";
  plan.matches[1].points[2].apply = false;
  plan.matches[2].why = "because\tit is 'so' é";
  const Plan again = parse_plan(to_toml(plan), "plan.toml");
  EXPECT_EQ(again.model, plan.model);
  EXPECT_EQ(again.fingerprint, plan.fingerprint);
  EXPECT_EQ(again.list, plan.list);
  EXPECT_EQ(again.file, "plan.toml");
  EXPECT_EQ(again.matches, plan.matches);
  EXPECT_EQ(to_toml(again), to_toml(plan));
}

TEST(Plan, TomlIsWrittenForPeople) {
  const Planned planned;
  const std::string text = to_toml(planned.plan);
  EXPECT_THAT(text, StartsWith("# Every match of the list in the model"));
  EXPECT_THAT(text, HasSubstr("[[match]]\npattern   = \"ConvRelu\"\nunit      = \"" + planned.matches.units[0].unit +
                              "\"\nnodes     = [\"conv\", \"relu\"]\napply     = true\nprecision = \"int8\"\n"
                              "points    = [\n  { point = \"input(conv)\", value = \"x\", apply = true },\n"));
}

PatternList with_conversions() {
  PatternList list = list_of(
      {conversion("TwoNegs", "Neg(Neg(x))", "Identity(x)"), conversion("SumOfTwo", "Add(x, x)", "Mul(x, 2.0)")});
  list.name = "mine";
  const PatternList more = fusions();
  for (const PatternRef& pattern : more.fusions()) list.add(pattern);
  return list;
}

std::string refusal(const PatternList& list, const std::string& left_out) {
  Plan plan;
  plan.file = "plan.toml";
  plan.without = {{left_out, ""}};
  try {
    planned_list(list, plan);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    return fmt::format("{}: {} | {}", error.where(), error.message(), error.remedy());
  }
  return "";
}

TEST(Plan, AConversionCanBeLeftOut) {
  const Graph model = block();
  const PatternList list = with_conversions();
  Plan plan = make_plan(model, transform(model, list).matches);
  plan.without = {{"SumOfTwo", "left as it was: 1.03x"}};
  const std::string text = to_toml(plan);
  EXPECT_THAT(text, HasSubstr("list        = \"mine\"\n\n[[without]]  # a conversion of the list that is not applied\n"
                              "pattern = \"SumOfTwo\"\nreason  = \"left as it was: 1.03x\"\n\n[[match]]"));
  const Plan again = parse_plan(text);
  EXPECT_EQ(again.without, plan.without);
  EXPECT_EQ(to_toml(again), text);
  const PatternList planned = planned_list(list, again);
  EXPECT_EQ(planned.name, "mine");
  EXPECT_FALSE(planned.find("SumOfTwo"));
  EXPECT_TRUE(planned.find("TwoNegs"));
  EXPECT_THAT(planned.fusions(), SizeIs(list.fusions().size()));
  // The plan was made of the whole list, where the sum is a product: what it says of units fits no longer.
  MatchReport matches = transform(model, planned).matches;
  EXPECT_THROW(apply_plan(again, model, matches), Error);
}

TEST(Plan, WhatIsNoConversionOfTheListCannotBeLeftOut) {
  const PatternList list = with_conversions();
  EXPECT_EQ(refusal(list, "SumOfTow"),
            "plan.toml: the plan leaves out the conversion 'SumOfTow', which the list 'mine' does not have, did you "
            "mean 'SumOfTwo'? | the plan is of another list, or the list has changed since: make a new one with quoin "
            "tune or quoin plan");
  EXPECT_THAT(refusal(list, "ConvRelu"), HasSubstr("the conversion 'ConvRelu', which the list 'mine' does not have"));
  EXPECT_THROW(parse_plan("fingerprint = \"0\"\n[[without]]\npattern = \"A\"\n[[without]]\npattern = \"A\"\n"), Error);
  EXPECT_THROW(parse_plan("fingerprint = \"0\"\n[[without]]\nreason = \"A\"\n"), Error);
}

TEST(Plan, PrecisionsAreWrittenReadAndObeyed) {
  Planned planned;
  PlanMatch& match = planned.plan.matches[0];
  match.precision.clear();
  match.precisions[Role::kInput] = {.type = DataType::kUint16};
  match.points[1].precision = PointPrecision{.type = DataType::kInt4, .block = 32};
  const std::string text = to_toml(planned.plan);
  EXPECT_THAT(text, HasSubstr("precision = { input = \"uint16\" }\n"));
  EXPECT_THAT(text, HasSubstr("value = \"w\", apply = true, precision = \"int4 block 32\" },\n"));
  const Plan again = parse_plan(text);
  EXPECT_EQ(again.matches, planned.plan.matches);
  const std::vector<PlanOutcome> outcomes = apply_plan(again, planned.model, planned.matches);
  EXPECT_EQ(outcomes[0].state, State::kChanged);
  EXPECT_EQ(outcomes[0].reason, "precision of input(conv) uint16, weight(conv) int4 block 32");
  const UnitMatch& unit = planned.matches.units[0];
  EXPECT_EQ(unit.points[0].precision.text(), "uint16");
  EXPECT_EQ(unit.points[0].precision_source, "the plan's unit '" + unit.unit + "'");
  EXPECT_EQ(unit.points[1].precision.text(), "int4 block 32");
  EXPECT_TRUE(unit.points[2].precision.is_default());
}

TEST(Plan, SaysWhatAPatternSaysAndCanTakeItBack) {
  const Graph graph = block();
  PatternDef def =
      fusion("ConvRelu", "Relu(Conv(x, const w) as conv) as act", {input("conv"), weight("conv"), output()})
          ->definition();
  def.precision[Role::kWeight] = {.per_channel = false};
  PatternList list = list_of({std::make_shared<const DefinedPattern>(def)});
  MatchReport matches = transform(graph, list).matches;
  Plan plan = make_plan(graph, matches);
  EXPECT_THAT(to_toml(plan), HasSubstr("precision = { weight = \"per_tensor\" }\n"));
  EXPECT_EQ(apply_plan(plan, graph, matches)[0].state, State::kApplied) << "as it is";
  EXPECT_EQ(matches.units[0].points[1].precision_source, "pattern 'ConvRelu'");
  plan.matches[0].precisions.clear();
  plan.matches[0].precision = "int8";
  EXPECT_EQ(apply_plan(plan, graph, matches)[0].reason, "precision of weight(conv) as the target has it");
  EXPECT_TRUE(matches.units[0].points[1].precision.is_default());
}

TEST(Plan, APrecisionForARoleThatTheUnitLacksIsADifference) {
  Planned planned;
  planned.plan.matches[0].precisions[Role::kResidual] = {.type = DataType::kUint16};
  EXPECT_THAT(error_of([&] { apply_plan(planned.plan, planned.model, planned.matches); }).what(),
              HasSubstr("the unit '" + planned.matches.units[0].unit +
                        "' has a precision for 'residual', but no point of that role"));
}

TEST(Plan, ANameThatTomlCannotHoldIsRefused) {
  Planned planned;
  planned.plan.matches[0].nodes[0] = "a\xff";
  EXPECT_STREQ(error_of([&] { to_toml(planned.plan); }).what(),
               "the name 'a\\xff' is no UTF-8 text, which a plan cannot hold; rename it in the model");
}

TEST(Plan, LoadsFromAFile) {
  const Planned planned;
  const std::string path = (std::filesystem::path(::testing::TempDir()) / "quoin_plan_test.toml").string();
  std::ofstream(path, std::ios::binary) << to_toml(planned.plan);
  EXPECT_EQ(load_plan(path).matches, planned.plan.matches);
  std::filesystem::remove(path);
  EXPECT_EQ(error_of([&] { load_plan(path); }).what(),
            path + ": the plan cannot be read: No such file or directory; check the path");
}

TEST(Plan, TablesOfPointsAreReadToo) {
  const Plan plan = parse_plan(
      "fingerprint = \"0\"\n[[match]]\nunit = \"u\"\npattern = \"p\"\nnodes = []\n[[match.points]]\npoint = "
      "\"output\"\nvalue = \"y\"\n");
  EXPECT_THAT(plan.matches.at(0).points, ElementsAre(PlanPoint{"output", "y", true}));
  EXPECT_TRUE(plan.matches[0].apply);
}

std::string parse_error(const std::string& text) {
  return error_of([&] { parse_plan(text, "p.toml"); }).what();
}

TEST(Plan, KeepsTheReasonOfAMatch) {
  Plan plan;
  plan.fingerprint = "0";
  plan.matches.push_back({.pattern = "P", .unit = "u", .why = "", .nodes = {"n"}, .points = {}});
  EXPECT_THAT(to_toml(plan), Not(HasSubstr("\nreason")));
  plan.matches[0].reason = "float: INT8 saves 0.010 ms, inside the noise (1.002x, 0.998 to 1.005)";
  EXPECT_THAT(to_toml(plan), HasSubstr("\nreason    = \"float: INT8 saves 0.010 ms, inside the noise (1.002x"));
  EXPECT_EQ(parse_plan(to_toml(plan)).matches, plan.matches);
}

TEST(Plan, MistakesAreToldWithTheirPlace) {
  EXPECT_THAT(parse_error("model = "), StartsWith("p.toml:1:9: this is no TOML: "));
  EXPECT_EQ(parse_error("model = \"m\""), "p.toml:1:1: the plan has no 'fingerprint'");
  EXPECT_EQ(parse_error("fingerprints = \"m\""),
            "p.toml:1:1: a plan has no key 'fingerprints', did you mean 'fingerprint'?; its keys are model, "
            "fingerprint, list, without, match");
  const std::string head = "fingerprint = \"0\"\n[[match]]\n",
                    match = head + "unit = \"u\"\npattern = \"p\"\nnodes = []\n";
  EXPECT_EQ(parse_error(head), "p.toml:2:1: this match has no 'unit'");
  EXPECT_EQ(parse_error(match + "aply = false"),
            "p.toml:6:1: a match has no key 'aply', did you mean 'apply'?; its keys are pattern, why, unit, body, "
            "nodes, apply, "
            "precision, reason, points");
  EXPECT_EQ(parse_error(match + "apply = \"false\""), "p.toml:6:9: 'apply' must be true or false, without quotes");
  EXPECT_EQ(
      parse_error(match + "precision = \"flot\""),
      "p.toml:6:13: there is no precision 'flot', did you mean 'float'?; write \"int8\" or \"float\", or a table: { "
      "weight = \"int4 block 32\" }");
  EXPECT_EQ(parse_error(match + "precision = { wight = \"int4\" }"),
            "p.toml:6:15: unknown role 'wight', did you mean 'weight'?; roles are input, second_input, weight, bias, "
            "residual, "
            "inner, output");
  EXPECT_THAT(parse_error(match + "precision = { weight = \"int4 blck 32\" }"),
              StartsWith("p.toml:6:30: unknown word 'blck', did you mean 'block'?"));
  EXPECT_THAT(parse_error(match + "points = [{ point = \"output\", value = \"y\", precision = \"int9\" }]"),
              StartsWith("p.toml:6:57: unknown word 'int9', did you mean 'int8'?"));
  EXPECT_EQ(parse_error(match + "points = [{ point = \"output\" }]"), "p.toml:6:11: this point has no 'value'");
  EXPECT_EQ(
      parse_error(match + "points = [{ pont = \"output\" }]"),
      "p.toml:6:13: a point has no key 'pont', did you mean 'point'?; its keys are point, value, apply, precision");
  EXPECT_EQ(parse_error(match + "[[match]]\nunit = \"u\"\n"),
            "p.toml:7:8: the match 'u' is there twice; the first is in line 3");
  EXPECT_EQ(parse_error("fingerprint = \"0\"\nmatch = 3"),
            "p.toml:2:9: 'match' must be a list of tables; write [[match]]");
}

TEST(Plan, AsMadeChangesNothing) {
  Planned planned;
  const MatchReport before = planned.matches;
  const auto outcomes = apply_plan(planned.plan, planned.model, planned.matches);
  ASSERT_THAT(outcomes, SizeIs(4));
  for (const PlanOutcome& outcome : outcomes) EXPECT_EQ(outcome.state, State::kApplied) << outcome.reason;
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(planned.matches.units[i].apply);
    EXPECT_EQ(planned.matches.units[i].points, before.units[i].points);
  }
}

TEST(Plan, IsObeyedExactly) {
  Planned planned;
  auto& matches = planned.plan.matches;
  matches[0].apply = false;
  matches[1].points[3].apply = false;
  for (PlanPoint& point : matches[2].points) point.apply = false;
  matches[3].precision = "float";
  const auto outcomes = apply_plan(planned.plan, planned.model, planned.matches);
  const auto& units = planned.matches.units;
  EXPECT_THAT(
      outcomes,
      ElementsAre(PlanOutcome{units[0].unit, "ConvRelu", State::kSkipped, "apply is false: float, and claimed"},
                  PlanOutcome{units[1].unit, "AddOfConvs", State::kChanged, "1 of 5 points off: inner(add) of 'e'"},
                  PlanOutcome{units[2].unit, "Doubled", State::kSkipped, "all of its points are off"},
                  PlanOutcome{units[3].unit, "Negated", State::kSkipped, "precision is \"float\""}));
  EXPECT_FALSE(units[0].apply);
  EXPECT_TRUE(units[0].points[0].apply) << "the points keep what they say, for when the match is on again";
  EXPECT_TRUE(units[1].apply);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(units[1].points[i].apply, i != 3);
  EXPECT_FALSE(units[2].points[0].apply || units[2].points[1].apply);
  EXPECT_FALSE(units[3].apply);
  EXPECT_EQ(to_string(State::kChanged), "changed");
  // What is off is off in the next plan too, and can be put on again.
  EXPECT_FALSE(make_plan(planned.model, planned.matches).matches[0].apply);
  matches[0].apply = true;
  apply_plan(planned.plan, planned.model, planned.matches);
  EXPECT_TRUE(units[0].apply);
}

TEST(Plan, TheOrderOfItsMatchesAndPointsDoesNotMatter) {
  Planned planned;
  planned.plan.matches[1].points[2].apply = false;
  std::reverse(planned.plan.matches.begin(), planned.plan.matches.end());
  std::reverse(planned.plan.matches[2].points.begin(), planned.plan.matches[2].points.end());
  apply_plan(planned.plan, planned.model, planned.matches);
  EXPECT_FALSE(planned.matches.units[1].points[2].apply);
  EXPECT_TRUE(planned.matches.units[1].points[3].apply);
}

std::string stale(Planned& planned) {
  const MatchReport before = planned.matches;
  planned.plan.file = "p.toml";
  const std::string text = error_of([&] { apply_plan(planned.plan, planned.model, planned.matches); }).what();
  for (size_t i = 0; i < before.units.size(); ++i) {
    EXPECT_EQ(planned.matches.units[i].apply, before.units[i].apply);
    EXPECT_EQ(planned.matches.units[i].points, before.units[i].points);
  }
  return text;
}

TEST(Plan, ForAnotherModelIsRefused) {
  Planned planned;
  planned.plan.matches[0].apply = false;
  planned.model = block("1,2,3,5");
  EXPECT_EQ(stale(planned),
            "p.toml: the plan does not fit this model and list: 1 difference\n  the plan is for the model with the "
            "fingerprint " +
                planned.plan.fingerprint + ", this one has " + fingerprint(planned.model) +
                "; make a new plan with `quoin plan`, and edit only apply and precision");
}

TEST(Plan, ForOtherMatchesIsRefused) {
  Planned planned;
  PatternList fewer = list_of({fusions().fusions()[1], fusions().fusions()[3]});
  fewer.name = "fewer";
  planned.matches = transform(planned.model, fewer).matches;
  const std::string text = stale(planned);
  EXPECT_THAT(
      text,
      StartsWith(
          "p.toml: the plan does not fit this model and list: 3 differences\n  the plan is of the list 'mine', this "
          "is 'fewer'\n  the plan has a unit '" +
          planned.plan.matches[1].unit + "' by AddOfConvs, which is not matched here\n"));
}

TEST(Plan, EveryDifferenceIsNamed) {
  Planned planned;
  auto& matches = planned.plan.matches;
  const std::string first = matches[0].unit, second = matches[1].unit, last = matches[3].unit;
  matches[0].pattern = "ConvRelo";
  matches[0].nodes = {"conv"};
  matches[1].points[0].point = "weight(lift)";
  matches.pop_back();
  const std::string text = stale(planned);
  EXPECT_THAT(text, HasSubstr(": 5 differences\n"));
  EXPECT_THAT(text, HasSubstr("\n  the unit '" + first + "' is by ConvRelo in the plan, by ConvRelu here\n"));
  EXPECT_THAT(text, HasSubstr("\n  the unit '" + first + "' is made of conv in the plan, of conv, relu here\n"));
  EXPECT_THAT(text, HasSubstr("\n  the unit '" + second +
                              "': the point weight(left) of 'w' is not in the plan (apply = false turns it off)\n"));
  EXPECT_THAT(text, HasSubstr("\n  the unit '" + second +
                              "' has no point weight(lift) of 'w', did you mean 'weight(left) of 'w''?\n"));
  EXPECT_THAT(text,
              HasSubstr("\n  the unit '" + last + "' by Negated is not in the plan (apply = false leaves it float);"));
}

TEST(Plan, APointThatIsThereTwiceIsRefused) {
  Planned planned;
  planned.plan.matches[0].points.push_back(planned.plan.matches[0].points[0]);
  EXPECT_THAT(stale(planned), HasSubstr("the plan has the point input(conv) of 'x' twice"));
}

TEST(Plan, TenDifferencesAreShownAndTheRestCounted) {
  Planned planned;
  for (int i = 0; i < 13; ++i) planned.plan.matches[0].points.push_back({"output", "v" + std::to_string(i)});
  const std::string text = stale(planned);
  EXPECT_THAT(text, HasSubstr(": 13 differences\n"));
  EXPECT_THAT(text, HasSubstr("'v9'"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("'v10'")));
  EXPECT_THAT(text, HasSubstr("\n  and 3 more; make a new plan"));
}

TEST(Fingerprint, SeesStructureAndWeights) {
  const std::string base = fingerprint(block());
  EXPECT_THAT(base, SizeIs(32));
  EXPECT_EQ(fingerprint(block()), base);
  EXPECT_NE(fingerprint(block("1,2,3,5")), base);
  std::string renamed = kNodes, attribute = kNodes, swapped = kNodes;
  renamed.replace(renamed.find("[conv]"), 6, "[cone]");
  attribute.replace(attribute.find("Conv (x"), 4, "Conv <group = 1>");
  swapped.replace(swapped.find("Add (d, e)"), 10, "Add (e, d)");
  for (const std::string& nodes : {renamed, attribute, swapped}) EXPECT_NE(fingerprint(block("1,2,3,4", nodes)), base);
}

TEST(Fingerprint, DoesNotSeeTheOrderOfNodesNorDocumentation) {
  std::string reordered = kNodes;
  reordered.replace(reordered.find("[left] d = Conv (r, w)  [right] e = Conv (r, w)"), 47,
                    "[right] e = Conv (r, w)  [left] d = Conv (r, w)");
  EXPECT_EQ(fingerprint(block("1,2,3,4", reordered)), fingerprint(block()));
  const Graph documented = parse_text(
      "<ir_version: 8, opset_import: [\"\" : 17], producer_name: \"p\", doc_string: \"d\", metadata_props: [\"k\": "
      "\"v\"]>\n"
      "agraph (float[1,2,4,4] x) => (float[1,2,4,4] y) <float[2,2,1,1] w = {1,2,3,4}> {" +
      std::string(kNodes));
  EXPECT_EQ(fingerprint(documented), fingerprint(block()));
  EXPECT_EQ(fingerprint(load_bytes(serialize(block()))), fingerprint(block()));
}

}  // namespace
}  // namespace quoin::testing
