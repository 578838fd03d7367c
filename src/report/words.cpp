#include "report/words.h"

#include <fmt/format.h>

#include <cmath>

namespace quoin {

std::string mebibytes(size_t bytes) { return fmt::format("{:.2f}", static_cast<double>(bytes) / (1024.0 * 1024.0)); }

std::string decibels(double db) { return std::isinf(db) ? (db > 0 ? "inf" : "-inf") : fmt::format("{:.1f}", db); }

std::string small_number(double value) { return value == 0 ? "0" : fmt::format("{:.2g}", value); }

std::string plural(size_t count, const std::string& thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

std::string point_text(const PointPlace& point) {
  const std::string place =
      point.node.empty() ? point.value : fmt::format("{}[{}] = {}", point.node, point.input, point.value);
  const std::string precision = point.precision.is_default() ? "" : fmt::format(" as {}", point.precision.text());
  return fmt::format("{} {}{}{}", to_string(point.role), place, precision, point.apply ? "" : " (not applied)");
}

std::string machine_text(const std::string& cpu, const std::string& engine, const std::string& note) {
  return fmt::format("CPU {}, {}{}{}", cpu, engine, note.empty() ? "" : "\n", note);
}

std::string timing_text(int threads, int rounds, const std::string& input) {
  return fmt::format("{}, {}, {}", plural(static_cast<size_t>(threads), "thread"),
                     plural(static_cast<size_t>(rounds), "interleaved round"), input);
}

}  // namespace quoin
