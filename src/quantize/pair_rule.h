// The pair rule: int8 weights that no u8 x s8 kernel of an x86 CPU without VNNI can saturate.
//
// VPMADDUBSW multiplies unsigned activations with signed weights and adds neighbours along K in 16 bits, saturating.
// With activations up to `largest` (255 for full-range u8) the sum of a pair (w0, w1) stays inside when the positive
// and the negative parts of the pair each add up to at most floor(32767 / largest): 128 for 255. Pairs are (0,1),
// (2,3), … along K in the order (kernel height, kernel width, input channel) of one output channel (docs/targets.md,
// measured).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "quoin/tensor.h"

namespace quoin {

// Largest allowed |w0 + w1| of a pair with equal signs, for activations in [0, largest].
int pair_limit(int largest_activation);

// Pulls each offending pair back to the limit, changing first the weight whose rounding loses least by it.
// `wanted` are the exact values in quantized units (w / scale); `values` the rounded ones.
void apply_pair_rule(std::span<const float> wanted, std::span<int8_t> values, int limit);

struct QuantizedRow {
  float scale = 1;
  std::vector<int8_t> values;
  double squared_error = 0;  // sum of (w - scale * value)^2
};
// One output channel in K order: of scales around max|w| / qmax, the one that minimises the squared error after
// rounding, clipping and, where there is a limit, the rule; up to twice that scale, at which no pair of 8 bits can
// break it. qmax = 2^(bits-1) - 1. A row of zeros gives scale 1.
// Scales are numbers of `scale_type`.
QuantizedRow quantize_row(std::span<const float> row, int bits, std::optional<int> limit, float least_scale = 0,
                          DataType scale_type = DataType::kFloat);

// Number of pairs that break the rule.
size_t broken_pairs(std::span<const int8_t> values, int limit);

}  // namespace quoin
