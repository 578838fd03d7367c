#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "calibrate/range_search.h"
#include "quoin/error.h"

namespace quoin {
namespace {

struct MethodName {
  RangeMethod method;
  std::string_view name;
};
constexpr MethodName kMethodNames[] = {{RangeMethod::kMinMax, "minmax"},
                                       {RangeMethod::kMovingAverage, "moving-average"},
                                       {RangeMethod::kPercentile, "percentile"},
                                       {RangeMethod::kEntropy, "entropy"},
                                       {RangeMethod::kMse, "mse"},
                                       {RangeMethod::kAuto, "auto"}};

void check_request(const RangeRequest& request) {
  if (request.method == RangeMethod::kAuto) {
    throw Error(ErrorCode::kUsage, "the range method 'auto' is not settled", "call choose_ranges() after calibrate()");
  }
  if (request.bits < 2 || request.bits > 16) {
    throw Error(ErrorCode::kUsage, fmt::format("a range for {} bits was asked for", request.bits), "use 2 to 16 bits");
  }
  if (!(request.percentile > 50 && request.percentile <= 100)) {
    throw Error(ErrorCode::kUsage, fmt::format("the percentile {} is not usable", request.percentile),
                "use a number above 50 and up to 100, 99.99 say");
  }
}

void check_has_values(const TensorStats& stats, std::string_view name) {
  if (stats.count > 0) return;
  const uint64_t bad = stats.nan_count + stats.infinite_count;
  const std::string what = name.empty() ? "a value" : fmt::format("value '{}'", name);
  if (bad > 0) {
    throw Error(ErrorCode::kBadInput, fmt::format("{} had only NaN or infinite values ({} of them)", what, bad),
                "check the calibration data, or leave this value in float", std::string(name));
  }
  throw Error(ErrorCode::kBadInput, fmt::format("{} had no values at all", what),
              "collect its ranges on at least one sample", std::string(name));
}

Range moving_average(const TensorStats& stats) {
  const double samples = static_cast<double>(stats.samples);
  return {static_cast<float>(stats.sample_min_sum.value() / samples),
          static_cast<float>(stats.sample_max_sum.value() / samples)};
}

// With zero inside, within the exact extremes, and with zero in the middle where that is asked for.
Range finished(const Range& range, const TensorStats& stats, bool symmetric) {
  const float low = std::min(0.0f, std::max(range.min, stats.min)),
              high = std::max(0.0f, std::min(range.max, stats.max));
  if (!symmetric) return {low + 0.0f, high};
  const float bound = std::max(-low, high);
  return {0.0f - bound, bound};
}

}  // namespace

std::vector<Bucket> filled_buckets(const TensorStats& stats, bool magnitudes) {
  const std::span<const uint64_t> counts = stats.histogram.counts();
  constexpr size_t kHalf = Histogram::kBuckets / 2;
  const double low = static_cast<double>(stats.min), high = static_cast<double>(stats.max);
  std::vector<Bucket> buckets;
  const auto add = [&buckets](double lower, double upper, uint64_t count, double least, double most) {
    if (count == 0) return;
    buckets.push_back({std::clamp(lower, least, most), std::clamp(upper, least, most), static_cast<double>(count)});
  };
  if (counts.empty()) return buckets;
  if (!magnitudes) {
    for (size_t i = kHalf; i-- > 1;)
      add(Histogram::bounds(kHalf + i).first, Histogram::bounds(kHalf + i).second, counts[kHalf + i], low, high);
  }
  // Values below the smallest bucket edge, 2^-131, are zero here.
  add(0, 0, counts[0] + counts[kHalf], 0, 0);
  const double largest = std::max(-low, high);
  for (size_t i = 1; i < kHalf; ++i) {
    const auto [lower, upper] = Histogram::bounds(i);
    magnitudes ? add(lower, upper, counts[i] + counts[kHalf + i], 0, largest) : add(lower, upper, counts[i], low, high);
  }
  return buckets;
}

std::string_view to_string(RangeMethod method) {
  for (const MethodName& entry : kMethodNames) {
    if (entry.method == method) return entry.name;
  }
  QUOIN_CHECK(false, "a range method without a name");
  return {};
}

RangeMethod range_method(std::string_view name) {
  std::vector<std::string> names;
  for (const MethodName& entry : kMethodNames) {
    if (entry.name == name) return entry.method;
    names.emplace_back(entry.name);
  }
  throw Error(ErrorCode::kUsage, fmt::format("there is no range method '{}'{}", name, did_you_mean(name, names)),
              fmt::format("use one of {}", fmt::join(names, ", ")));
}

Range choose_range(const TensorStats& stats, const RangeRequest& request, std::string_view name) {
  check_request(request);
  check_has_values(stats, name);
  const Range whole{stats.min, stats.max};
  if (stats.min == 0 && stats.max == 0) return {0, 0};
  const auto range = [&]() -> Range {
    switch (request.method) {
      case RangeMethod::kMinMax:
        return whole;
      case RangeMethod::kMovingAverage:
        return moving_average(stats);
      case RangeMethod::kPercentile:
        return percentile_range(stats, request.percentile, request.symmetric);
      case RangeMethod::kEntropy:
        return entropy_range(stats, request.bits, request.symmetric);
      case RangeMethod::kMse:
        return mse_range(stats, request.bits, request.symmetric);
      case RangeMethod::kAuto:
        break;  // refused by check_request
    }
    QUOIN_CHECK(false, "an unknown range method");
    return whole;
  };
  return finished(range(), stats, request.symmetric);
}

}  // namespace quoin
