// Words, numbers and signs of the small languages (trees, conditions, Q/DQ points, replacements), each with its place.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quoin/tree.h"

namespace quoin {

struct Token {
  enum class Kind { kName, kNumber, kText, kSign, kEnd };
  Kind kind = Kind::kEnd;
  std::string text;  // of kText: without quotes
  double number = 0;
  size_t offset = 0, end = 0;
};

class Lexer {
 public:
  // Throws Error(kBadInput) for a character or a string that belongs to none of the languages. `what` names the text in
  // messages: "tree", "condition".
  Lexer(std::string_view text, const TextPlace& place, std::string what);

  const Token& peek(size_t ahead = 0) const;
  bool next_is(std::string_view sign_or_name, size_t ahead = 0) const;  // never a quoted text
  Token take();
  bool take_if(std::string_view sign_or_name);
  // Takes it, or throws "expected ')' after the inputs of Conv, found 'x'".
  void expect(std::string_view sign, std::string_view where = "");
  Token expect_name(std::string_view what);
  bool at_end() const { return peek().kind == Token::Kind::kEnd; }

  TextPlace place(const Token& token) const;
  std::string_view slice(size_t begin, size_t end) const { return std::string_view(text_).substr(begin, end - begin); }
  // The end of the last token taken.
  size_t last_end() const { return next_ ? tokens_[next_ - 1].end : 0; }
  [[noreturn]] void fail(const Token& token, const std::string& message, const std::string& remedy = "") const;
  // "'x'", or "the end of the tree".
  std::string shown(const Token& token) const;

 private:
  void read();
  TextPlace place_of(size_t offset) const;
  size_t read_number(size_t at);
  size_t read_text(size_t at);

  std::string text_, what_;
  TextPlace place_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
};

// A number as it is written: shortest text that reads back to the same double ("0.5", "3", "-inf").
std::string shown_number(double number);
// In double quotes, with escapes.
std::string quoted(std::string_view text);

}  // namespace quoin
