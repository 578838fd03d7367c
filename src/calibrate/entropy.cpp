// The range that loses the least information, by the Kullback-Leibler search that NVIDIA presented ("8-bit Inference
// with TensorRT", S. Migacz, GTC 2017) and MXNet documents for its quantization: for each candidate range, P is the
// histogram inside the range with what lies outside added to its end bins, Q is the histogram inside merged into as
// many groups as there are integer levels, each group's total spread over its filled bins; the range with the least
//   KL(P || Q) = sum_i p_i log(p_i / q_i),   p and q normalised,
// wins. Differences, so that the search suits this histogram and affine ranges:
//  - the logarithmic buckets are first spread over a linear grid of kBins bins, each evenly over the bins that it
//  covers;
//  - zero is left out: every range represents it exactly;
//  - group g of G over n bins takes the bins from g n / G up to (g + 1) n / G, so that no group is larger by a
//  remainder;
//  - an affine range moves its two ends in turn until neither gets better.
// Q is constant within a group, so prefix sums give each candidate's divergence in O(levels).
#include <algorithm>
#include <cmath>
#include <limits>

#include "calibrate/range_search.h"

namespace quoin {
namespace {

constexpr size_t kBins = 2048;
constexpr int kRounds = 16;  // of moving both ends; each round strictly improves, so this is a bound that is hardly met

// The histogram on a linear grid over [low, high], with prefix sums.
class Grid {
 public:
  Grid(const std::vector<Bucket>& buckets, double low, double high);
  double edge(size_t bin) const {
    return low_ + (high_ - low_) * static_cast<double>(bin) / static_cast<double>(kBins);
  }
  // The bin edge at or just above / below zero.
  size_t zero_bin(bool up) const {
    const double position = -low_ / (high_ - low_) * static_cast<double>(kBins);
    return static_cast<size_t>(
        std::clamp(up ? std::ceil(position) : std::floor(position), 0.0, static_cast<double>(kBins)));
  }
  // KL(P || Q) for the bins [first, last) as the range, in `levels` groups.
  double divergence(size_t first, size_t last, size_t levels) const;

