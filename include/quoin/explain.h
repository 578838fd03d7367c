// explain: why a node is, or is not, in a unit and quantized.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/quantize.h"

namespace quoin {

struct PointExplanation {
  std::string point;   // "input(conv)"
  std::string value;
  bool opened = false;
  std::string reason;  // the target's reason for its role, or why it was closed
};

struct NodeExplanation {
  std::string node, op;
  std::string unit, pattern, why;       // empty: unclaimed
  bool converted = false;               // replaced by a conversion, named in `pattern`
  std::vector<PointExplanation> points;  // of the unit, at this node
  Refusals misses;                      // nearest miss per pattern of the list, nearest first
  std::vector<LostMatch> lost;          // patterns that held here but came later in the list
};

struct PatternExplanation {
  std::string pattern, why;
  std::vector<std::string> units;  // where it matched
  Refusals misses;                 // every near miss in the model, nearest first
  std::vector<LostMatch> lost;
};

// `node` is a name of the loaded model (origins count) or of the transformed one. Throws Error(kUsage) with a suggestion.
NodeExplanation explain_node(const Graph& model, const PatternList& list, const Target& target, std::string_view node);
PatternExplanation explain_pattern(const Graph& model, const PatternList& list, std::string_view pattern);

}  // namespace quoin
