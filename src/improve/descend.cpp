#include "improve/descend.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "quoin/error.h"

namespace quoin {
namespace {

constexpr int kMostSweeps = 10;

// Nearly all of the time is spent here. Sanitizers would look at every float of what the caller has checked as a whole,
// and the tests of whole models take three times as long.
__attribute__((no_sanitize("undefined", "address"), noinline)) void add_scaled(float* to, float factor,
                                                                               const float* from, size_t count) {
  for (size_t j = 0; j < count; ++j) to[j] += factor * from[j];
}

// C r, r the error of the row.
std::vector<float> gradient(const DescentRow& row, std::span<const float> moments, std::span<const int8_t> values) {
  const size_t depth = row.exact.size();
  QUOIN_CHECK(moments.size() == depth * depth, "moments of another depth than the row's");
  std::vector<float> result(depth, 0.0F);
  for (size_t k = 0; k < depth; ++k) {
    const float error = row.exact[k] - row.scale * static_cast<float>(values[k]);
    if (error == 0) continue;
    add_scaled(result.data(), error, moments.subspan(k * depth, depth).data(), depth);
  }
  return result;
}

// The integers that value `k` may take beside its partners.
struct Bounds {
  int low = 0, high = 0;
};

Bounds bounds_of(const DescentRow& row, std::span<const int8_t> values, size_t k) {
  Bounds bounds{-row.most, row.most};
  if (!row.rule) return bounds;
  for (const uint32_t partner : row.rule->partners(k)) {
    const int other = values[partner], limit = row.rule->limit();
    if (other > 0) bounds.high = std::min(bounds.high, std::max(0, limit - other));
    if (other < 0) bounds.low = std::max(bounds.low, std::min(0, -limit - other));
  }
  return bounds;
}

}  // namespace

double output_error(const DescentRow& row, std::span<const float> moments, std::span<const int8_t> values) {
  const std::vector<float> slope = gradient(row, moments, values);
  double error = 0;
  for (size_t k = 0; k < slope.size(); ++k) {
    error +=
        static_cast<double>(row.exact[k] - row.scale * static_cast<float>(values[k])) * static_cast<double>(slope[k]);
  }
  return std::max(error, 0.0);
}

void descend(const DescentRow& row, std::span<const float> moments, std::span<int8_t> values) {
  const size_t depth = row.exact.size();
  std::vector<float> slope = gradient(row, moments, values);
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    bool changed = false;
    for (size_t k = 0; k < depth; ++k) {
      const float curvature = row.scale * moments[k * depth + k];
      // Nearest already, or a dead input.
      if (!(std::fabs(slope[k]) > 0.5F * curvature) || !(curvature > 0)) continue;
      const float wanted = std::nearbyint(std::clamp(slope[k] / curvature, -255.0F, 255.0F));
      const Bounds bounds = bounds_of(row, values, k);
      const int after = std::clamp(values[k] + static_cast<int>(wanted), bounds.low, bounds.high);
      const int step = after - values[k];
      if (step == 0) continue;
      // The error is a parabola along this axis: a step that a bound cut short still helps, one that it turned round
      // does not.
      if ((step > 0) != (slope[k] > 0)) continue;
      values[k] = static_cast<int8_t>(after);
      changed = true;
      const float moved = row.scale * static_cast<float>(step);
      add_scaled(slope.data(), -moved, moments.subspan(k * depth, depth).data(), depth);
    }
    if (!changed) break;
  }
}

}  // namespace quoin
