// Ranges: what one pass over the data says about each tensor, and the search for a quantization range on it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quoin/dataset.h"
#include "quoin/engine.h"

namespace quoin {

// Counts of float values by sign, exponent and the top 5 bits of the mantissa: fixed size, a relative resolution of
// 1/32 whatever the outliers, exactly mergeable, independent of order.
class Histogram {
 public:
  static constexpr int kMantissaBits = 5;
  static constexpr size_t kBuckets = size_t{1} << (1 + 8 + kMantissaBits);
  // What add() saw on its way: the extremes of the finite values (0, 0 where there are none; -0 is 0) and how many
  // there were.
  struct Added {
    float min = 0, max = 0;
    uint64_t finite = 0, nan = 0, infinite = 0;
  };
  // NaN and infinities are left out; both zeros go to bucket 0.
  Added add(std::span<const float> values);
  // Adds `count` values to one bucket: for reading a file back.
  void add_count(size_t bucket, uint64_t count);
  void merge(const Histogram& other);
  uint64_t count() const;
  std::span<const uint64_t> counts() const;  // empty before the first value
  // The values of bucket `index` lie in [lower, upper] (by value, so for negative buckets lower is the larger
  // magnitude).
  static std::pair<double, double> bounds(size_t index);

 private:
  std::vector<uint64_t> counts_;
};

// Sum of floats that does not depend on the order of addition: fixed-point in units of 2^-96, what is below is cut off.
// Room for 2^31 values of the largest float.
class ExactSum {
 public:
  void add(double value);  // finite, and no larger than what the sum has room for
  void merge(const ExactSum& other);
  double value() const;
  std::array<uint64_t, 4> words() const { return words_; }
  static ExactSum from_words(std::array<uint64_t, 4> words);

 private:
  std::array<uint64_t, 4> words_{};  // two's complement, little-endian; 96 bits of fraction
};

struct TensorStats {
  // Finite values, and the samples that had one. NaN and infinities are counted, never binned.
  uint64_t count = 0, samples = 0, nan_count = 0, infinite_count = 0;
  float min = 0, max = 0;                   // over finite values; 0, 0 where there are none
  ExactSum sample_min_sum, sample_max_sum;  // of per-sample extremes: the moving average
  Histogram histogram;
  // Only where asked for: per channel, largest magnitude, sum and count.
  std::vector<float> channel_absmax;
  std::vector<ExactSum> channel_sums;
  uint64_t channel_count = 0;  // values per channel; those that are not finite add nothing to its sum
  // One sample's tensor. With a channel axis (negative: from the end) the per-channel fields are filled too.
  // Throws Error(kBadInput) when the number of channels is not what it was before.
  void add_sample(std::span<const float> values);
  void add_sample(std::span<const float> values, const Shape& shape, std::optional<int> channel_axis);
  // Counts and extremes only: no histogram, so that no range can be searched on it.
  void add_extremes(std::span<const float> values);
  void merge(const TensorStats& other);
};

// By value name. Saved as a small binary file with a checksum; files of shards merge into what one run would have
// given, bit for bit. Merging throws Error(kBadInput) when both name values and not the same ones.
class Ranges {
 public:
  std::map<std::string, TensorStats, std::less<>> tensors;
  const TensorStats& at(std::string_view value) const;  // throws Error(kBadInput) naming the value
  void merge(const Ranges& other);
  void save(const std::string& path) const;
  static Ranges load(const std::string& path);
};

struct CollectOptions {
  int threads = 0;  // samples in parallel; 0: all cores
  // Values whose per-channel fields are filled too, with the axis of their channels (negative: from the end).
  std::map<std::string, int, std::less<>> channel_axes = {};
  // Values of which only counts and extremes are wanted.
  std::set<std::string, std::less<>> extremes_only = {};
  std::function<void(size_t done, size_t total)> progress = {};  // may be empty; called from one thread at a time
};

// Runs every sample of `data` through `graph` once, one run per sample on one thread, samples in parallel, and gathers
// the statistics of the named values (graph inputs, initializers excepted, and inner float values). Memory does not
// grow with the number of samples; the result does not depend on threads or order.
Ranges collect_ranges(const Graph& graph, const std::vector<std::string>& values, const Engine& engine,
                      const Dataset& data, const CollectOptions& options = {});

enum class RangeMethod {
  kMinMax,
  kMovingAverage,
  kPercentile,
  kEntropy,
  kMse,
  kAuto,  // not settled: choose_ranges (improve.h) puts one of the others in its place
};
std::string_view to_string(RangeMethod method);
RangeMethod range_method(
    std::string_view name);  // "minmax", "moving-average", "percentile", "entropy", "mse", "auto"; throws Error(kUsage)

struct RangeRequest {
  RangeMethod method = RangeMethod::kMinMax;
  int bits = 8;
  bool symmetric = false;     // signed, zero in the middle; else affine, with zero inside the range
  double percentile = 99.99;  // kPercentile: of |x| when symmetric, else what each tail may keep
};

struct Range {
  float min = 0, max = 0;
  bool operator==(const Range&) const = default;
};

// A range with min <= 0 <= max. Throws Error(kBadInput) naming the value (`name`) when the tensor had only NaN or
// infinite values, and Error(kUsage) for kAuto.
Range choose_range(const TensorStats& stats, const RangeRequest& request, std::string_view name = "");

}  // namespace quoin
