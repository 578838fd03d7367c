#include "improve/rounding_rows.h"

#include <algorithm>
#include <array>

#include "base/thread_pool.h"
#include "improve/decibels.h"

namespace quoin {
namespace {

// Of the mean of the diagonal. The least is what GPTQ uses (Frantar et al., 2022); the largest is all but rounding to
// nearest.
constexpr std::array<double, 4> kDampings = {0.01, 0.1, 0.5, 2};
// Rows that are tried for the choice.
constexpr size_t kMostRows = 64;

// By group, of the moments of a half.
using Moments = std::vector<std::vector<float>>;

Moments moments_of(const std::vector<Gram>& grams, bool centred, double damping) {
  Moments moments;
  for (const Gram& gram : grams) moments.push_back(Gram(gram).take(centred, damping));
  return moments;
}

}  // namespace

RoundingRows::Row RoundingRows::read(size_t output) const {
  Row row;
  rows_.indices(output, row.indices);
  for (const size_t at : row.indices) {
    row.exact.push_back(exact_[at]);
    row.values.push_back(start_[at]);
  }
  row.descent = {row.exact, scales_[scales_.size() == 1 ? 0 : output], most_, rule_};
  return row;
}

DampingChoice choose_damping(const RoundingRows& rows, const std::vector<Gram> (&halves)[2], bool centred,
                             int threads) {
  const size_t tried = std::min(kMostRows, rows.count());
  const Moments check[2] = {moments_of(halves[0], centred, 0), moments_of(halves[1], centred, 0)};
  // Errors on the half that was not fitted to, by row: rounded to nearest, and with each damping.
  std::vector<std::array<double, kDampings.size() + 1>> errors(tried);
  for (size_t damping = 0; damping < kDampings.size(); ++damping) {
    for (size_t half = 0; half < 2; ++half) {
      const Moments fit = moments_of(halves[half], centred, kDampings[damping]);
      parallel_for(tried, threads, [&](size_t i, int) {
        const size_t output = i * rows.count() / tried, group = rows.group_of(output);
        RoundingRows::Row row = rows.read(output);
        const std::vector<float>& other = check[1 - half][group];
        if (damping == 0) errors[i].back() += output_error(row.descent, other, row.values);
        descend(row.descent, fit[group], row.values);
        errors[i][damping] += output_error(row.descent, other, row.values);
      });
    }
  }
  std::array<double, kDampings.size() + 1> sums{};
  for (const auto& row : errors) {
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += row[i];
  }
  const auto best = std::min_element(sums.begin(), sums.end() - 1);
  if (!(*best < sums.back())) return {};
  return {kDampings[static_cast<size_t>(best - sums.begin())], decibels(sums.back(), *best)};
}

}  // namespace quoin
