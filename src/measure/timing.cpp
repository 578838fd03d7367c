#include "measure/timing.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace quoin {

using Clock = std::chrono::steady_clock;

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double place = q * static_cast<double>(values.size() - 1);
  const size_t below = static_cast<size_t>(place), above = std::min(below + 1, values.size() - 1);
  return values[below] + (place - std::floor(place)) * (values[above] - values[below]);
}

std::pair<double, double> median_interval(std::vector<double> values, double z) {
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  const size_t rank = static_cast<size_t>(std::max(0.0, std::floor(n / 2 - z / 2 * std::sqrt(n))));
  return {values[rank], values[values.size() - 1 - rank]};
}

double time_once(const Session& session, const NamedTensors& feeds, bool& own) {
  if (const auto milliseconds = session.timed_by_engine(feeds)) {
    own = true;
    return quantile(*milliseconds, 0.5);
  }
  const Clock::time_point start = Clock::now();
  session.run(feeds);
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace quoin
