// The pair rule: int8 weights that no u8 x s8 kernel of an x86 CPU without VNNI can saturate.
//
// VPMADDUBSW multiplies unsigned activations with signed weights and adds neighbours along K in 16 bits, saturating.
// With activations up to `largest` (255 for full-range u8) the sum of a pair (w0, w1) stays inside when the positive
// and the negative parts of the pair each add up to at most floor(32767 / largest): 128 for 255. Which weights are
// paired differs between runtimes (PairOrder; docs/targets.md, measured).
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "quoin/graph.h"
#include "quoin/target.h"

namespace quoin {

// Largest allowed |w0 + w1| of a pair with equal signs, for activations in [0, largest].
int pair_limit(int largest_activation);

// The pairs of one output channel, by place in K. A place may be in several.
class PairRule {
 public:
  using Pair = std::pair<uint32_t, uint32_t>;
  // `kernel`: lengths of the kernel's axes; none for a product.
  PairRule(PairOrder order, size_t channels, const std::vector<size_t>& kernel, int limit);
  // (0,1), (2,3), …
  static PairRule along(size_t depth, int limit) { return PairRule(PairOrder::kAlongK, depth, {}, limit); }
  // Of a Conv, Gemm or MatMul, for activations of 8 bits.
  static PairRule of(const Node& node, const Shape& weight, PairOrder order);

  int limit() const { return limit_; }
  const std::vector<Pair>& pairs() const { return pairs_; }  // in ascending order, each once
  std::span<const uint32_t> partners(size_t k) const {
    return std::span(partners_).subspan(first_[k], first_[k + 1] - first_[k]);
  }

 private:
  int limit_;
  std::vector<Pair> pairs_;
  std::vector<uint32_t> first_, partners_;  // by place
};

// Pulls each offending pair back to the limit, changing first the weight whose rounding loses least by it. Magnitudes
// only shrink, so that a pair once mended stays so. `wanted` are the exact values in quantized units (w / scale);
// `values` the rounded ones.
void apply_pair_rule(std::span<const float> wanted, std::span<int8_t> values, const PairRule& rule);

struct QuantizedRow {
  float scale = 1;
  std::vector<int8_t> values;
  double squared_error = 0;  // sum of (w - scale * value)^2
};
// One output channel in K order: of scales around max|w| / qmax, the one that minimises the squared error after
// rounding, clipping and, where it is given, the rule; up to twice that scale, at which no pair of 8 bits can
// break it. qmax = 2^(bits-1) - 1. A row of zeros gives scale 1.
// Scales are numbers of `scale_type`.
QuantizedRow quantize_row(std::span<const float> row, int bits, const PairRule* rule, float least_scale = 0,
                          DataType scale_type = DataType::kFloat);

// Number of pairs that break the rule.
size_t broken_pairs(std::span<const int8_t> values, const PairRule& rule);

}  // namespace quoin
