#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "quoin/error.h"
#include "quoin/ranges.h"

namespace quoin {
namespace {

constexpr int kShift = 32 - 1 - 8 - Histogram::kMantissaBits;
constexpr size_t kHalf = Histogram::kBuckets / 2;   // first bucket of the negative values
constexpr size_t kBlock = 4096;                     // floats; with the bucket list it stays in the first-level cache
constexpr int32_t kInfinityKey = 0x7f800000;        // ordered_key of +inf; a NaN of positive sign lies above
constexpr int32_t kMinusInfinityKey = -0x7f800001;  // of -inf; a NaN of negative sign lies below

// Floats as integers of the same order, so that extremes are integer reductions, which vectorise and are exact. -0 is
// below 0.
int32_t ordered_key(uint32_t bits) {
  const int32_t value = static_cast<int32_t>(bits);
  return value ^ ((value >> 31) & 0x7fffffff);
}

float from_key(int32_t key) {
  const uint32_t bits = static_cast<uint32_t>(key ^ ((key >> 31) & 0x7fffffff));
  return std::bit_cast<float>(bits) + 0.0f;  // -0 becomes 0
}

struct KeyRange {
  int32_t low = std::numeric_limits<int32_t>::max(), high = std::numeric_limits<int32_t>::min();
};

KeyRange key_range(const uint32_t* bits, size_t count) {
  KeyRange range;
  for (size_t i = 0; i < count; ++i) {
    const int32_t key = ordered_key(bits[i]);
    range.low = std::min(range.low, key);
    range.high = std::max(range.high, key);
  }
  return range;
}

// Drops NaN and infinities from a block, counting them; returns how many are left.
size_t drop_non_finite(uint32_t* bits, size_t count, Histogram::Added& added) {
  size_t kept = 0;
  for (size_t i = 0; i < count; ++i) {
    const uint32_t magnitude = bits[i] & 0x7fffffff;
    if (magnitude < 0x7f800000) {
      bits[kept++] = bits[i];
    } else if (magnitude == 0x7f800000) {
      ++added.infinite;
    } else {
      ++added.nan;
    }
  }
  return kept;
}

}  // namespace

Histogram::Added Histogram::add(std::span<const float> values) {
  Added added;
  if (values.empty()) return added;
  if (counts_.empty()) counts_.resize(kBuckets);
  uint64_t* counts = counts_.data();
  KeyRange whole;
  uint32_t bits[kBlock];
  uint16_t buckets[kBlock];
  for (size_t start = 0; start < values.size(); start += kBlock) {
    size_t count = std::min(kBlock, values.size() - start);
    std::memcpy(bits, values.data() + start, count * sizeof(float));
    KeyRange range = key_range(bits, count);
    if (range.high >= kInfinityKey || range.low <= kMinusInfinityKey) {
      count = drop_non_finite(bits, count, added);
      if (count == 0) continue;
      range = key_range(bits, count);
    }
    whole.low = std::min(whole.low, range.low);
    whole.high = std::max(whole.high, range.high);
    added.finite += count;
    // Zeros (half of what a ReLU gives) are left out here: a row of increments of one counter waits on itself.
    size_t listed = 0;
    for (size_t i = 0; i < count; ++i) {
      buckets[listed] = static_cast<uint16_t>(bits[i] >> kShift);
      listed += (bits[i] << 1) != 0;
    }
    counts[0] += count - listed;
    for (size_t i = 0; i < listed; ++i) ++counts[buckets[i]];
  }
  if (added.finite > 0) {
    added.min = from_key(whole.low);
    added.max = from_key(whole.high);
  }
  return added;
}

void Histogram::add_count(size_t bucket, uint64_t count) {
  QUOIN_CHECK(bucket < kBuckets, "a histogram has no such bucket");
  if (counts_.empty()) counts_.resize(kBuckets);
  counts_[bucket] += count;
}

void Histogram::merge(const Histogram& other) {
  if (other.counts_.empty()) return;
  if (counts_.empty()) {
    counts_ = other.counts_;
    return;
  }
  for (size_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
}

uint64_t Histogram::count() const {
  uint64_t total = 0;
  for (const uint64_t count : counts_) total += count;
  return total;
}

std::span<const uint64_t> Histogram::counts() const { return counts_; }

std::pair<double, double> Histogram::bounds(size_t index) {
  QUOIN_CHECK(index < kBuckets, "a histogram has no such bucket");
  const auto edge = [](size_t i) {
    const uint32_t bits = static_cast<uint32_t>(i) << kShift;
    return bits >= 0x7f800000 ? std::ldexp(1.0, 128) : static_cast<double>(std::bit_cast<float>(bits));
  };
  const size_t magnitude = index % kHalf;
  const double small = edge(magnitude), large = edge(magnitude + 1);
  return index < kHalf ? std::pair{small, large} : std::pair{-large, -small};
}

}  // namespace quoin
