#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>

namespace quoin {
namespace {

// Bytes of the character that begins at `at`; 0 where there is none.
size_t character_at(std::string_view text, size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const size_t length = first < 0x80   ? 1
                        : first < 0xC2 ? 0
                        : first < 0xE0 ? 2
                        : first < 0xF0 ? 3
                        : first < 0xF5 ? 4
                                       : 0;
  if (length == 0 || length > text.size() - at) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return 0;
  }
  const auto second = length > 1 ? static_cast<unsigned char>(text[at + 1]) : 0x80U;
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second > 0x9F, too_large = first == 0xF4 && second > 0x8F;
  return overlong || surrogate || too_large ? 0 : length;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = character_at(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t length = character_at(text, at);
    const auto byte = static_cast<unsigned char>(text[at]);
    // Of the two-byte characters, those from U+0080 to U+009F are control characters too.
    const bool control = length == 1 ? (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7f
                                     : length == 2 && byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (length != 0 && !control) {
      result += text.substr(at, length);
      at += length;
      continue;
    }
    for (size_t end = at + std::max<size_t>(length, 1); at < end; ++at)
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at]));
  }
  return result;
}

std::string shortened(std::string_view text, size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0U) == 0x80U) --most;
  return std::string(text.substr(0, most)) + "...";
}

}  // namespace quoin
