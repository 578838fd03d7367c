// What a weighted node multiplies its weight with: rows of its input, in the order of quantize/weight_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

// For one node and one shape of its input. A row is what one output position (Conv) or one vector (Gemm, MatMul) reads.
class Patches {
 public:
  // Empty for a node or shapes that it does not know: Conv of two and three spatial axes with explicit pads or
  // auto_pad, Gemm without transA, MatMul, each with a weight that has rows.
  static std::optional<Patches> of(const Node& node, const Shape& input, const Shape& weight);

  size_t rows() const { return static_cast<size_t>(batch_ * positions_); }
  size_t groups() const { return static_cast<size_t>(groups_); }
  size_t depth() const { return static_cast<size_t>(channels_ * kernel_size_); }
  // Row `i` of `count` that are spread evenly over all, from a start that differs from sample to sample.
  size_t spread_row(size_t sample, size_t i, size_t count) const {
    return (sample * 7919 + i * rows() / count) % rows();
  }
  // Fills `row` (depth() floats) with what group `group` reads at `index`; padding is 0.
  void read(std::span<const float> input, size_t index, size_t group, std::span<float> row) const;

 private:
  struct Axis {
    int64_t in = 1, out = 1, kernel = 1, stride = 1, dilation = 1, pad = 0;
  };
  int64_t batch_ = 1, positions_ = 1, groups_ = 1, channels_ = 1, kernel_size_ = 1, plane_ = 1;
  std::vector<Axis> axes_;  // of a Conv; always three, the first ones of size 1
};

}  // namespace quoin
