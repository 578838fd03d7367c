// The weight of a Conv, Gemm or MatMul as rows: one per output channel, each in the order in which integer kernels walk
// K.
#pragma once

#include <cstdint>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

// Conv of rank 3 and more, Gemm and MatMul of rank 2 have rows.
bool has_weight_rows(const Node& node, const Shape& weight);

// Row by row: indices of its values in the weight tensor. K counts kernel height, kernel width, input channel of the
// group.
class WeightRows {
 public:
  WeightRows(const Node& node, const Shape& weight);
  size_t count() const { return static_cast<size_t>(outputs_); }
  size_t depth() const { return static_cast<size_t>(inputs_ * kernel_); }
  // Fills `row` with depth() indices.
  void indices(size_t output, std::vector<size_t>& row) const;

 private:
  int64_t outputs_ = 0, inputs_ = 0, kernel_ = 1;
  bool outputs_first_ = true;
};

}  // namespace quoin
