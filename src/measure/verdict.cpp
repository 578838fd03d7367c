#include "measure/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

// 83.2 - 82.7 is a little more than 0.5 in doubles.
constexpr double kRounding = 1e-9;

double loss(const Accuracy& accuracy, const Accuracy& reference) {
  if (accuracy.top1 && reference.top1) return *reference.top1 - *accuracy.top1;
  return 100 * (1 - accuracy.mean_cosine);
}

std::string speed_text(const Latency& latency) {
  return fmt::format("{:.2f}x float ({:.2f} to {:.2f})", latency.speedup, latency.speedup_low, latency.speedup_high);
}

std::string accuracy_text(const Accuracy& accuracy, const Accuracy& reference) {
  if (accuracy.top1 && reference.top1)
    return fmt::format("top-1 {:.2f} against {:.2f} float", *accuracy.top1, *reference.top1);
  return fmt::format("mean cosine {:.4f} to float's outputs", accuracy.mean_cosine);
}

std::string budget_text(double budget, const CompareRow& reference) {
  return reference.real.top1 ? fmt::format("{:g} points of top-1", budget) : fmt::format("{:g} % of cosine", budget);
}

// Rows that exist, float left out.
std::vector<size_t> candidates(const std::vector<CompareRow>& rows) {
  std::vector<size_t> found;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].skipped.empty()) found.push_back(i);
  }
  return found;
}

size_t choose(const std::vector<CompareRow>& rows, const std::vector<size_t>& good) {
  const auto slower = [&](size_t a, size_t b) { return rows[a].latency.speedup < rows[b].latency.speedup; };
  const size_t fastest = *std::max_element(good.begin(), good.end(), slower);
  // Of files that are equally accurate and equally fast, the target's own choice.
  const auto better = [&](size_t a, size_t b) {
    const double gain = real_loss(rows[b], rows[0]) - real_loss(rows[a], rows[0]);
    if (std::abs(gain) > kRounding) return gain > 0;
    if ((rows[a].name == "smart") != (rows[b].name == "smart")) return rows[a].name == "smart";
    return rows[a].latency.speedup > rows[b].latency.speedup;
  };
  size_t best = fastest;
  for (const size_t i : good) {
    if (rows[i].latency.speedup >= rows[fastest].latency.speedup_low && better(i, best)) best = i;
  }
  return best;
}

std::string leave_it_float(const std::vector<CompareRow>& rows, const std::vector<size_t>& there, double budget) {
  if (there.empty()) {
    std::vector<std::string> reasons;
    for (size_t i = 1; i < rows.size(); ++i) reasons.push_back(fmt::format("{}: {}", rows[i].name, rows[i].skipped));
    return fmt::format("Leave it float: no INT8 file was made ({}).", fmt::join(reasons, "; "));
  }
  std::vector<size_t> accurate;
  for (const size_t i : there) {
    if (real_loss(rows[i], rows[0]) <= budget + kRounding) accurate.push_back(i);
  }
  if (accurate.empty()) {
    const size_t nearest = *std::min_element(there.begin(), there.end(), [&](size_t a, size_t b) {
      return real_loss(rows[a], rows[0]) < real_loss(rows[b], rows[0]);
    });
    return fmt::format("Leave it float: no INT8 file stays within {} on this CPU; the nearest, {}, has {} at {}.",
                       budget_text(budget, rows[0]), rows[nearest].name,
                       accuracy_text(rows[nearest].real, rows[0].real), speed_text(rows[nearest].latency));
  }
  const size_t fastest = *std::max_element(accurate.begin(), accurate.end(), [&](size_t a, size_t b) {
    return rows[a].latency.speedup < rows[b].latency.speedup;
  });
  return fmt::format(
      "Leave it float: the fastest INT8 file within {}, {}, is {}, which is not faster beyond the noise.",
      budget_text(budget, rows[0]), rows[fastest].name, speed_text(rows[fastest].latency));
}

// What was promised by the simulation and is not kept by the integer kernels.
std::string broken_promises(const std::vector<CompareRow>& rows, const std::vector<size_t>& there, double budget) {
  std::string text;
  for (const size_t i : there) {
    const CompareRow& row = rows[i];
    const double simulated = loss(row.simulated, rows[0].real), real = real_loss(row, rows[0]);
    if (real - simulated <= budget / 2 + kRounding) continue;
    const bool labels = row.simulated.top1 && row.real.top1;
    text += labels ? fmt::format(" {} reports {:.2f} simulated but gives {:.2f} on this CPU.", row.name,
                                 *row.simulated.top1, *row.real.top1)
                   : fmt::format(" {} reports a cosine of {:.4f} simulated but gives {:.4f} on this CPU.", row.name,
                                 row.simulated.mean_cosine, row.real.mean_cosine);
  }
  return text;
}

}  // namespace

double real_loss(const CompareRow& row, const CompareRow& reference) { return loss(row.real, reference.real); }

Decision decide(const std::vector<CompareRow>& rows, double budget, bool same_data) {
  const std::vector<size_t> there = candidates(rows);
  std::vector<size_t> good;
  for (const size_t i : there) {
    if (is_faster(rows[i].latency) && real_loss(rows[i], rows[0]) <= budget + kRounding) good.push_back(i);
  }
  Decision decision;
  if (good.empty()) {
    decision.sentence = leave_it_float(rows, there, budget);
  } else {
    decision.ship = choose(rows, good);
    const CompareRow& row = rows[decision.ship];
    decision.sentence =
        fmt::format("Ship {}: {}, {}.", row.name, speed_text(row.latency), accuracy_text(row.real, rows[0].real));
  }
  decision.sentence += broken_promises(rows, there, budget);
  if (same_data) decision.sentence += " Calibration and reporting data overlap: the accuracy is not to be trusted.";
  return decision;
}

}  // namespace quoin
