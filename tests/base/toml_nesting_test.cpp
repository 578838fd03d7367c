#include "base/toml_nesting.h"

#include <gtest/gtest.h>

#include "quoin/error.h"

namespace quoin {
namespace {

// Where the nesting is refused; "" where it is not.
std::string refused_at(const std::string& text) {
  try {
    check_toml_nesting(text, "f.toml");
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kBadInput);
    EXPECT_EQ(error.message(), "tables are nested more than 100 deep");
    return error.where();
  }
  return "";
}

std::string repeated(const std::string& text, int count) {
  std::string made;
  for (int i = 0; i < count; ++i) made += text;
  return made;
}

TEST(TomlNesting, Refused) {
  EXPECT_EQ(refused_at("a = 1\n" + repeated("a.", 150000) + "a = 1\n"), "f.toml:2:202");
  EXPECT_EQ(refused_at("[" + repeated("\"a\" . ", 150) + "a]\n"), "f.toml:1:600");
  EXPECT_EQ(refused_at("a = " + repeated("[", 20000)), "f.toml:1:105");
  EXPECT_EQ(refused_at("a = " + repeated("{b.c = ", 60)), "f.toml:1:355");
}

TEST(TomlNesting, WhatOnlyLooksDeep) {
  EXPECT_EQ(refused_at("a = \"" + repeated("[.", 200) + "\\\"" + repeated("[.", 200) + "\"\n"), "");
  EXPECT_EQ(refused_at("a = '" + repeated("{.", 200) + "'\nb = '''\n'" + repeated("[", 200) + "'''\n"), "");
  EXPECT_EQ(refused_at("a = \"\"\"\n\"" + repeated("[\n", 200) + "\\\"\"\"\"\n"), "");
  EXPECT_EQ(refused_at("# " + repeated("[.", 200) + "\na = 1\n"), "");
  EXPECT_EQ(refused_at("a = [" + repeated("1.5, [2.5], ", 300) + "]\n"), "");
  EXPECT_EQ(refused_at(repeated("a.b.c = 1.5\n[x.y]\n", 300)), "");
}

TEST(TomlNesting, Size) {
  try {
    check_toml_nesting(std::string((64 << 20) + 1, '\n'), "f.toml");
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "the file has 67108865 bytes, 67108864 are the most");
  }
}

}  // namespace
}  // namespace quoin
