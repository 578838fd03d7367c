#include "quantize/pair_rule.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "quantize/weight_rows.h"
#include "quoin/error.h"
#include "quoin/quantize.h"

namespace quoin {
namespace {

// By how much |w0| + |w1| is over the limit; 0 for signs that cancel.
int excess(int w0, int w1, int limit) {
  if ((w0 > 0) != (w1 > 0)) return 0;
  return std::max(0, std::abs(w0 + w1) - limit);
}

double squared(double value) { return value * value; }

// Half to even, for |x| < 2^22: adding 1.5 * 2^23 leaves no bits for a fraction. Unlike std::nearbyint it becomes
// vector code.
float rounded(float x) {
  constexpr float kShift = 12582912.0f;
  return (x + kShift) - kShift;
}

// Scales to try, over the one at which nothing clips.
constexpr float kFirstFactor = 0.8f, kLastFactor = 1.2f, kLastFactorWithRule = 2.0f, kFactorStep = 1.0f / 40;

double row_error(std::span<const float> row, std::span<const int8_t> values, float scale) {
  // Sums of 16 in float keep it vector code; the whole in double.
  double error = 0;
  constexpr size_t kBlock = 16;
  size_t k = 0;
  for (; k + kBlock <= row.size(); k += kBlock) {
    float block = 0;
    for (size_t i = k; i < k + kBlock; ++i) {
      const float difference = row[i] - scale * static_cast<float>(values[i]);
      block += difference * difference;
    }
    error += static_cast<double>(block);
  }
  for (; k < row.size(); ++k) error += squared(double{row[k]} - double{scale} * values[k]);
  return error;
}

}  // namespace

int pair_limit(int largest_activation) {
  QUOIN_CHECK(largest_activation > 0, "activations of a pair have no range");
  return 32767 / largest_activation;
}

PairRule::PairRule(PairOrder order, size_t channels, const std::vector<size_t>& kernel, int limit) : limit_(limit) {
  size_t places = 1;
  for (const size_t length : kernel) places *= length;
  const size_t depth = places * channels;
  // Neighbours within runs of `length`.
  const auto add = [&](size_t length) {
    for (size_t first = 0; first < depth; first += length) {
      for (size_t k = first; k + 1 < first + length; k += 2) {
        pairs_.emplace_back(static_cast<uint32_t>(k), static_cast<uint32_t>(k + 1));
      }
    }
  };
  if (depth > 0 && (order != PairOrder::kEachPlace || channels == 1)) add(depth);
  if (depth > 0 && order != PairOrder::kAlongK) add(channels > 1 || kernel.empty() ? channels : kernel.back());
  std::sort(pairs_.begin(), pairs_.end());
  pairs_.erase(std::unique(pairs_.begin(), pairs_.end()), pairs_.end());
  first_.assign(depth + 1, 0);
  for (const auto& [a, b] : pairs_) {
    ++first_[a + 1];
    ++first_[b + 1];
  }
  for (size_t k = 0; k < depth; ++k) first_[k + 1] += first_[k];
  partners_.resize(pairs_.size() * 2);
  std::vector<uint32_t> next(first_.begin(), first_.end() - 1);
  for (const auto& [a, b] : pairs_) {
    partners_[next[a]++] = b;
    partners_[next[b]++] = a;
  }
}

PairRule PairRule::of(const Node& node, const Shape& weight, PairOrder order) {
  const int limit = pair_limit(255);
  if (!node.is("Conv")) return along(WeightRows(node, weight).depth(), limit);
  std::vector<size_t> kernel;
  for (size_t axis = 2; axis < weight.size(); ++axis) kernel.push_back(static_cast<size_t>(weight[axis]));
  return PairRule(order, static_cast<size_t>(weight[1]), kernel, limit);
}

void apply_pair_rule(std::span<const float> wanted, std::span<int8_t> values, const PairRule& rule) {
  for (const auto& [first, second] : rule.pairs()) {
    const size_t at[2] = {first, second};
    int w[2] = {values[first], values[second]};
    // One step at a time, each time at the weight that ends nearer to what was wanted: at most 126 steps.
    for (int over = excess(w[0], w[1], rule.limit()); over > 0; --over) {
      double cost[2];
      for (size_t i = 0; i < 2; ++i) {
        const int step = w[i] > 0 ? -1 : 1;
        cost[i] = w[i] == 0 ? std::numeric_limits<double>::infinity()
                            : squared(wanted[at[i]] - static_cast<float>(w[i] + step)) -
                                  squared(wanted[at[i]] - static_cast<float>(w[i]));
      }
      const size_t pick = cost[1] < cost[0] ? 1 : 0;
      w[pick] += w[pick] > 0 ? -1 : 1;
    }
    values[first] = static_cast<int8_t>(w[0]);
    values[second] = static_cast<int8_t>(w[1]);
  }
}

QuantizedRow quantize_row(std::span<const float> row, int bits, const PairRule* rule, float least_scale,
                          DataType scale_type) {
  QUOIN_CHECK(bits >= 2 && bits <= 8, "weights of other than 2 to 8 bits");
  const float qmax = static_cast<float>((1 << (bits - 1)) - 1);
  float largest = 0;
  for (const float w : row) largest = std::max(largest, std::fabs(w));
  QuantizedRow best;
  best.values.assign(row.size(), 0);
  if (largest == 0) {
    best.scale = std::max(1.0f, least_scale);
    return best;
  }
  best.squared_error = std::numeric_limits<double>::infinity();
  std::vector<float> wanted(row.size());
  std::vector<int8_t> values(row.size());
  const float last = rule ? kLastFactorWithRule : kLastFactor;
  for (float factor = kFirstFactor; factor < last + kFactorStep / 2; factor += kFactorStep) {
    const float scale =
        scale_in(scale_type, std::max({largest / qmax * factor, least_scale, std::numeric_limits<float>::min()}));
    const float inverse = 1 / scale;
    for (size_t k = 0; k < row.size(); ++k) {
      wanted[k] = row[k] * inverse;
      values[k] = static_cast<int8_t>(std::clamp(rounded(wanted[k]), -qmax, qmax));
    }
    if (rule) apply_pair_rule(wanted, values, *rule);
    const double error = row_error(row, values, scale);
    if (error < best.squared_error) {
      best.squared_error = error;
      best.scale = scale;
      best.values = values;
    }
  }
  return best;
}

size_t broken_pairs(std::span<const int8_t> values, const PairRule& rule) {
  size_t count = 0;
  for (const auto& [a, b] : rule.pairs()) count += excess(values[a], values[b], rule.limit()) > 0 ? 1 : 0;
  return count;
}

}  // namespace quoin
