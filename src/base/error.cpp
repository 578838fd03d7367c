#include "quoin/error.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <numeric>

namespace quoin {
namespace {

std::string describe(const std::string& message, const std::string& remedy, const std::string& where) {
  std::string text;
  if (!where.empty()) text = where + ": ";
  text += message;
  if (!remedy.empty()) text += "; " + remedy;
  return text;
}

// ASCII only, whatever the locale.
std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

// Levenshtein's distance, one row at a time.
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

Error::Error(ErrorCode code, std::string message, std::string remedy, std::string where)
    : std::runtime_error(describe(message, remedy, where)),
      code_(code),
      message_(std::move(message)),
      remedy_(std::move(remedy)),
      where_(std::move(where)) {}

void fail_check(const char* file, int line, const char* condition, std::string_view message) {
  std::fprintf(
      stderr, "%s:%d: check failed: %s: %.*s\nThis is a bug of Quoin's; please report it with the model or its text.\n",
      file, line, condition, static_cast<int>(message.size()), message.data());
  std::fflush(stderr);
  std::abort();
}

void require(bool holds, std::string_view what) {
  if (!holds) throw Error(ErrorCode::kCheckFailed, std::string(what));
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string lower = to_lower(word);
  const std::string* nearest = nullptr;
  // A distance as long as the word itself would suggest anything for a one-letter word.
  size_t best = std::min(std::max<size_t>(1, word.size() / 3) + 1, word.size());
  for (const std::string& candidate : candidates) {
    const size_t distance = edit_distance(lower, to_lower(candidate));
    if (distance < best) {
      best = distance;
      nearest = &candidate;
    }
  }
  return nearest ? ", did you mean '" + *nearest + "'?" : "";
}

}  // namespace quoin
