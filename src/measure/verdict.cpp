#include "measure/verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace quoin {
namespace {

constexpr double kSameLoss = 1e-9;

std::string speed_text(const Latency& latency) {
  return fmt::format("{:.2f}x float ({:.2f} to {:.2f})", latency.speedup, latency.speedup_low, latency.speedup_high);
}

class Judge {
 public:
  Judge(const std::vector<CompareRow>& rows, double budget, const Metric& metric)
      : rows_(rows), float_(rows[0].real), budget_(budget), metric_(metric) {
    for (size_t i = 1; i < rows.size(); ++i) {
      if (rows[i].skipped.empty()) there_.push_back(i);
    }
  }

  Decision decide() const {
    std::vector<size_t> good;
    for (const size_t i : there_) {
      if (is_faster(rows_[i].latency) && is_accurate(i)) good.push_back(i);
    }
    Decision decision;
    if (good.empty()) {
      decision.sentence = leave_it_float();
    } else {
      decision.ship = choose(good);
      const CompareRow& row = rows_[decision.ship];
      decision.sentence = fmt::format("Ship {}: {}, {}.", row.name, speed_text(row.latency), accuracy_text(row.real));
    }
    decision.sentence += broken_promises();
    return decision;
  }

 private:
  double loss(size_t row) const { return real_loss(rows_[row], rows_[0], metric_); }
  bool is_accurate(size_t row) const { return keeps_budget(loss(row), budget_); }

  std::string accuracy_text(const Accuracy& accuracy) const {
    const bool automatic = metric_.kind == Metric::Kind::kAuto;
    if ((automatic || metric_.kind == Metric::Kind::kTop1) && accuracy.top1 && float_.top1)
      return fmt::format("top-1 {:.2f} against {:.2f} float", *accuracy.top1, *float_.top1);
    if (automatic || metric_.kind == Metric::Kind::kCosine)
      return fmt::format("mean cosine {:.4f} to float's outputs", accuracy.mean_cosine);
    return metric_.kind == Metric::Kind::kCommand
               ? fmt::format("{} against {:g} float", value_text(metric_, accuracy), metric_value(metric_, float_))
               : value_text(metric_, accuracy) + " to float's outputs";
  }

  std::string budget_text() const { return fmt::format("{:g} {}", budget_, loss_unit(metric_, float_)); }

  size_t choose(const std::vector<size_t>& good) const {
    const auto slower = [&](size_t a, size_t b) { return rows_[a].latency.speedup < rows_[b].latency.speedup; };
    const size_t fastest = *std::max_element(good.begin(), good.end(), slower);
    // Of files that are equally accurate and equally fast, the target's own choice.
    const auto better = [&](size_t a, size_t b) {
      const double gain = loss(b) - loss(a);
      if (std::abs(gain) > kSameLoss) return gain > 0;
      if ((rows_[a].name == "smart") != (rows_[b].name == "smart")) return rows_[a].name == "smart";
      return rows_[a].latency.speedup > rows_[b].latency.speedup;
    };
    size_t best = fastest;
    for (const size_t i : good) {
      if (rows_[i].latency.speedup >= rows_[fastest].latency.speedup_low && better(i, best)) best = i;
    }
    return best;
  }

  std::string leave_it_float() const {
    if (there_.empty()) {
      std::vector<std::string> reasons;
      for (size_t i = 1; i < rows_.size(); ++i)
        reasons.push_back(fmt::format("{}: {}", rows_[i].name, rows_[i].skipped));
      return fmt::format("Leave it float: no INT8 file was made ({}).", fmt::join(reasons, "; "));
    }
    std::vector<size_t> accurate;
    for (const size_t i : there_) {
      if (is_accurate(i)) accurate.push_back(i);
    }
    if (accurate.empty()) {
      const size_t nearest =
          *std::min_element(there_.begin(), there_.end(), [&](size_t a, size_t b) { return loss(a) < loss(b); });
      return fmt::format("Leave it float: no INT8 file stays within {} on this CPU; the nearest, {}, has {} at {}.",
                         budget_text(), rows_[nearest].name, accuracy_text(rows_[nearest].real),
                         speed_text(rows_[nearest].latency));
    }
    const size_t fastest = *std::max_element(accurate.begin(), accurate.end(), [&](size_t a, size_t b) {
      return rows_[a].latency.speedup < rows_[b].latency.speedup;
    });
    return fmt::format(
        "Leave it float: the fastest INT8 file within {}, {}, is {}, which is not faster beyond the noise.",
        budget_text(), rows_[fastest].name, speed_text(rows_[fastest].latency));
  }

  // What was promised by the simulation and is not kept by the integer kernels.
  std::string broken_promises() const {
    std::string text;
    for (const size_t i : there_) {
      const CompareRow& row = rows_[i];
      if (keeps_budget(loss(i) - metric_loss(metric_, row.simulated, float_), budget_ / 2)) continue;
      const bool automatic = metric_.kind == Metric::Kind::kAuto;
      if ((automatic || metric_.kind == Metric::Kind::kTop1) && row.simulated.top1 && row.real.top1) {
        text += fmt::format(" {} reports {:.2f} simulated but gives {:.2f} on this CPU.", row.name, *row.simulated.top1,
                            *row.real.top1);
      } else if (automatic || metric_.kind == Metric::Kind::kCosine) {
        text += fmt::format(" {} reports a cosine of {:.4f} simulated but gives {:.4f} on this CPU.", row.name,
                            row.simulated.mean_cosine, row.real.mean_cosine);
      } else {
        text += fmt::format(" {} reports {} simulated but gives {} on this CPU.", row.name,
                            value_text(metric_, row.simulated), value_text(metric_, row.real));
      }
    }
    return text;
  }

  const std::vector<CompareRow>& rows_;
  const Accuracy& float_;
  double budget_;
  const Metric& metric_;
  std::vector<size_t> there_;  // rows that exist, float left out
};

}  // namespace

double real_loss(const CompareRow& row, const CompareRow& reference, const Metric& metric) {
  return metric_loss(metric, row.real, reference.real);
}

Decision decide(const std::vector<CompareRow>& rows, double budget, bool same_data, const Metric& metric) {
  Decision decision = Judge(rows, budget, metric).decide();
  if (same_data) decision.sentence += " Calibration and reporting data overlap: the accuracy is not to be trusted.";
  return decision;
}

}  // namespace quoin
