// Second moments of the rows that a weighted node reads.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace quoin {

// Adds up x xᵀ and x for rows x of one length. What it holds depends on the rows and their order alone.
class Gram {
 public:
  explicit Gram(size_t depth) : depth_(depth), products_(depth * depth, 0.0F), sums_(depth, 0.0) {}
  size_t depth() const { return depth_; }
  size_t rows() const { return rows_; }
  // `rows`: whole rows, one behind the other.
  void add(std::span<const float> rows);
  // Adds what another of the same depth has added up.
  void merge(const Gram& other);
  // E[x xᵀ], or with `centred` E[(x - E[x]) (x - E[x])ᵀ]: symmetric, depth x depth. `damping` x its mean diagonal is
  // added to the diagonal, for rows that are few or dependent. Frees what was added up.
  std::vector<float> take(bool centred, double damping);

 private:
  size_t depth_, rows_ = 0;
  std::vector<float> products_;  // upper triangle
  std::vector<double> sums_;
};

}  // namespace quoin
