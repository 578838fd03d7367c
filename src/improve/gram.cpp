#include "improve/gram.h"

#include <utility>

#include "quoin/error.h"

namespace quoin {

void Gram::add(std::span<const float> rows) {
  QUOIN_CHECK(depth_ > 0 && rows.size() % depth_ == 0, "rows of another length");
  const size_t count = rows.size() / depth_;
  rows_ += count;
  for (size_t row = 0; row < count; ++row) {
    for (size_t k = 0; k < depth_; ++k) sums_[k] += static_cast<double>(rows[row * depth_ + k]);
  }
  // Four rows at a time: each value of the triangle is loaded and stored once for four products.
  constexpr size_t kRows = 4;
  std::vector<float> padded;
  for (size_t row = 0; row < count; row += kRows) {
    const float* first = rows.data() + row * depth_;
    if (row + kRows > count) {
      padded.assign(kRows * depth_, 0.0F);
      std::copy(first, rows.data() + rows.size(), padded.begin());
      first = padded.data();
    }
    const float *a = first, *b = first + depth_, *c = first + 2 * depth_, *d = first + 3 * depth_;
    for (size_t i = 0; i < depth_; ++i) {
      const float ai = a[i], bi = b[i], ci = c[i], di = d[i];
      if (ai == 0 && bi == 0 && ci == 0 && di == 0) continue;
      float* to = products_.data() + i * depth_;
      for (size_t j = i; j < depth_; ++j) to[j] += (ai * a[j] + bi * b[j]) + (ci * c[j] + di * d[j]);
    }
  }
}

void Gram::merge(const Gram& other) {
  QUOIN_CHECK(depth_ == other.depth_, "moments of another depth");
  rows_ += other.rows_;
  for (size_t i = 0; i < products_.size(); ++i) products_[i] += other.products_[i];
  for (size_t k = 0; k < depth_; ++k) sums_[k] += other.sums_[k];
}

std::vector<float> Gram::take(bool centred, double damping) {
  QUOIN_CHECK(rows_ > 0, "no rows were added");
  const double count = static_cast<double>(rows_);
  std::vector<float> result = std::move(products_);
  double trace = 0;
  for (size_t i = 0; i < depth_; ++i) {
    for (size_t j = i; j < depth_; ++j) {
      double value = static_cast<double>(result[i * depth_ + j]) / count;
      if (centred) value -= sums_[i] / count * (sums_[j] / count);
      if (i == j) {
        value = value > 0 ? value : 0;
        trace += value;
      }
      result[i * depth_ + j] = result[j * depth_ + i] = static_cast<float>(value);
    }
  }
  const auto added = static_cast<float>(damping * trace / static_cast<double>(depth_));
  for (size_t i = 0; i < depth_; ++i) result[i * depth_ + i] += added;
  return result;
}

}  // namespace quoin
