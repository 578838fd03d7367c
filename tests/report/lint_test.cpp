// Findings and rules as text, JSON and Markdown. QUOIN_UPDATE_SNAPSHOTS=1 rewrites the table in docs/lint.md.
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "quoin/model_io.h"
#include "quoin/report.h"

namespace quoin {
namespace {

const char* const kModel = R"(<ir_version: 8, opset_import: ["" : 13]>
g (float[2,4] x) => (float[2,4] y) <float s = {0.1}, int8 z = {3}> { [q] i = QuantizeLinear(x, s, z) [dq] y = DequantizeLinear(i, s, z) })";

LintResult result_of(const char* text) {
  LintOptions options;
  options.cpu = "vnni";
  return lint(parse_text(text), load_target("tensorrt"), options);
}

TEST(LintReport, TextNamesTheReasonOncePerRule) {
  const std::string text = text_report(result_of(kModel), "m.onnx");
  EXPECT_EQ(text,
            "error T01: a zero point other than 0, or uint8\n"
            "  why: TensorRT quantizes symmetrically: its importer takes int8 with zero point 0 only (read: "
            "onnx-tensorrt's importer, 10.1)\n"
            "  remedy: quantize again with int8 and symmetric ranges\n"
            "    q: the zero point is 3 of int8\n"
            "    dq: the zero point is 3 of int8\n"
            "info T23: Q of a scalar; DQ that gives a graph output\n"
            "  why: a Q needs a tensor of rank 1 or more; a DQ at the graph's end has no layer to be fused into (read: "
            "onnx-tensorrt's importer, "
            "10.1)\n"
            "  remedy: leave scalars and outputs float\n"
            "    dq: it gives the graph output 'y'\n"
            "info T27: scales that change when rounded to FP16\n"
            "  why: a float16 model needs float16 scales: integers made with the float32 ones no longer fit them "
            "exactly (FP16's format (IEEE "
            "754))\n"
            "  remedy: round the scales to FP16 before the weights are quantized with them\n"
            "    the model: 1 of 1 float32 scales change when rounded to FP16\n"
            "\n"
            "m.onnx on target tensorrt, CPU vnni: 2 errors, 0 warnings, 2 infos in 2 nodes (2 Q/DQ) by " +
                std::to_string(load_target("tensorrt").lint_rules.size()) + " rules\n");
}

TEST(LintReport, AFloatModelIsCalledOne) {
  const std::string text = text_report(
      result_of("<ir_version: 8, opset_import: [\"\" : 13]>\ng (float[2] x) => (float[2] y) { y = Sin(x) }"), "f.onnx");
  EXPECT_THAT(text, testing::AllOf(testing::HasSubstr("0 errors, 0 warnings, 0 infos"),
                                   testing::HasSubstr("it is a float model")));
}

TEST(LintReport, JsonHoldsEverythingOfAFinding) {
  const auto json = nlohmann::json::parse(json_report(result_of(kModel), "m.onnx"));
  EXPECT_EQ(json["errors"], 2);
  EXPECT_EQ(json["infos"], 2);
  const auto& first = json["findings"][0];
  EXPECT_EQ(first["rule"], "T01");
  EXPECT_EQ(first["severity"], "error");
  EXPECT_EQ(first["node"], "q");
  EXPECT_EQ(first["read"], "the zero point is 3 of int8");
  EXPECT_EQ(first["remedy"], "quantize again with int8 and symmetric ranges");
}

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(LintReport, TheDocumentsTableIsThatOfTheRules) {
  const std::string path = QUOIN_SOURCE_DIR "/docs/lint.md", begin = "<!-- rules: written by test_report -->\n",
                    end = "<!-- end of the rules -->";
  const std::string text = read(path);
  const size_t from = text.find(begin), to = text.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos) << path;
  std::vector<const LintRule*> rules;
  for (const LintRule& rule : lint_rules()) rules.push_back(&rule);
  const std::string table = rule_markdown(rules);
  const std::string wanted = text.substr(0, from + begin.size()) + table + text.substr(to);
  if (std::getenv("QUOIN_UPDATE_SNAPSHOTS")) {
    std::ofstream(path) << wanted;
    return;
  }
  EXPECT_EQ(text, wanted) << "QUOIN_UPDATE_SNAPSHOTS=1 build/release/test_report rewrites it";
  const auto json = nlohmann::json::parse(rule_json(rules));
  EXPECT_EQ(json["rules"].size(), rules.size());
  EXPECT_THAT(rule_table(rules), testing::HasSubstr(" rules\n"));
}

}  // namespace
}  // namespace quoin
