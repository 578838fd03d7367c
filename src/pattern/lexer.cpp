#include "pattern/lexer.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "quoin/error.h"

namespace quoin {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

}  // namespace

std::string TextPlace::text() const {
  return file.empty() ? fmt::format("{}:{}", line, column) : fmt::format("{}:{}:{}", file, line, column);
}

Lexer::Lexer(std::string_view text, const TextPlace& place, std::string what)
    : text_(text), what_(std::move(what)), place_(place) {
  read();
}

TextPlace Lexer::place_of(size_t offset) const {
  TextPlace result{place_.file, place_.line, place_.column};
  if (place_.offsets && !place_.offsets->empty()) {
    const auto& [line, column] = (*place_.offsets)[std::min(offset, place_.offsets->size() - 1)];
    result.line = line;
    result.column = column;
    return result;
  }
  for (size_t i = 0; i < offset && i < text_.size(); ++i) {
    if (text_[i] == '\n') {
      ++result.line;
      result.column = 1;
    } else if (!continues_character(text_[i])) {
      ++result.column;
    }
  }
  return result;
}

TextPlace Lexer::place(const Token& token) const { return place_of(token.offset); }

void Lexer::fail(const Token& token, const std::string& message, const std::string& remedy) const {
  throw Error(ErrorCode::kBadInput, message, remedy, place(token).text());
}

std::string Lexer::shown(const Token& token) const {
  if (token.kind == Token::Kind::kEnd) return "the end of the " + what_;
  return token.kind == Token::Kind::kText ? quoted(token.text) : "'" + token.text + "'";
}

size_t Lexer::read_number(size_t at) {
  Token token{Token::Kind::kNumber, "", 0, at, 0};
  const auto [stop, error] = std::from_chars(text_.data() + at, text_.data() + text_.size(), token.number);
  token.end = static_cast<size_t>(stop - text_.data());
  token.text = text_.substr(at, token.end - at);
  const bool glued = token.end < text_.size() && starts_name(text_[token.end]);
  if (error != std::errc() || glued)
    fail(token, fmt::format("'{}' is not a number", text_.substr(at, token.end + 1 - at)));
  tokens_.push_back(token);
  return token.end;
}

size_t Lexer::read_text(size_t at) {
  const char quote = text_[at];
  Token token{Token::Kind::kText, "", 0, at, 0};
  size_t i = at + 1;
  for (; i < text_.size() && text_[i] != quote; ++i) {
    if (text_[i] == '\\' && i + 1 < text_.size()) ++i;
    token.text += text_[i];
  }
  if (i >= text_.size()) fail(token, "the quoted text has no end", fmt::format("close it with {}", quote));
  token.end = i + 1;
  tokens_.push_back(token);
  return token.end;
}

void Lexer::read() {
  static constexpr std::array<std::string_view, 7> kLongSigns = {"::", "&&", "||", "==", "!=", "<=", ">="};
  static constexpr std::string_view kSigns = "()[]{},.;:|?!=<>+-*/%";
  size_t at = 0;
  while (at < text_.size()) {
    const char c = text_[at];
    if (is_space(c)) {
      ++at;
    } else if (starts_name(c)) {
      size_t end = at;
      while (end < text_.size() && (starts_name(text_[end]) || is_digit(text_[end]))) ++end;
      tokens_.push_back({Token::Kind::kName, text_.substr(at, end - at), 0, at, end});
      at = end;
    } else if (is_digit(c)) {
      at = read_number(at);
    } else if (c == '"' || c == '\'') {
      at = read_text(at);
    } else {
      size_t length = kSigns.find(c) == std::string_view::npos ? 0 : 1;
      for (const std::string_view sign : kLongSigns) {
        if (std::string_view(text_).substr(at, 2) == sign) length = 2;
      }
      if (length == 0) {
        size_t end = at + 1;
        while (end < text_.size() && continues_character(text_[end])) ++end;
        fail({Token::Kind::kSign, "", 0, at, end},
             fmt::format("'{}' has no meaning in a {}", text_.substr(at, end - at), what_));
      }
      tokens_.push_back({Token::Kind::kSign, text_.substr(at, length), 0, at, at + length});
      at += length;
    }
  }
  tokens_.push_back({Token::Kind::kEnd, "", 0, text_.size(), text_.size()});
}

const Token& Lexer::peek(size_t ahead) const { return tokens_[std::min(next_ + ahead, tokens_.size() - 1)]; }

bool Lexer::next_is(std::string_view sign_or_name, size_t ahead) const {
  const Token& token = peek(ahead);
  return (token.kind == Token::Kind::kSign || token.kind == Token::Kind::kName) && token.text == sign_or_name;
}

Token Lexer::take() {
  Token token = peek();
  if (next_ + 1 < tokens_.size()) ++next_;
  return token;
}

bool Lexer::take_if(std::string_view sign_or_name) {
  if (!next_is(sign_or_name)) return false;
  take();
  return true;
}

void Lexer::expect(std::string_view sign, std::string_view where) {
  if (take_if(sign)) return;
  fail(peek(), fmt::format("expected '{}'{}{}, found {}", sign, where.empty() ? "" : " ", where, shown(peek())));
}

Token Lexer::expect_name(std::string_view what) {
  if (peek().kind != Token::Kind::kName) fail(peek(), fmt::format("expected {}, found {}", what, shown(peek())));
  return take();
}

std::string shown_number(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number < 0 ? "-inf" : "inf";
  if (number == std::floor(number) && std::abs(number) < 1e15) return fmt::format("{:.0f}", number == 0 ? 0.0 : number);
  return fmt::format("{}", number);
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

}  // namespace quoin
