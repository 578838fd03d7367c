#include <algorithm>
#include <cmath>

#include "quoin/picture.h"

namespace quoin {

LinearHistogram linear_histogram(const Histogram& histogram, float min, float max, size_t bins) {
  LinearHistogram made{min, max, {}};
  const auto counts = histogram.counts();
  if (counts.empty() || bins == 0) return made;
  if (min == max) {
    made.counts = {static_cast<double>(histogram.count())};
    return made;
  }
  made.counts.assign(bins, 0);
  const double low = min, width = (static_cast<double>(max) - low) / static_cast<double>(bins);
  const auto bin_of = [&](double value) {
    return static_cast<size_t>(std::clamp((value - low) / width, 0.0, static_cast<double>(bins - 1)));
  };
  for (size_t bucket = 0; bucket < counts.size(); ++bucket) {
    if (counts[bucket] == 0) continue;
    auto [from, to] = Histogram::bounds(bucket);
    from = std::clamp<double>(from, min, max);
    to = std::clamp<double>(to, min, max);
    const size_t first = bin_of(from), last = bin_of(to);
    const double count = static_cast<double>(counts[bucket]);
    if (first == last || to <= from) {
      made.counts[first] += count;
      continue;
    }
    for (size_t bin = first; bin <= last; ++bin) {
      const double begin = low + width * static_cast<double>(bin);
      const double shared = std::min(to, begin + width) - std::max(from, begin);
      made.counts[bin] += count * std::max(0.0, shared) / (to - from);
    }
  }
  return made;
}

}  // namespace quoin
