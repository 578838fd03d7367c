#include "measure/overlap.h"

#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace quoin {
namespace {

namespace fs = std::filesystem;

enum class Step { kFirst, kSkip, kEvery, kExcept };

struct Selected {
  std::string file;
  std::vector<std::pair<Step, size_t>> steps;  // as applied, first one first
};

std::optional<size_t> number(std::string_view text) {
  size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::pair<Step, size_t>> parse_step(std::string_view text) {
  constexpr std::pair<std::string_view, Step> kSteps[] = {
      {"first ", Step::kFirst}, {"skip ", Step::kSkip}, {"except every ", Step::kExcept}, {"every ", Step::kEvery}};
  for (const auto& [prefix, step] : kSteps) {
    if (!text.starts_with(prefix)) continue;
    if (const std::optional<size_t> count = number(text.substr(prefix.size()))) return std::pair(step, *count);
  }
  return std::nullopt;
}

Selected parse_origin(std::string_view origin) {
  Selected selected;
  for (size_t comma = origin.rfind(", "); comma != std::string_view::npos; comma = origin.rfind(", ")) {
    const auto step = parse_step(origin.substr(comma + 2));
    if (!step) break;
    selected.steps.insert(selected.steps.begin(), *step);
    origin = origin.substr(0, comma);
  }
  std::error_code error;
  const fs::path path = fs::weakly_canonical(fs::path(origin), error);
  if (!error && fs::exists(path, error)) selected.file = path.string();
  return selected;
}

// Index in the file of the selection's sample `index`.
size_t index_in_file(const Selected& selected, size_t index) {
  for (auto step = selected.steps.rbegin(); step != selected.steps.rend(); ++step) {
    const size_t count = step->second;
    switch (step->first) {
      case Step::kFirst:
        break;
      case Step::kSkip:
        index += count;
        break;
      case Step::kEvery:
        index *= count;
        break;
      case Step::kExcept:
        if (count > 1) index = index / (count - 1) * count + 1 + index % (count - 1);
        break;
    }
  }
  return index;
}

}  // namespace

bool overlap(const Dataset& a, const Dataset& b) {
  const Selected of_a = parse_origin(a.origin()), of_b = parse_origin(b.origin());
  if (of_a.file.empty() || of_a.file != of_b.file) return false;
  std::unordered_set<size_t> seen;
  for (size_t i = 0; i < a.size(); ++i) seen.insert(index_in_file(of_a, i));
  for (size_t i = 0; i < b.size(); ++i) {
    if (seen.count(index_in_file(of_b, i)) > 0) return true;
  }
  return false;
}

}  // namespace quoin
