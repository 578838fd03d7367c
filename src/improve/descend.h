// Rounding of one row of a weight for least error at the output: coordinate descent over the integers.
#pragma once

#include <cstdint>
#include <span>

#include "quantize/pair_rule.h"

namespace quoin {

struct DescentRow {
  std::span<const float> exact;  // w, depth values
  float scale = 1;
  int most = 127;                  // largest magnitude of an integer
  const PairRule* rule = nullptr;  // that the integers keep
};

// (w - s q)ᵀ C (w - s q).
double output_error(const DescentRow& row, std::span<const float> moments, std::span<const int8_t> values);

// Lowers output_error step by step from `values`, which keep the rule, until no single integer can be bettered (or a
// number of sweeps is done): what comes out is never worse. `moments`: C, symmetric, depth x depth.
void descend(const DescentRow& row, std::span<const float> moments, std::span<int8_t> values);

}  // namespace quoin
