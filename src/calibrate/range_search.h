// Searches for a range on a histogram. Each works on finite statistics that are not all zero, and gives min <= 0 <= max
// inside the exact extremes.
#pragma once

#include <vector>

#include "quoin/ranges.h"

namespace quoin {

// A filled bucket: `count` values in [lower, upper], taken as spread evenly there.
struct Bucket {
  double lower = 0, upper = 0, count = 0;
};
// In ascending order, cut to the exact extremes. With `magnitudes`, of |x|. The bucket of zero has lower == upper == 0.
std::vector<Bucket> filled_buckets(const TensorStats& stats, bool magnitudes);

Range percentile_range(const TensorStats& stats, double percentile, bool symmetric);
Range entropy_range(const TensorStats& stats, int bits, bool symmetric);
Range mse_range(const TensorStats& stats, int bits, bool symmetric);

}  // namespace quoin
