#include "cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace quoin::cli {
namespace {

constexpr size_t kWidth = 30;
constexpr const char* kClearLine = "\r\033[K";

void draw(const std::string& what, size_t done, size_t total) {
  // One drawing per cell of the bar, and the first and last sample.
  const auto cells = [total](size_t count) { return total == 0 ? 0 : count * kWidth / total; };
  if (done > 1 && done < total && cells(done) == cells(done - 1)) return;
  std::string text = kClearLine;
  if (done < total) text += fmt::format("{} [{:<{}}] {}/{}", what, std::string(cells(done), '#'), kWidth, done, total);
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace

NamedProgress named_progress() {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return draw;
}

Progress progress(std::string what) {
  if (::isatty(STDERR_FILENO) == 0) return {};
  return [what = std::move(what)](size_t done, size_t total) { draw(what, done, total); };
}

}  // namespace quoin::cli
