#include "measure/tune/decide.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "measure/timing.h"

namespace quoin {
namespace {

constexpr double kSessionNoise = 1.01;  // two sessions of one file can differ that much, steadily

struct Ratio {
  double median = 1, low = 1, high = 1;
};

// a / b, round by round: above 1 where b is faster.
Ratio ratio_of(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> ratios;
  for (size_t i = 0; i < a.size(); ++i) ratios.push_back(a[i] / std::max(b[i], 1e-9));
  Ratio ratio;
  ratio.median = quantile(ratios, 0.5);
  std::tie(ratio.low, ratio.high) = median_interval(ratios);
  return ratio;
}

std::optional<double> loss_of(const TuneRow& row, const TuneRow& reference, const Metric& metric) {
  if (!row.accuracy || !reference.accuracy) return std::nullopt;
  return metric_loss(metric, *row.accuracy, *reference.accuracy);
}

std::string speed_text(const Latency& latency) {
  return fmt::format("{:.2f}x float ({:.2f} to {:.2f})", latency.speedup, latency.speedup_low, latency.speedup_high);
}

std::string accuracy_text(const TuneRow& row, const TuneRow& reference, const Metric& metric) {
  if (!row.accuracy || !reference.accuracy) return "";
  const double loss = metric_loss(metric, *row.accuracy, *reference.accuracy);
  return fmt::format(", {}, {} lost", value_text(metric, *row.accuracy), loss_text(metric, loss, *reference.accuracy));
}

}  // namespace

size_t choose_delivery(const std::vector<TuneRow>& rows, const std::vector<std::vector<double>>& times,
                       const Contenders& contenders, double budget, const Metric& metric) {
  std::vector<size_t> good;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (i == contenders.rewrite || !rows[i].skipped.empty() || !is_faster(rows[i].latency)) continue;
    const std::optional<double> loss = loss_of(rows[i], rows[0], metric);
    if (loss && keeps_budget(*loss, budget)) good.push_back(i);
  }
  const auto is_clearly_faster = [&](size_t than, size_t row) {
    const Ratio ratio = ratio_of(times[than], times[row]);
    return ratio.low > 1 && ratio.median > kSessionNoise;
  };
  size_t best = 0;
  for (const size_t i : good) {
    // Inside the noise the target's own choice, which comes after blanket.
    if ((i != contenders.tuned || contenders.tuned_is_list) && (best == 0 || !is_clearly_faster(i, best))) best = i;
  }
  // A placement of its own must earn its place.
  const bool tuned_is_good =
      !contenders.tuned_is_list && std::find(good.begin(), good.end(), contenders.tuned) != good.end();
  if (tuned_is_good && (best == 0 || is_clearly_faster(best, contenders.tuned))) best = contenders.tuned;
  if (contenders.rewrite == 0) return best;
  const Latency& rewrite = rows[contenders.rewrite].latency;
  if (best != 0 && ratio_of(times[contenders.rewrite], times[best]).low > 1) return best;
  return rewrite.speedup_high < 1 ? best : contenders.rewrite;
}

std::string verdict_of(const TuneResult& result, const Contenders& contenders,
                       const std::vector<std::vector<double>>& times) {
  const TuneRow& row = result.rows[result.delivered];
  const auto compared = [&](size_t against) {
    const Ratio ratio = ratio_of(times[against], times[result.delivered]);
    return fmt::format(", {:.2f}x {} ({:.2f} to {:.2f})", ratio.median, result.rows[against].name, ratio.low,
                       ratio.high);
  };
  std::string text;
  if (result.delivered != 0 && result.delivered != contenders.rewrite) {
    text = fmt::format("Ship {}: {}", row.name, speed_text(row.latency));
    for (size_t i = 1; i < result.rows.size(); ++i) {
      if (i != result.delivered && result.rows[i].skipped.empty()) text += compared(i);
    }
    text += accuracy_text(row, result.rows[0], result.metric) + ".";
  } else {
    text = "Leave it float: ";
    if (contenders.tuned == 0) {
      text += "no INT8 placement was faster within the budget";
    } else {
      const TuneRow& tuned = result.rows[contenders.tuned];
      const std::optional<double> loss = loss_of(tuned, result.rows[0], result.metric);
      text += fmt::format("the best INT8 placement is {}{}, {}", speed_text(tuned.latency),
                          accuracy_text(tuned, result.rows[0], result.metric),
                          loss && !keeps_budget(*loss, result.budget) ? "which loses more than the budget"
                          : !is_faster(tuned.latency)
                              ? "which is not faster beyond the noise"
                              : "which is not faster than the lossless float rewrite beyond the noise");
    }
    text += result.delivered == 0
                ? "; what is written is the model as it was."
                : fmt::format("; what is written is the lossless float rewrite, {}.", speed_text(row.latency));
  }
  if (result.same_data) text += " Calibration and choosing data overlap: the accuracy is not to be trusted.";
  return text;
}

}  // namespace quoin
