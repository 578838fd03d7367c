#include "base/toml_nesting.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "quoin/error.h"

namespace quoin {
namespace {

constexpr size_t kDeepest = 100;
constexpr size_t kMostBytes = size_t{64} << 20;

// Where the string that begins at `at` ends; a string on one line ends with the line at the latest.
size_t end_of_string(std::string_view text, size_t at) {
  const char quote = text[at];
  const std::string_view three = text.substr(at, 3);
  if (three.size() == 3 && three[1] == quote && three[2] == quote) {
    for (size_t i = at + 3; i < text.size(); ++i) {
      if (quote == '"' && text[i] == '\\') {
        ++i;
      } else if (text.substr(i, 3) == three) {
        return i + 2;
      }
    }
    return text.size();
  }
  size_t i = at + 1;
  for (; i < text.size() && text[i] != quote && text[i] != '\n'; ++i) {
    if (quote == '"' && text[i] == '\\') ++i;
  }
  return i;
}

}  // namespace

void check_toml_nesting(std::string_view text, const std::string& file) {
  if (text.size() > kMostBytes) {
    throw Error(ErrorCode::kBadInput, fmt::format("the file has {} bytes, {} are the most", text.size(), kMostBytes),
                "give a TOML file", file);
  }
  std::vector<size_t> dots;  // of the keys around, per bracket
  size_t in_key = 0, depth = 0, line = 1, line_start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size()) - 1;
    } else if (c == '"' || c == '\'') {
      const size_t end = end_of_string(text, i);
      for (; i < end && i < text.size(); ++i) {
        if (text[i] != '\n') continue;
        ++line;
        line_start = i + 1;
      }
      if (i < text.size() && text[i] == '\n') --i;
    } else if (c == '.') {
      ++in_key;
      ++depth;
    } else if (c == '[' || c == '{') {
      dots.push_back(in_key);
      in_key = 0;
      ++depth;
    } else if (c == ']' || c == '}') {
      depth -= in_key;
      in_key = 0;
      if (!dots.empty()) {
        in_key = dots.back();
        dots.pop_back();
        --depth;
      }
    } else if (c == ',' || (c == '\n' && dots.empty())) {
      depth -= in_key;
      in_key = 0;
    }
    if (c == '\n') {
      ++line;
      line_start = i + 1;
    }
    if (depth > kDeepest) {
      throw Error(ErrorCode::kBadInput, fmt::format("tables are nested more than {} deep", kDeepest),
                  "write fewer brackets and dots", fmt::format("{}:{}:{}", file, line, i - line_start + 1));
    }
  }
}

}  // namespace quoin
