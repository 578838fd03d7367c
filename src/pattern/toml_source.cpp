#include "pattern/toml_source.h"

#include <algorithm>

namespace quoin {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Goes through a TOML string as it is written and notes where each decoded byte stands.
class StringWalk {
 public:
  StringWalk(std::string_view text, size_t at, int line, int column)
      : text_(text), at_(at), line_(line), column_(column) {}

  std::vector<std::pair<int, int>> run() {
    const char quote = peek();
    is_basic_ = quote == '"';
    const std::string once(1, quote), thrice(3, quote);
    const bool is_long = text_.substr(at_, 3) == thrice;
    const std::string& end = is_long ? thrice : once;
    for (size_t i = 0; i < end.size(); ++i) step();
    if (is_long && peek() == '\r') step();
    if (is_long && peek() == '\n') step();
    while (at_ < text_.size()) {
      // Up to two quotes may stand right before the closing three.
      const bool closes = text_.substr(at_, end.size()) == end && (!is_long || text_.substr(at_ + 1, 3) != thrice);
      if (closes) break;
      one();
    }
    places_.emplace_back(line_, column_);
    return std::move(places_);
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void step() {
    if (peek() == '\n') {
      ++line_;
      column_ = 1;
    } else if (!continues_character(peek(1)) || at_ + 1 >= text_.size()) {
      ++column_;
    }
    ++at_;
  }

  void one() {
    if (!is_basic_ || peek() != '\\') {
      places_.emplace_back(line_, column_);
      step();
      return;
    }
    const int line = line_, column = column_;
    const char escape = peek(1);
    step();
    if (escape == '\n' || escape == '\r' || escape == ' ' || escape == '\t') {  // the line goes on in the next one
      while (peek() == '\n' || peek() == '\r' || peek() == ' ' || peek() == '\t') step();
      return;
    }
    step();
    size_t bytes = 1;
    const size_t digits = escape == 'u' ? 4 : escape == 'U' ? 8 : escape == 'x' ? 2 : 0;
    if (digits > 0) {
      unsigned long code = 0;
      for (size_t i = 0; i < digits; ++i) {
        const char c = peek();
        code = code * 16 + static_cast<unsigned long>(c >= 'a' ? c - 'a' + 10 : c >= 'A' ? c - 'A' + 10 : c - '0');
        step();
      }
      bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    }
    for (size_t i = 0; i < bytes; ++i) places_.emplace_back(line, column);
  }

  std::string_view text_;
  size_t at_;
  int line_, column_;
  bool is_basic_ = false;
  std::vector<std::pair<int, int>> places_;
};

}  // namespace

TomlSource::TomlSource(std::string_view text, std::string file) : text_(text), file_(std::move(file)), line_starts_{0} {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') line_starts_.push_back(i + 1);
  }
}

TextPlace TomlSource::place(size_t line, size_t column) const {
  return {file_, static_cast<int>(line), static_cast<int>(column)};
}

size_t TomlSource::offset_of(size_t line, size_t column) const {
  if (line == 0 || line > line_starts_.size()) return text_.size();
  size_t at = line_starts_[line - 1];
  for (size_t i = 1; i < column && at < text_.size(); ++i) {
    ++at;
    while (at < text_.size() && continues_character(text_[at])) ++at;
  }
  return at;
}

TextPlace TomlSource::text_place(size_t line, size_t column, std::string_view value) const {
  TextPlace result = place(line, column);
  auto places = StringWalk(text_, offset_of(line, column), result.line, result.column).run();
  if (places.size() == value.size() + 1) {
    result.offsets = std::make_shared<const std::vector<std::pair<int, int>>>(std::move(places));
  } else {
    ++result.column;
  }
  return result;
}

}  // namespace quoin
