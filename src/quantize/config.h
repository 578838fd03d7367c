// QuantConfig checked against a target: every field has its value.
#pragma once

#include <string>

#include "quoin/quantize.h"

namespace quoin {

struct QuantSettings {
  RangeRequest activation;
  int weight_bits = 8;
  bool weight_pairs = false;  // the pair rule (pair_rule.h)
  bool saturates = false;     // kernels of the CPU that the file is for saturate sums of two products
  bool weight_mse = true;     // scales of least squared error; else of the largest magnitude
  bool weight_per_channel = true;
};

// Throws Error(kUsage) naming the setting and the target when it cannot run it.
QuantSettings resolve_config(const QuantConfig& config, const Target& target);

// Throws Error(kUsage), with a suggestion, for a node or a pattern that the configuration names and nothing has.
void check_config_names(const QuantConfig& config, const Graph& graph, const MatchReport& matches,
                        const Target& target);

// The request for a tensor with these edges: that of the first edge whose node is named, else whose pattern is, else
// the default.
RangeRequest request_for(const QuantSettings& settings, const QuantConfig& config, const Target& target,
                         const QdqTensor& tensor, const std::string& producer);

}  // namespace quoin