 private:
  double low_, high_;
  std::vector<double> bins_;
  std::vector<double> sum_, entropy_;  // prefix sums of c and of c log c
  std::vector<double> filled_;         // and of the number of filled bins
};

double x_log_x(double x) { return x > 0 ? x * std::log(x) : 0; }

// Slope of the density within each bucket, from its neighbours: the smaller of the differences to both sides, none at a
// peak or beside a gap, and never so steep that the density would turn negative.
std::vector<double> density_slopes(const std::vector<Bucket>& buckets) {
  std::vector<double> slopes(buckets.size());
  const auto width = [&](size_t i) { return buckets[i].upper - buckets[i].lower; };
  const auto slope_to = [&](size_t i) {  // from bucket i - 1 to bucket i
    const double step = (width(i - 1) + width(i)) / 2;
    return (buckets[i].count / width(i) - buckets[i - 1].count / width(i - 1)) / step;
  };
  for (size_t i = 1; i + 1 < buckets.size(); ++i) {
    if (!(width(i - 1) > 0 && width(i) > 0 && width(i + 1) > 0)) continue;
    if (buckets[i - 1].upper != buckets[i].lower || buckets[i].upper != buckets[i + 1].lower) continue;
    const double left = slope_to(i), right = slope_to(i + 1);
    if (!(left * right > 0)) continue;
    const double steepest = 2 * buckets[i].count / (width(i) * width(i));
    slopes[i] = std::copysign(std::min({std::abs(left), std::abs(right), steepest}), left);
  }
  return slopes;
}

Grid::Grid(const std::vector<Bucket>& buckets, double low, double high) : low_(low), high_(high), bins_(kBins) {
  const double per_unit = static_cast<double>(kBins) / (high - low);
  const std::vector<double> slopes = density_slopes(buckets);
  for (size_t i = 0; i < buckets.size(); ++i) {
    const Bucket& bucket = buckets[i];
    if (bucket.lower == 0 && bucket.upper == 0) continue;
    const auto bin_of = [&](double x) {
      return std::min(static_cast<size_t>(std::clamp((x - low) * per_unit, 0.0, static_cast<double>(kBins))),
                      kBins - 1);
    };
    const size_t first = bin_of(bucket.lower), last = bin_of(bucket.upper);
    if (first == last) {
      bins_[first] += bucket.count;
      continue;
    }
    // How many of the bucket's values lie below x: the integral of a density that is linear in the bucket.
    const auto below = [&](double x) {
      return bucket.count * (x - bucket.lower) / (bucket.upper - bucket.lower) +
             slopes[i] / 2 * (x - bucket.lower) * (x - bucket.upper);
    };
    double before = 0;
    for (size_t bin = first; bin <= last; ++bin) {
      const double up_to = bin == last ? bucket.count : below(std::clamp(edge(bin + 1), bucket.lower, bucket.upper));
      bins_[bin] += std::max(0.0, up_to - before);
      before = up_to;
    }
  }
  sum_.resize(kBins + 1);
  entropy_.resize(kBins + 1);
  filled_.resize(kBins + 1);
  for (size_t bin = 0; bin < kBins; ++bin) {
    sum_[bin + 1] = sum_[bin] + bins_[bin];
    entropy_[bin + 1] = entropy_[bin] + x_log_x(bins_[bin]);
    filled_[bin + 1] = filled_[bin] + (bins_[bin] > 0 ? 1 : 0);
  }
}

double Grid::divergence(size_t first, size_t last, size_t levels) const {
  const double total = sum_[kBins], inside = sum_[last] - sum_[first];
  const double below = sum_[first], above = total - sum_[last];
  const double end_low = bins_[first], end_high = bins_[last - 1];
  // What is outside must be added to a filled bin: an end where no values are is no better than the next filled one.
  if (!(inside > 0) || (below > 0 && !(end_low > 0)) || (above > 0 && !(end_high > 0))) {
    return std::numeric_limits<double>::infinity();
  }
  // sum p log p: all bins as they are but for the end bins, which take what is outside.
  double p_log_p = entropy_[last] - entropy_[first];
  if (first + 1 == last) {
    p_log_p = x_log_x(end_low + below + above);
  } else {
    p_log_p += x_log_x(end_low + below) - x_log_x(end_low) + x_log_x(end_high + above) - x_log_x(end_high);
  }
  double p_log_q = 0;
  const size_t width = last - first;
  const size_t groups = std::min(levels, width);
  size_t from = first;
  for (size_t group = 0; group < groups; ++group) {
    const size_t to = first + (group + 1) * width / groups;
    const double q = sum_[to] - sum_[from], filled = filled_[to] - filled_[from];
    from = to;
    if (!(filled > 0)) continue;
    const double p = q + (group == 0 ? below : 0) + (group + 1 == groups ? above : 0);
    p_log_q += p * std::log(q / filled);
  }
  // With p = P / total and q = Q / inside: sum p log(p / q) = (sum P log P - sum P log Q) / total - log(total) +
  // log(inside).
  return (p_log_p - p_log_q) / total - std::log(total) + std::log(inside);
}

Range symmetric_range(const TensorStats& stats, int bits) {
  const double largest = std::max(-static_cast<double>(stats.min), static_cast<double>(stats.max));
  const Grid grid(filled_buckets(stats, true), 0, largest);
  const size_t levels = size_t{1} << (bits - 1);
  double best = std::numeric_limits<double>::infinity();
  size_t best_last = kBins;
  // From the widest on, so that of equal ranges the widest wins.
  for (size_t last = kBins; last >= std::min(levels, kBins) && last > 0; --last) {
    const double divergence = grid.divergence(0, last, levels);
    if (divergence < best) {
      best = divergence;
      best_last = last;
    }
  }
  const float bound = static_cast<float>(grid.edge(best_last));
  return {-bound, bound};
}

Range affine_range(const TensorStats& stats, int bits) {
  const double low = std::min(0.0, static_cast<double>(stats.min)),
               high = std::max(0.0, static_cast<double>(stats.max));
  const Grid grid(filled_buckets(stats, false), low, high);
  const size_t levels = size_t{1} << bits, least = std::min(levels, kBins);
  const size_t lowest_last = grid.zero_bin(true), highest_first = grid.zero_bin(false);
  size_t first = 0, last = kBins;
  double best = grid.divergence(first, last, levels);
  const auto consider = [&](size_t try_first, size_t try_last) {
    if (try_last < try_first + least) return;
    const double divergence = grid.divergence(try_first, try_last, levels);
    if (!(divergence < best)) return;
    best = divergence;
    first = try_first;
    last = try_last;
  };
  for (int round = 0; round < kRounds; ++round) {
    const double before = best;
    for (size_t to = kBins, from = first; to >= std::max<size_t>(lowest_last, 1); --to) consider(from, to);
    for (size_t from = 0, to = last; from <= highest_first && from < kBins; ++from) consider(from, to);
    if (!(best < before)) break;
  }
  return {static_cast<float>(grid.edge(first)), static_cast<float>(grid.edge(last))};
}

}  // namespace

Range entropy_range(const TensorStats& stats, int bits, bool symmetric) {
  return symmetric ? symmetric_range(stats, bits) : affine_range(stats, bits);
}

}  // namespace quoin
