// Folding a BatchNormalization into the weighted node before it, as numbers.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

// A weighted node on its way to a new one: what it reads, and the nodes it stands for (itself first).
struct Folded {
  const Node* node = nullptr;
  const Value* data = nullptr;   // input 0
  std::optional<Tensor> weight;  // empty: as it is
  std::optional<Tensor> bias;    // empty: as it is
  Attributes attributes;
  std::vector<const Node*> origins;
  const Value* output = nullptr;  // what the last of the origins gives
  bool changed() const { return origins.size() > 1; }
};

Folded unfolded(const Node& node);
// Conv, ConvTranspose or Gemm.
bool takes_batch_normalization(const Node& node);

// Folds `bn`, which reads `folded.output`, into it. Gives why not where that cannot be, and changes nothing then:
// parameters that are not constant or no floats, training mode, further outputs in use, a bias that is no row, a scale
// that is no number.
std::optional<std::string> fold_batch_normalization(Folded& folded, const Node& bn);

}  // namespace quoin
