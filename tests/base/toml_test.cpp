#include "base/toml.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace quoin {
namespace {

// Line, column and words of the error.
std::string error_of(std::string_view text) {
  try {
    const auto parsed = toml::parse(text);
    return "";
  } catch (const toml::parse_error& error) {
    const auto at = error.source().begin;
    return fmt::format("{}:{}: {}", at.line, at.column, error.description());
  }
}

// Found by fuzz_pattern_toml: assertions of toml++ 3.3 where it was built with them.
TEST(Toml, AnswersWhereItAsserted) {
  EXPECT_EQ(error_of("[[[a"),
            "1:3: Error while parsing key: expected bare key starting character or string delimiter, saw '['");
  EXPECT_EQ(error_of("[.a]\n"),
            "1:2: Error while parsing key: expected bare key starting character or string delimiter, saw '.'");
  EXPECT_EQ(error_of("a = [}"), "1:6: Error while parsing value: could not determine value type");
  EXPECT_EQ(error_of("a = {b = [=]}"), "1:11: Error while parsing value: could not determine value type");
  EXPECT_EQ(error_of("a = 1"), "");
}

// Found by fuzz_plan_toml: "unreachable" in toml++'s tables of characters, reached by U+FCFF.
TEST(Toml, AnswersWhereItSaidUnreachable) {
  EXPECT_EQ(error_of("a =\xef\xb3\xbf 1"), "1:4: Error while parsing value: could not determine value type");
  EXPECT_EQ(error_of("a\xef\xb3\xbf = 1"), "1:2: Error while parsing key-value pair: expected '=', saw '\xef\xb3\xbf'");
}

}  // namespace
}  // namespace quoin
