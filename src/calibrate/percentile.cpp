#include <algorithm>

#include "calibrate/range_search.h"

namespace quoin {
namespace {

// The value of rank q * (n - 1), counted from 0, the values of a bucket taken as spread evenly in it.
double quantile(const std::vector<Bucket>& buckets, double total, double q) {
  const double rank = q * (total - 1);
  double before = 0;
  for (const Bucket& bucket : buckets) {
    if (rank < before + bucket.count) {
      const double fraction = std::min(1.0, (rank - before + 0.5) / bucket.count);
      return bucket.lower + (bucket.upper - bucket.lower) * fraction;
    }
    before += bucket.count;
  }
  return buckets.back().upper;
}

}  // namespace

Range percentile_range(const TensorStats& stats, double percentile, bool symmetric) {
  // 100 means all of them: the exact extremes, which the middle of a bucket is not.
  if (percentile == 100) return {stats.min, stats.max};
  const std::vector<Bucket> buckets = filled_buckets(stats, symmetric);
  const double total = static_cast<double>(stats.count);
  const double high = quantile(buckets, total, percentile / 100);
  if (symmetric) return {static_cast<float>(-high), static_cast<float>(high)};
  return {static_cast<float>(quantile(buckets, total, 1 - percentile / 100)), static_cast<float>(high)};
}

}  // namespace quoin
