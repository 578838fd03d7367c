// How near one sample's outputs are to the float model's, and many samples' scores as one Accuracy.
#pragma once

#include <optional>
#include <vector>

#include "quoin/measure.h"

namespace quoin {

// Sums over the values of one or more tensors.
struct Closeness {
  double signal = 0, noise = 0;  // sum y^2, sum (y - q)^2
  double dot = 0, other = 0;     // sum y q, sum q^2
  double max_abs = 0;
  bool broken = false;  // a value is finite in one of the two only
  // Adds y = `wanted`, q = `got`, flattened; the shorter one is continued with zeros. String tensors add nothing.
  void add(const Tensor& wanted, const Tensor& got);
  double cosine() const;
};

// 10 log10(signal / noise); +inf without noise.
double sqnr_db(double signal, double noise);

struct SampleScore {
  Closeness closeness;
  bool agrees = true;           // arg-max of the first output
  std::optional<bool> correct;  // arg-max is the label; empty without a label or with a single value
};

// `wanted` and `got` have the same outputs in the same order. Throws Error(kBadInput) when the label is no index of the
// first output.
SampleScore score_sample(const std::vector<Tensor>& wanted, const std::vector<Tensor>& got,
                         std::optional<int64_t> label);

// In order, so that the sums do not depend on threads.
Accuracy summarize(const std::vector<SampleScore>& scores);

}  // namespace quoin
