#include "base/utf8.h"

#include <gtest/gtest.h>

namespace quoin {
namespace {

TEST(Utf8, Printable) {
  EXPECT_EQ(printable("max|Δ| 😀\n\tplain"), "max|Δ| 😀\n\tplain");
  EXPECT_EQ(printable("\xff"
                      "a\xc3"),
            "\\xffa\\xc3");
  EXPECT_EQ(printable("\x1b[31mred\x07\x7f"), "\\x1b[31mred\\x07\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b31m");  // U+009B begins an escape sequence too
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\x00b");
}

TEST(Utf8, WhatIsNone) {
  EXPECT_TRUE(is_utf8("Δ😀"));
  for (const char* text : {"\x80", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    EXPECT_FALSE(is_utf8(text)) << printable(text);
    EXPECT_TRUE(is_utf8(printable(text)));
  }
}

TEST(Utf8, Shortened) {
  EXPECT_EQ(shortened("four", 4), "four");
  EXPECT_EQ(shortened("fives", 4), "five...");
  EXPECT_EQ(shortened("1Δ2", 2), "1...");
  EXPECT_EQ(shortened("\x80\x80", 1), "...");
}

}  // namespace
}  // namespace quoin
