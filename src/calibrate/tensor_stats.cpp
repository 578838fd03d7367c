#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "quoin/error.h"
#include "quoin/ranges.h"

namespace quoin {
namespace {

struct ChannelLayout {
  size_t outer = 1, channels = 1, inner = 1;  // row-major: outer x channels x inner
};

ChannelLayout channel_layout(const Shape& shape, int channel_axis) {
  ChannelLayout layout;
  const int64_t rank = static_cast<int64_t>(shape.size());
  const int64_t wanted = channel_axis < 0 ? channel_axis + rank : channel_axis;
  if (wanted < 0 || wanted >= rank) {
    throw Error(ErrorCode::kBadInput, fmt::format("channel axis {} of a tensor of rank {}", channel_axis, rank));
  }
  const auto axis = static_cast<size_t>(wanted);
  for (size_t i = 0; i < shape.size(); ++i) {
    const size_t dim = static_cast<size_t>(shape[i]);
    (i < axis ? layout.outer : i == axis ? layout.channels : layout.inner) *= dim;
  }
  return layout;
}

void check_channels(size_t have, size_t wanted) {
  if (have == wanted) return;
  throw Error(ErrorCode::kBadInput,
              fmt::format("the number of channels changes from {} to {} between samples", have, wanted),
              "per-channel statistics need a channel axis of one size");
}

struct RowStats {
  uint32_t magnitude = 0;  // bits of the largest finite |x|
  double sum = 0;          // of the finite values, in an order that depends on nothing but the row
};

void add_row(RowStats& stats, const float* row, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const uint32_t magnitude = std::bit_cast<uint32_t>(row[i]) & 0x7fffffff;
    if (magnitude >= 0x7f800000) continue;
    stats.magnitude = std::max(stats.magnitude, magnitude);
    stats.sum += static_cast<double>(row[i]);
  }
}

void add_channels(TensorStats& stats, std::span<const float> values, const Shape& shape, int axis) {
  const ChannelLayout layout = channel_layout(shape, axis);
  if (stats.channel_absmax.empty()) {
    stats.channel_absmax.resize(layout.channels);
    stats.channel_sums.resize(layout.channels);
  }
  check_channels(stats.channel_absmax.size(), layout.channels);
  std::vector<RowStats> rows(layout.channels);
  const float* row = values.data();
  for (size_t outer = 0; outer < layout.outer; ++outer) {
    for (size_t channel = 0; channel < layout.channels; ++channel, row += layout.inner)
      add_row(rows[channel], row, layout.inner);
  }
  for (size_t channel = 0; channel < layout.channels; ++channel) {
    stats.channel_absmax[channel] =
        std::max(stats.channel_absmax[channel], std::bit_cast<float>(rows[channel].magnitude));
    stats.channel_sums[channel].add(rows[channel].sum);
  }
  stats.channel_count += layout.outer * layout.inner;
}

// Takes in extremes of `count` more values; those of no values mean nothing.
void widen(TensorStats& stats, float min, float max, uint64_t count) {
  if (count == 0) return;
  stats.min = stats.count == 0 ? min : std::min(stats.min, min);
  stats.max = stats.count == 0 ? max : std::max(stats.max, max);
  stats.count += count;
}

}  // namespace

void TensorStats::add_sample(std::span<const float> values) {
  const Histogram::Added added = histogram.add(values);
  nan_count += added.nan;
  infinite_count += added.infinite;
  if (added.finite == 0) return;
  widen(*this, added.min, added.max, added.finite);
  ++samples;
  sample_min_sum.add(static_cast<double>(added.min));
  sample_max_sum.add(static_cast<double>(added.max));
}

void TensorStats::add_sample(std::span<const float> values, const Shape& shape, std::optional<int> channel_axis) {
  if (channel_axis && !values.empty()) add_channels(*this, values, shape, *channel_axis);
  add_sample(values);
}

void TensorStats::add_extremes(std::span<const float> values) {
  float low = std::numeric_limits<float>::infinity(), high = -low;
  uint64_t finite = 0;
  for (const float value : values) {
    if (std::isfinite(value)) {
      low = std::min(low, value);
      high = std::max(high, value);
      ++finite;
    } else if (std::isnan(value)) {
      ++nan_count;
    } else {
      ++infinite_count;
    }
  }
  if (finite == 0) return;
  widen(*this, low, high, finite);
  ++samples;
}

void TensorStats::merge(const TensorStats& other) {
  if (!channel_absmax.empty() && !other.channel_absmax.empty()) {
    check_channels(channel_absmax.size(), other.channel_absmax.size());
  } else if (channel_absmax.empty() && other.channel_absmax.empty()) {
    // Neither has channels.
  } else if (channel_absmax.empty() ? count + nan_count + infinite_count > 0
                                    : other.count + other.nan_count + other.infinite_count > 0) {
    throw Error(ErrorCode::kBadInput, "one of the statistics has channels and the other has none",
                "collect every shard with the same options");
  }
  widen(*this, other.min, other.max, other.count);
  samples += other.samples;
  nan_count += other.nan_count;
  infinite_count += other.infinite_count;
  sample_min_sum.merge(other.sample_min_sum);
  sample_max_sum.merge(other.sample_max_sum);
  histogram.merge(other.histogram);
  channel_count += other.channel_count;
  if (other.channel_absmax.empty()) return;
  channel_absmax.resize(other.channel_absmax.size());
  channel_sums.resize(other.channel_sums.size());
  for (size_t i = 0; i < channel_absmax.size(); ++i) {
    channel_absmax[i] = std::max(channel_absmax[i], other.channel_absmax[i]);
    channel_sums[i].merge(other.channel_sums[i]);
  }
}

}  // namespace quoin
