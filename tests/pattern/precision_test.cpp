// Precisions of a pattern's points: the words, the table, text and back.
#include <gmock/gmock.h>

#include "quoin/error.h"
#include "quoin/pattern_toml.h"

namespace quoin {
namespace {

// "where: message; remedy".
template <typename Action>
std::string refused(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error.where() + ": " + error.message() + (error.remedy().empty() ? "" : "; " + error.remedy());
  }
  return "no error";
}

std::string refused_word(const std::string& text, Role role = Role::kWeight) {
  return refused([&] { parse_precision(text, role); });
}

constexpr char kTypes[] = "int8, uint8, int16, uint16, int4, uint4, float";

TEST(Precision, WordsInAnyOrderPrintInOne) {
  EXPECT_EQ(parse_precision("block 32 affine uint4", Role::kWeight).text(), "uint4 affine block 32");
  EXPECT_EQ(parse_precision("per_tensor", Role::kWeight).text(), "per_tensor");
  EXPECT_EQ(parse_precision("int16 symmetric", Role::kInput).text(), "int16 symmetric");
  EXPECT_TRUE(parse_precision("float", Role::kInner).is_float());
  for (const char* text : {"int4 symmetric block 128", "int8 per_channel", "affine"})
    EXPECT_EQ(parse_precision(text, Role::kWeight).text(), text);
}

TEST(Precision, WhatIsNoPrecision) {
  EXPECT_EQ(refused_word(""), std::string("1:1: the precision is empty; types are ") + kTypes);
  EXPECT_EQ(refused_word("int5"), std::string("1:1: unknown word 'int5', did you mean 'int8'?; words are ") + kTypes +
                                      ", symmetric, affine, per_channel, per_tensor, block");
  EXPECT_EQ(refused_word("int4 int8"), "1:6: 'int8': the type is given twice");
  EXPECT_EQ(refused_word("affine symmetric"), "1:8: 'symmetric': the zero point is given twice");
  EXPECT_EQ(refused_word("int4 per_channel block 32"), "1:18: 'block': what shares a scale is given twice");
  EXPECT_EQ(refused_word("int4 block"),
            "1:11: expected the size of a block, found the end of the precision; write block 32");
  EXPECT_EQ(refused_word("int4 block 0"), "1:12: expected the size of a block, found '0'; write block 32");
  EXPECT_EQ(refused_word("float symmetric"), "1:7: 'float' is no Q/DQ: nothing goes with it; write \"float\" alone");
  EXPECT_EQ(
      refused_word("int8 per_channel", Role::kInput),
      "1:6: 'per_channel' is for weights: the role is 'input'; integer kernels take one scale per activation tensor");
  EXPECT_EQ(refused_word("int8", Role::kBias),
            "1:1: a bias has no precision of its own: it follows the input and the weight; leave 'bias' out");
}

std::string pattern_text(const std::string& precision) {
  return "[[pattern]]\nname = \"Linear4\"\nwhy = \"w\"\ntree = \"MatMul(x, const w) as mm\"\n"
         "qdq = [\"input(mm)\", \"weight(mm)\"]\nfuse = \"FusedLinear\"\nprecision = " +
         precision + "\n";
}

TEST(Precision, IsPartOfAPatternAndOfItsText) {
  const PatternFile file =
      parse_pattern_file(pattern_text("{ weight = \"block 32 int4\", input = \"float\" }"), "p.toml");
  const Precisions precision = file.patterns.at(0)->precision();
  EXPECT_EQ(precision.at(Role::kWeight).text(), "int4 block 32");
  EXPECT_TRUE(precision.at(Role::kInput).is_float());
  const std::string text = to_toml(*file.patterns[0]);
  EXPECT_THAT(text, testing::HasSubstr("\nprecision = { input = \"float\", weight = \"int4 block 32\" }\n"));
  const PatternFile again = parse_pattern_file(text);
  EXPECT_EQ(again.patterns.at(0)->precision(), precision);
  EXPECT_EQ(to_toml(*again.patterns[0]), text);
}

std::string refused_pattern(const std::string& precision) {
  return refused([&] { parse_pattern_file(pattern_text(precision), "p.toml"); });
}

TEST(Precision, MistakesInAPatternFileHaveTheirPlace) {
  EXPECT_EQ(
      refused_pattern("\"int4\""),
      "p.toml:7:13: 'precision' must be a table of roles; write precision = { input = \"uint8\", weight = \"int4 block "
      "32\" }");
  EXPECT_EQ(refused_pattern("{ weigth = \"int4\" }"),
            "p.toml:7:15: unknown role 'weigth', did you mean 'weight'?; roles are input, second_input, weight, bias, "
            "residual, inner, output");
  EXPECT_EQ(refused_pattern("{ weight = 4 }"), "p.toml:7:24: 'weight' must be a text in quotes");
  EXPECT_THAT(refused_pattern("{ weight = \"int4 blok 32\" }"),
              testing::StartsWith("p.toml:7:30: unknown word 'blok', did you mean 'block'?"));
  EXPECT_EQ(
      refused_pattern("{ output = \"uint8\" }"),
      "p.toml:7:15: pattern 'Linear4': precision names 'output', but no Q/DQ point of the pattern has that role; add "
      "a point to qdq, or leave 'output' out");
}

TEST(Precision, AConversionHasNone) {
  const std::string text =
      "[[pattern]]\nname = \"P\"\ntree = \"Identity(x)\"\nreplace = \"x\"\nprecision = { input = \"int8\" }\n";
  EXPECT_EQ(
      refused([&] { parse_pattern_file(text, "p.toml"); }),
      "p.toml:5:15: pattern 'P': a conversion makes no unit, so it has no 'precision'; give it to the fusion that "
      "comes after it");
}

}  // namespace
}  // namespace quoin
