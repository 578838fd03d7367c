#include "mutate_text.h"

#include <algorithm>
#include <array>
#include <vector>

namespace quoin::fuzz {
namespace {

constexpr std::array<const char*, 17> kEdges = {
    "0",     "-1",  "1",    "2",  "3",  "255",  "2147483648", "-9223372036854775808", "9223372036854775807", "1e308",
    "1e999", "nan", "-inf", "[]", "{}", "true", "\"\""};

bool of_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

// Words and single marks; blanks stay with what they follow.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    if (of_word(text[at])) {
      while (end < text.size() && of_word(text[end])) ++end;
    }
    while (end < text.size() && text[end] == ' ') ++end;
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return lines;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += part;
  return text;
}

}  // namespace

std::string mutated_text(std::string_view text, std::mt19937& random) {
  const auto below = [&](size_t count) { return random() % count; };
  std::string made(text);
  for (size_t times = 1 + below(3); times > 0; --times) {
    const bool by_lines = below(4) == 0;
    std::vector<std::string> parts = by_lines ? lines_of(made) : words_of(made);
    if (parts.empty()) return kEdges[below(kEdges.size())];
    const size_t at = below(parts.size()), other = below(parts.size());
    const auto place = parts.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(5)) {
      case 0:
        parts.erase(place);
        break;
      case 1:
        parts.insert(place, std::string(parts[at]));
        break;
      case 2:
        std::swap(parts[at], parts[other]);
        break;
      case 3:
        parts[at] = std::string(parts[other]);
        break;
      default:
        parts[at] = by_lines ? parts[at] + parts[other] : kEdges[below(kEdges.size())];
    }
    made = joined(parts);
  }
  return made;
}

size_t mutate_text(uint8_t* data, size_t size, size_t most, unsigned int seed) {
  std::mt19937 random(seed);
  if (random() % 2 == 0) return LLVMFuzzerMutate(data, size, most);
  const std::string made = mutated_text({reinterpret_cast<const char*>(data), size}, random);
  if (made.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::copy(made.begin(), made.end(), data);
  return made.size();
}

}  // namespace quoin::fuzz
