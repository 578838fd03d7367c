#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "quoin/error.h"
#include "quoin/pattern_toml.h"
#include "quoin/patterns.h"

namespace quoin {
namespace {

using ::testing::HasSubstr;

TEST(Registry, FindsByNameAndSuggests) {
  EXPECT_EQ(builtin_pattern("ConvBN")->name(), "ConvBN");
  EXPECT_EQ(find_builtin_pattern("ConvBm"), nullptr);
  try {
    builtin_pattern("ConvBm");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUsage);
    EXPECT_EQ(error.message(), "there is no built-in pattern 'ConvBm', did you mean 'ConvBN'?");
  }
}

TEST(Registry, TypesAreTheNamedPatterns) {
  const PatternList list = {StemConvBNReLUMaxPool(), ConvBN(), RemoveIdentityAdaptiveAvgPool()};
  EXPECT_EQ(list.fusions().size(), 2U);
  EXPECT_EQ(list.conversions().size(), 1U);
}

TEST(Registry, EveryPatternHasAReasonAndPrintsAsTextThatGivesTheSame) {
  for (const PatternRef& pattern : builtin_patterns()) {
    EXPECT_NE(pattern->why(), "") << pattern->name();
    const std::string text = to_toml(*pattern);
    const PatternFile file = parse_pattern_file(text, "builtin.toml");
    ASSERT_EQ(file.patterns.size(), 1U) << text;
    EXPECT_EQ(to_toml(*file.patterns[0]), text);
    EXPECT_EQ(file.patterns[0]->definition().qdq_points, pattern->definition().qdq_points);
    EXPECT_EQ(file.patterns[0]->definition().tree.to_text(), pattern->definition().tree.to_text());
    EXPECT_THAT(text, HasSubstr(pattern->name()));
  }
}

TEST(Registry, DepthwiseFusionsAreNeverQuantized) {
  EXPECT_TRUE(DepthwiseConvBN().qdq_points().empty());
  EXPECT_TRUE(DepthwiseConvBNAct().qdq_points().empty());
  EXPECT_FALSE(ConvBN().qdq_points().empty());
}

TEST(Registry, ListsNameOwnPatternsBeforeBuiltins) {
  const PatternFile file = parse_pattern_file(R"(
[[pattern]]
name = "ConvBN"
why  = "mine"
tree = "Conv(x, w) as conv"
fuse = "FusedMine"
[list]
name        = "mine"
conversions = ["RemoveIdentityAdaptiveAvgPool"]
fusions     = ["ConvBN", "Linear"]
)",
                                              "mine.toml");
  const PatternList list = resolve_list(file.lists.at(0), file);
  ASSERT_EQ(list.fusions().size(), 2U);
  EXPECT_EQ(list.fusions()[0]->why(), "mine");
  EXPECT_EQ(list.fusions()[1]->name(), "Linear");
}

TEST(Registry, ListsSuggestForUnknownNames) {
  const PatternFile file = parse_pattern_file("[list]\nname = \"l\"\nfusions = [\"Linaer\"]\n", "l.toml");
  try {
    resolve_list(file.lists.at(0), file);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    EXPECT_THAT(error.what(), HasSubstr("'Linear'"));
  }
}

}  // namespace
}  // namespace quoin
