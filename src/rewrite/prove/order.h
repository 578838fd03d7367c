// Which patterns of a list take one another's nodes, on the graphs made for each.
#pragma once

#include <vector>

#include "quoin/prove_patterns.h"
#include "rewrite/prove/instance.h"

namespace quoin::prove {

struct ProvenPattern {
  PatternProof proof;
  std::vector<Instance> samples;  // graphs that the pattern matches whole
};

// Fills `shadowed` and `overlaps`.
void compare_order(const std::vector<ProvenPattern>& proven, const PatternList& order, ListProof& result);

}  // namespace quoin::prove
