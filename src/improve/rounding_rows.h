// The rows of one weight that is rounded by the data, and how much the data may bend them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "improve/descend.h"
#include "improve/gram.h"
#include "quantize/weight_rows.h"
#include "quoin/quantize.h"

namespace quoin {

class RoundingRows {
 public:
  // `start`: the integers and scales to begin with. All must outlive it.
  RoundingRows(const Node& node, const Tensor& exact, const QuantizedWeight& start, int bits, const PairRule* rule,
               size_t groups)
      : rows_(node, exact.shape()),
        exact_(exact.as<float>()),
        start_(start.values.as<int8_t>()),
        scales_(start.scales),
        most_((1 << (bits - 1)) - 1),
        rule_(rule),
        groups_(groups) {}

  struct Row {
    std::vector<size_t> indices;  // in the weight
    std::vector<float> exact;
    std::vector<int8_t> values;
    DescentRow descent;  // looks at `exact`
  };
  size_t count() const { return rows_.count(); }
  size_t group_of(size_t output) const { return output / (count() / groups_); }
  Row read(size_t output) const;

 private:
  WeightRows rows_;
  std::span<const float> exact_;
  std::span<const int8_t> start_;
  const std::vector<float>& scales_;
  int most_;
  const PairRule* rule_;
  size_t groups_;
};

// Few rows, or rows that depend on each other, make integers that suit them alone. So the damping of the moments is
// chosen on data that it was not fitted to: of kDampings the one with which rows rounded by one half of the samples
// lose least on the other half, both ways round. Empty where none loses less there than rounding to nearest.
struct DampingChoice {
  std::optional<double> damping;
  double gain_db = 0;  // on the other half, over rounding to nearest
};
// `halves`: by group, of one and of the other half of the samples.
DampingChoice choose_damping(const RoundingRows& rows, const std::vector<Gram> (&halves)[2], bool centred, int threads);

}  // namespace quoin
