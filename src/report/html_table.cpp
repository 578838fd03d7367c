#include "report/html_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "report/html_text.h"
#include "report/words.h"

namespace quoin {
namespace {

constexpr double kBarWidth = 190, kIntervalWidth = 110, kBarHeight = 22;

double scaled(double value, double low, double high, double width) {
  return high > low ? std::clamp((value - low) / (high - low), 0.0, 1.0) * (width - 8) + 4 : 4;
}

// A bar up to the median, a whisker from p10 to p90.
std::string latency_bar(const ReportRow& row, double most, bool base) {
  const auto x = [&](double value) { return scaled(value, 0, most, kBarWidth); };
  return fmt::format(
      R"(<svg width="{0:.0f}" height="{1:.0f}" role="img" aria-label="median {2:.3f} ms, p10 {3:.3f}, p90 {4:.3f}">)"
      R"(<rect class="bar{5}" x="4" y="5" width="{6:.1f}" height="12"/>)"
      R"(<path class="whisker" d="M{7:.1f} 11H{8:.1f}M{7:.1f} 6V16M{8:.1f} 6V16"/></svg>)",
      kBarWidth, kBarHeight, row.median_ms, row.p10_ms, row.p90_ms, base ? " base" : "",
      std::max(0.5, x(row.median_ms) - 4), x(row.p10_ms), x(row.p90_ms));
}

// The interval of the speed, and a line where it is that of float.
std::string interval_bar(const ReportRow& row, double low, double high) {
  const auto x = [&](double value) { return scaled(value, low, high, kIntervalWidth); };
  return fmt::format(
      R"(<svg width="{0:.0f}" height="{1:.0f}" role="img" aria-label="speed {2:.2f}, 95 % interval {3:.2f} to {4:.2f}">)"
      R"(<path class="one" d="M{5:.1f} 1V21"/><path class="whisker" d="M{6:.1f} 11H{7:.1f}M{6:.1f} 7V15M{7:.1f} 7V15"/>)"
      R"(<circle class="dot" cx="{8:.1f}" cy="11" r="4"/></svg>)",
      kIntervalWidth, kBarHeight, row.speedup, row.low, row.high, x(1), x(row.low), x(row.high), x(row.speedup));
}

std::string cell(const std::string& text) { return fmt::format(R"(<td class="number">{}</td>)", html_text(text)); }

class TableWriter {
 public:
  explicit TableWriter(const ReportPage& page) : page_(page) {
    for (const ReportRow& row : page.rows) {
      most_ = std::max({most_, row.p90_ms, row.median_ms});
      low_ = std::min({low_, row.low, row.speedup});
      high_ = std::max({high_, row.high, row.speedup});
      timed_ = timed_ || row.timed;
      judged_ = judged_ || row.judged;
      simulated_ = simulated_ || row.simulated;
      counted_ = counted_ || !row.kernels.empty();
    }
  }

  std::string text() const {
    std::string made = R"(<div class="scroll" tabindex="0" role="region" aria-label="Comparison"><table><thead><tr>)"
                       R"(<th scope="col"></th>)";
    if (simulated_) made += head(page_.accuracy + ", simulated");
    if (judged_) made += head(page_.accuracy + ", real") + head("SQNR real");
    if (timed_) {
      made += head("median ms") + R"(<th scope="col">p10 to p90</th>)" + head("speed") +
              R"(<th scope="col">95 % interval</th>)";
    }
    made += head("MiB") + head("INT8 units");
    if (counted_) made += head("integer kernels") + head("conversions") + head("integer time");
    made += "</tr></thead><tbody>";
    for (size_t i = 0; i < page_.rows.size(); ++i) made += row_text(page_.rows[i], i == 0);
    return made + "</tbody></table></div>" + R"(<p class="hint">)" +
           (simulated_ ? "simulated: Q/DQ computed in float; " : "") +
           "real: the kernels that run here, what a user gets. "
           "Speed: float's time divided by this one's, round by round; the interval is of its median, the dashed line "
           "is "
           "float.</p>";
  }

 private:
  static std::string head(const std::string& text) {
    return fmt::format(R"(<th scope="col" class="number">{}</th>)", html_text(text));
  }

  std::string accuracy_text(const std::optional<double>& value) const {
    if (!value) return "";
    if (page_.accuracy == "metric") return fmt::format("{:g}", *value);
    return fmt::format("{:.{}f}", *value, page_.accuracy == "cosine %" ? 3 : 2);
  }

  std::string row_text(const ReportRow& row, bool base) const {
    const std::string name = fmt::format(R"(<th scope="row">{}</th>)", html_text(row.name));
    if (!row.skipped.empty())
      return fmt::format(R"(<tr>{}<td colspan="12">{}</td></tr>)", name, html_text(row.skipped));
    std::string made = (row.ship ? R"(<tr class="ship">)" : "<tr>") + name;
    if (judged_) {
      const std::string sqnr = row.sqnr_db ? decibels(*row.sqnr_db) + " dB" : "∞";
      if (simulated_) made += cell(accuracy_text(row.simulated));
      made += cell(accuracy_text(row.real)) + cell(row.judged ? sqnr : "");
    }
    if (timed_) {
      made += cell(fmt::format("{:.3f}", row.median_ms)) + "<td>" + latency_bar(row, most_, base) + "</td>" +
              cell(fmt::format("{:.2f}x", row.speedup)) + "<td>" + interval_bar(row, low_, high_) + "</td>";
    }
    made += cell(row.bytes > 0 ? mebibytes(static_cast<size_t>(row.bytes)) : "") +
            cell(row.units.empty() ? "–" : row.units);
    if (counted_) made += cell(row.kernels) + cell(row.conversions) + cell(row.integer_time);
    return made + "</tr>";
  }

  const ReportPage& page_;
  double most_ = 0, low_ = 0.9, high_ = 1.1;
  bool timed_ = false, judged_ = false, simulated_ = false, counted_ = false;
};

}  // namespace

std::string html_table(const ReportPage& page) { return page.rows.empty() ? "" : TableWriter(page).text(); }

std::string html_environment(const ReportPage& page) {
  std::string made = "<dl>";
  for (const auto& [name, text] : page.environment) {
    const bool is_code = name == "command";
    made += fmt::format("<dt>{}</dt><dd>{}{}{}</dd>", html_text(name), is_code ? "<code>" : "", html_text(text),
                        is_code ? "</code>" : "");
  }
  return made + "</dl>";
}

}  // namespace quoin
