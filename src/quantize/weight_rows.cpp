#include "quantize/weight_rows.h"

#include "quoin/error.h"

namespace quoin {

bool has_weight_rows(const Node& node, const Shape& weight) {
  if (node.is("Conv")) return weight.size() >= 3;
  return (node.is("MatMul") || node.is("Gemm")) && weight.size() == 2;
}

WeightRows::WeightRows(const Node& node, const Shape& weight) {
  QUOIN_CHECK(has_weight_rows(node, weight), "no rows in the weight of " + node.label());
  if (node.is("Conv")) {
    outputs_ = weight[0];
    inputs_ = weight[1];
    for (size_t axis = 2; axis < weight.size(); ++axis) kernel_ *= weight[axis];
    return;
  }
  outputs_first_ = node.is("Gemm") && node.attribute("transB", int64_t{0}) != 0;
  outputs_ = weight[outputs_first_ ? 0 : 1];
  inputs_ = weight[outputs_first_ ? 1 : 0];
}

void WeightRows::indices(size_t output, std::vector<size_t>& row) const {
  row.resize(depth());
  const auto o = static_cast<int64_t>(output);
  size_t at = 0;
  for (int64_t k = 0; k < kernel_; ++k) {
    for (int64_t i = 0; i < inputs_; ++i) {
      const int64_t index = outputs_first_ ? (o * inputs_ + i) * kernel_ + k : i * outputs_ + o;
      row[at++] = static_cast<size_t>(index);
    }
  }
}

}  // namespace quoin
