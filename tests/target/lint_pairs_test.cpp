// The pair rule by hand-made weights, and what lint does with its rules, its targets and odd graphs.
#include <algorithm>
#include <fstream>

#include "quoin/error.h"
#include "target/lint_graph.h"

namespace quoin {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A Conv with these int8 weights of one output.
LintGraph conv_of(const std::vector<size_t>& shape, const std::vector<int>& weights, size_t group = 1,
                  const std::string& type = "int8") {
  LintGraph g(fmt::format("float[1,{},8,8] x", shape[1] * group));
  g.constant("w_i", type, shape, [&](size_t i) { return std::to_string(weights[i % weights.size()]); });
  g.out(g.op("conv", "Conv", {g.qdq("x"), g.dequantize("w", "w_i", {.type = type, .zero_point = 0})},
             fmt::format("group = {}", group)));
  return g;
}

TEST(LintPairs, WeightsThatSaturateWithoutVnni) {
  const LintGraph g = conv_of({1, 4, 1, 1}, {127, 2, 100, 20});
  const auto wanted = ElementsAre("warn conv: 1 of 2 pairs of 'w' add up to more than 128, the worst to 129");
  for (const char* rule : {"O15", "V12"}) {
    for (const char* cpu : {"avx2", "avx512"}) EXPECT_THAT(findings(rule, g, cpu), wanted) << rule << cpu;
    for (const char* cpu : {"vnni", "amx"}) EXPECT_THAT(findings(rule, g, cpu), IsEmpty()) << rule << cpu;
    EXPECT_THAT(findings(rule, conv_of({1, 4, 1, 1}, {127, 1, 127, -127}), "avx2"), IsEmpty())
        << "128, and signs that cancel";
    EXPECT_THAT(findings(rule, conv_of({1, 4, 1, 1}, {127, 2, 100, 20}, 1, "uint8"), "avx2"), IsEmpty())
        << "uint8 x uint8";
    EXPECT_THAT(findings(rule, conv_of({4, 1, 2, 2}, {127}, 4), "avx2"), IsEmpty()) << "depthwise";
  }
}

// [1, 3, 1, 2]: channel c at column k is weight 2c + k. Along K: (c0 k0, c1 k0), (c2 k0, c0 k1), (c1 k1, c2 k1) for
// ONNX Runtime, (c0 k0, c1 k0), (c0 k1, c1 k1) for OpenVINO.
TEST(LintPairs, EachRuntimePairsInItsOwnOrder) {
  const LintGraph across = conv_of({1, 3, 1, 2}, {1, 100, 1, 1, 100, 1});
  EXPECT_THAT(findings("O15", across, "avx2"),
              ElementsAre("warn conv: 1 of 3 pairs of 'w' add up to more than 128, the worst to 200"));
  EXPECT_THAT(findings("V12", across, "avx2"), IsEmpty());
  const LintGraph within = conv_of({1, 3, 1, 2}, {1, 100, 1, 100, 1, 1});
  EXPECT_THAT(findings("O15", within, "avx2"), IsEmpty());
  EXPECT_THAT(findings("V12", within, "avx2"),
              ElementsAre("warn conv: 1 of 2 pairs of 'w' add up to more than 128, the worst to 200"));
  const LintGraph one_channel = conv_of({1, 1, 2, 2}, {100, 100, 1, 1});
  EXPECT_THAT(findings("O15", one_channel, "avx2"),
              ElementsAre("warn conv: 1 of 2 pairs of 'w' add up to more than 128, the worst to 200"));
  EXPECT_THAT(findings("V12", one_channel, "avx2"), IsEmpty());
  EXPECT_THAT(findings("V12", one_channel, "avx512"),
              ElementsAre("warn conv: 1 of 2 pairs of 'w' add up to more than 128, the worst to 200"));
}

TEST(LintPairs, ProductsPairAlongK) {
  const auto graph = [](bool gemm) {
    LintGraph g("float[4,4] x");
    // Column 0 of [K, N] is 127, 127, 1, 1; row 0 is 127, 1.
    const std::vector<int> weights =
        gemm ? std::vector<int>{127, 127, 1, 1, 1, 1, 1, 1} : std::vector<int>{127, 1, 127, 1, 1, 1, 1, 1};
    g.constant("w_i", "int8", gemm ? std::vector<size_t>{2, 4} : std::vector<size_t>{4, 2},
               [&](size_t i) { return std::to_string(weights[i]); });
    const std::string w = g.dequantize("w", "w_i", {.type = "int8", .zero_point = 0});
    g.out(g.op("product", gemm ? "Gemm" : "MatMul", {g.qdq("x"), w}, gemm ? "transB = 1" : ""));
    return g;
  };
  for (const bool gemm : {false, true}) {
    EXPECT_THAT(findings("O15", graph(gemm), "avx2"),
                ElementsAre("warn product: 1 of 4 pairs of 'w' add up to more than 128, the worst to 254"));
  }
}

TEST(LintPairs, AFloatWeightIsQuantizedAsItsQSays) {
  LintGraph g("float[1,2,8,8] x");
  g.constant("w", "float", {1, 2, 1, 1}, [](size_t) { return "1.27"; });
  g.out(g.op("conv", "Conv", {g.qdq("x"), g.qdq("w", {.type = "int8", .scale = 0.01, .zero_point = 0})}));
  EXPECT_THAT(findings("O15", g, "avx2"),
              ElementsAre("warn conv: 1 of 1 pairs of 'w_dq' add up to more than 128, the worst to 254"));
}

TEST(LintRules, AreCompleteAndDistinct) {
  std::set<std::string_view> ids, conditions;
  for (const LintRule& rule : lint_rules()) {
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    conditions.insert(rule.condition);
    for (const std::string_view text : {rule.family, rule.condition, rule.reason, rule.source, rule.remedy})
      EXPECT_FALSE(text.empty()) << rule.id;
    EXPECT_EQ(find_lint_rule(rule.id), &rule);
  }
  EXPECT_EQ(find_lint_rule("T99"), nullptr);
  EXPECT_GT(ids.size(), 45U);
}

TEST(LintRules, EachTargetHasItsOwn) {
  const auto has = [](const char* target, const char* rule) {
    const std::vector<std::string> rules = load_target(target).lint_rules;
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
  };
  EXPECT_TRUE(has("tensorrt", "T01") && has("tensorrt", "T26") && !has("tensorrt", "O01"));
  EXPECT_TRUE(has("onnxruntime-cpu", "O01") && has("onnxruntime-cpu", "O15") && !has("onnxruntime-cpu", "V12"));
  EXPECT_TRUE(has("openvino-cpu", "V05") && has("openvino-cpu", "V12") && !has("openvino-cpu", "O15"));
}

Target own_target(const std::string& lint_table) {
  const std::string path = testing::TempDir() + "/lint_target.toml";
  std::ofstream(path) << "name = \"mine\"\nextends = \"openvino-cpu\"\n" << lint_table;
  return load_target(path);
}

TEST(LintRules, AUsersTargetAddsAndLeavesOut) {
  const std::vector<std::string> base = load_target("openvino-cpu").lint_rules;
  EXPECT_EQ(own_target("").lint_rules, base);
  const std::vector<std::string> mine =
      own_target("[lint]\nrules = [\"O04\"]\nwithout = [\"V12\", \"openvino-fusion\"]\nwhy = \"w\"\n").lint_rules;
  EXPECT_THAT(mine, ElementsAre("O04", "V02", "V04", "V08", "V09", "V10", "V11", "V13", "V14", "V15", "V16", "V17",
                                "V18", "V19", "V20", "V21", "V22", "V23"));
  const auto error_of = [](const std::string& table) {
    try {
      own_target(table);
    } catch (const Error& error) {
      return error.message() + " | " + error.remedy();
    }
    return std::string("no error");
  };
  EXPECT_THAT(
      error_of("[lint]\nrules = [\"openvino-fussion\"]\nwhy = \"w\"\n"),
      HasSubstr(
          "there is no lint rule or family 'openvino-fussion', did you mean 'openvino-fusion'? | the families: "));
  EXPECT_THAT(error_of("[lint]\nwithout = [\"T01\"]\nwhy = \"w\"\n"),
              HasSubstr("the target does not have the rule 'T01'"));
  EXPECT_THAT(error_of("[lint]\nrules = [\"O04\"]\n"), HasSubstr("why"));
}

std::vector<std::string> all_findings(const std::string& text) {
  std::vector<std::string> found;
  for (const std::string& name : builtin_target_names()) {
    for (const LintFinding& finding :
         lint(parse_text(text), load_target(name), {.cpu = "avx2", .lowest = Severity::kInfo}).findings)
      found.push_back(fmt::format("{} {} {}: {}", name, finding.rule->id, finding.node, finding.read));
  }
  return found;
}

TEST(Lint, SubgraphsAreCheckedToo) {
  const Graph graph = parse_text(R"(<ir_version: 8, opset_import: ["" : 13]>
g (float[2] x, bool c) => (float[2] y) <float s = {0.1}, int8 z = {3}> {
  [choice] y = If (c) <
    then_branch = a () => (float[2] t) { [q] i = QuantizeLinear(x, s, z) [dq] t = DequantizeLinear(i, s, z) },
    else_branch = b () => (float[2] e) { [id] e = Identity(x) }
  >
})");
  const LintResult result = lint(graph, load_target("tensorrt"));
  EXPECT_EQ(result.qdq_nodes, 2U);
  ASSERT_TRUE(result.has_errors());
  EXPECT_EQ(result.findings.front().node, "If 'choice': q");
}

TEST(Lint, OddButValidGraphsDoNotThrow) {
  for (const char* text : {
           "<ir_version: 8, opset_import: [\"\" : 13]>\ng (float[2] x) => (float[2] y) { y = Identity(x) }",
           "<ir_version: 9, opset_import: [\"\" : 19]>\ng (float x, float s) => (float y) { q = QuantizeLinear(x, s) y "
           "= DequantizeLinear(q, s) }",
           "<ir_version: 8, opset_import: [\"\" : 13]>\ng (float x, float w) => (float y) { y = Conv(x, w) }",
           "<ir_version: 8, opset_import: [\"\" : 13]>\ng (float x) => (float y) <float[0] s = {}, uint8[0] z = {}, "
           "float[0,0] w = {}> { q = "
           "QuantizeLinear(x, s, z) d = DequantizeLinear(q, s, z) wq = QuantizeLinear(w, s, z) wd = "
           "DequantizeLinear(wq, s, z) y = MatMul(d, wd) }",
           "<ir_version: 8, opset_import: [\"\" : 13, \"com.microsoft\" : 1]>\ng (float[4] x) => (float[4] y) <float s "
           "= {0.1}> { q = "
           "com.microsoft.QuantizeLinear(x, s) y = com.microsoft.DequantizeLinear(q, s) }",
           "<ir_version: 8, opset_import: [\"\" : 13]>\ng (float[1,2,4,4] x) => (float y) <float[3] s = {1, 2, 3}, "
           "int8[3] z = {0, 0, 0}, "
           "float[2,2,1,1] w = {1, 2, 3, 4}> { q = QuantizeLinear<axis = 9>(x, s, z) d = DequantizeLinear<axis = "
           "-9>(q, s, z) "
           "wq = QuantizeLinear<axis = 7>(w, s, z) wd = DequantizeLinear<axis = 7>(wq, s, z) y = Conv(d, wd) }",
       }) {
    EXPECT_NO_THROW(all_findings(text)) << text;
  }
}

TEST(Lint, FindingsAreSortedCountedAndCutOff) {
  LintGraph g("float x");  // T01 error, T23 error and info, T25 nothing, T27 info
  g.out(g.qdq("x", {.type = "int8", .zero_point = 3}));
  const Target target = load_target("tensorrt");
  const LintResult all = lint(parse_text(g.text()), target);
  std::vector<std::string> order;
  for (const LintFinding& finding : all.findings)
    order.push_back(fmt::format("{} {}", to_string(finding.severity), finding.rule->id));
  EXPECT_THAT(order, ElementsAre("error T01", "error T01", "error T23", "info T23", "info T27"));
  EXPECT_EQ(all.count(Severity::kError), 3U);
  EXPECT_EQ(all.rules, target.lint_rules.size());
  const LintResult errors = lint(parse_text(g.text()), target, {.cpu = "native", .lowest = Severity::kError});
  EXPECT_EQ(errors.findings.size(), 3U);
  EXPECT_THROW(lint(parse_text(g.text()), target, {.cpu = "avx3", .lowest = Severity::kInfo}), Error);
  EXPECT_THROW(severity_named("wran"), Error);
}

}  // namespace
}  // namespace quoin
