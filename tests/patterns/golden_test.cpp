// Every built-in pattern by its golden file: structure, Q/DQ points, both sides run, idempotence, refusals.
#include "golden.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "outline.h"
#include "quoin/check_pattern.h"
#include "quoin/patterns.h"
#include "quoin/transform.h"

namespace quoin::testing {
namespace {

constexpr double kTolerance = 1e-5;  // relative to the largest output, at least 1

const std::string kFolder = QUOIN_SOURCE_DIR "/tests/golden/";

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().stem());
  }
  std::sort(names.begin(), names.end());
  return names;
}

PatternList list_of(const std::string& names) {
  PatternList list;
  std::istringstream parts(names);
  for (std::string name; std::getline(parts, name, ',');) {
    name.erase(0, name.find_first_not_of(' '));
    list.add(builtin_pattern(name));
  }
  return list;
}

std::string refusal_texts(const Graph& graph, const PatternList& list) {
  std::string text;
  for (const auto& patterns : {list.conversions(), list.fusions()}) {
    for (const PatternRef& pattern : patterns) {
      Refusals refusals;
      match_tree(graph, *pattern, {.refusals = &refusals});
      for (const Refusal& refusal : refusals) text += refusal.text() + "\n";
    }
  }
  return text;
}

class Golden : public ::testing::TestWithParam<std::string> {};

TEST_P(Golden, Cases) {
  const std::string path = kFolder + GetParam() + ".txt";
  std::vector<GoldenCase> cases = read_golden(path);
  ASSERT_FALSE(cases.empty());
  for (GoldenCase& golden : cases) {
    SCOPED_TRACE(GetParam() + ": " + golden.name);
    const Graph before = golden_model(golden.before);
    const PatternList list = list_of(golden.list.empty() ? GetParam() : golden.list);
    const TransformResult result = transform(before, list, {.verify_each = true});
    const bool changed = !result.matches.units.empty() || !result.matches.conversions.empty();
    EXPECT_EQ(changed, !golden.unchanged);
    const std::string found = golden.unchanged ? refusal_texts(before, list) : outline(result.graph, result.matches);
    EXPECT_TRUE(!golden.unchanged || !found.empty()) << "a negative case needs a refusal";
    if (update_goldens()) {
      golden.expectation = found;
    } else {
      EXPECT_EQ(found, golden.expectation);
    }
    const TransformResult again = transform(result.graph, list, {.verify_each = true});
    EXPECT_EQ(outline(again.graph, again.matches), outline(result.graph, result.matches)) << "not idempotent";
    if (golden.unchanged || !onnxruntime()) continue;
    const Difference difference = compare_outputs(*onnxruntime(), before, result.graph, {random_feed(before)});
    EXPECT_LT(difference.relative(), kTolerance) << difference.output;
  }
  if (update_goldens()) write_golden(path, cases);
}

INSTANTIATE_TEST_SUITE_P(Files, Golden, ::testing::ValuesIn(golden_names()),
                         [](const auto& golden) { return golden.param; });

TEST(GoldenFiles, EveryBuiltinHasOneWithBothKindsOfCases) {
  for (const std::string& name : builtin_pattern_names()) {
    const std::vector<GoldenCase> cases = read_golden(kFolder + name + ".txt");
    const auto has = [&](bool unchanged) {
      return std::any_of(cases.begin(), cases.end(),
                         [&](const GoldenCase& golden) { return golden.unchanged == unchanged; });
    };
    EXPECT_TRUE(has(false)) << name << " has no case that it changes";
    EXPECT_TRUE(has(true)) << name << " has no case that it refuses";
  }
}

}  // namespace
}  // namespace quoin::testing
