// The range with the least expected squared error of quantizing and clipping. The values of a bucket are taken as
// spread evenly in it, so the error of a bucket is an integral with a closed form; midpoints alone would alias with the
// grid, since a bucket near the maximum is wider than a step of 8 bits.
#include <algorithm>
#include <cmath>

#include "calibrate/range_search.h"

namespace quoin {
namespace {

constexpr int kPerOctave = 16, kOctaves = 12;  // candidates for an end: extreme * 2^(-k / 16)
constexpr int kFine = 8;                       // then this many steps to each side, 1/128 octave each
constexpr int kRounds = 16;

// A quantizer: the multiples of `step` from `low` to `high`.
struct Quantizer {
  double step = 0, low = 0, high = 0;
};

Quantizer symmetric_quantizer(double bound, int bits) {
  return {bound / (std::ldexp(1.0, bits - 1) - 1), -bound, bound};
}

// The zero point is an integer, so the ends move to the grid that has zero on it.
Quantizer affine_quantizer(double low, double high, int bits) {
  const double levels = std::ldexp(1.0, bits) - 1, step = (high - low) / levels;
  const double zero_point = std::clamp(std::nearbyint(-low / step), 0.0, levels);
  return {step, -zero_point * step, (levels - zero_point) * step};
}

// Integral from 0 to x of (t - nearest multiple of step)^2: odd in x; a whole cell gives step^3 / 12.
double rounding_integral(double x, double step) {
  const double cell = std::nearbyint(x / step), rest = x - cell * step;
  return cell * step * step * step / 12 + rest * rest * rest / 3;
}

double cubed(double x) { return x * x * x; }

// Sum over the bucket's values of the squared error.
double bucket_error(const Bucket& bucket, const Quantizer& quantizer) {
  const double width = bucket.upper - bucket.lower;
  if (!(width > 0)) {
    const double rounded =
        std::clamp(std::nearbyint(bucket.lower / quantizer.step) * quantizer.step, quantizer.low, quantizer.high);
    return bucket.count * (bucket.lower - rounded) * (bucket.lower - rounded);
  }
  double integral = 0;
  const double inside_from = std::max(bucket.lower, quantizer.low), inside_to = std::min(bucket.upper, quantizer.high);
  if (inside_from < inside_to) {
    integral += rounding_integral(inside_to, quantizer.step) - rounding_integral(inside_from, quantizer.step);
  }
  if (bucket.upper > quantizer.high) {
    integral += (cubed(bucket.upper - quantizer.high) - cubed(std::max(bucket.lower - quantizer.high, 0.0))) / 3;
  }
  if (bucket.lower < quantizer.low) {
    integral += (cubed(quantizer.low - bucket.lower) - cubed(std::max(quantizer.low - bucket.upper, 0.0))) / 3;
  }
  return bucket.count * std::max(integral, 0.0) / width;
}

// Stops once the sum is no better than `limit`.
double total_error(const std::vector<Bucket>& buckets, const Quantizer& quantizer, double limit) {
  double error = 0;
  for (const Bucket& bucket : buckets) {
    error += bucket_error(bucket, quantizer);
    if (error >= limit) break;
  }
  return error;
}

// The best factor in (0, 1] by a coarse geometric grid, then a fine one around its best. `error(factor, limit)` gives
// an error, or anything not below `limit`. Of equal ones the largest factor wins. `best` goes in and out.
template <typename Error>
double search_factor(const Error& error, double factor, double& best) {
  const auto consider = [&](double candidate) {
    const double found = error(candidate, best);
    if (!(found < best)) return;
    best = found;
    factor = candidate;
  };
  for (int k = 0; k <= kPerOctave * kOctaves; ++k) consider(std::exp2(-static_cast<double>(k) / kPerOctave));
  const double centre = factor;
  for (int k = kFine; k >= -kFine; --k) {
    consider(std::min(1.0, centre * std::exp2(static_cast<double>(k) / (kPerOctave * kFine))));
  }
  return factor;
}

Range symmetric_range(const TensorStats& stats, int bits) {
  const std::vector<Bucket> buckets = filled_buckets(stats, true);
  const double largest = std::max(-static_cast<double>(stats.min), static_cast<double>(stats.max));
  double best = HUGE_VAL;
  const double factor = search_factor(
      [&](double candidate, double limit) {
        return total_error(buckets, symmetric_quantizer(largest * candidate, bits), limit);
      },
      1, best);
  const float bound = static_cast<float>(largest * factor);
  return {-bound, bound};
}

Range affine_range(const TensorStats& stats, int bits) {
  const std::vector<Bucket> buckets = filled_buckets(stats, false);
  const double low = std::min(0.0, static_cast<double>(stats.min)),
               high = std::max(0.0, static_cast<double>(stats.max));
  double low_factor = 1, high_factor = 1, best = HUGE_VAL;
  for (int round = 0; round < kRounds; ++round) {
    const double before = best;
    if (high > 0) {
      const auto error = [&](double candidate, double limit) {
        return total_error(buckets, affine_quantizer(low * low_factor, high * candidate, bits), limit);
      };
      high_factor = search_factor(error, high_factor, best);
    }
    if (low < 0) {
      const auto error = [&](double candidate, double limit) {
        return total_error(buckets, affine_quantizer(low * candidate, high * high_factor, bits), limit);
      };
      low_factor = search_factor(error, low_factor, best);
    }
    if (!(best < before)) break;
  }
  return {static_cast<float>(low * low_factor), static_cast<float>(high * high_factor)};
}

}  // namespace

Range mse_range(const TensorStats& stats, int bits, bool symmetric) {
  return symmetric ? symmetric_range(stats, bits) : affine_range(stats, bits);
}

}  // namespace quoin
