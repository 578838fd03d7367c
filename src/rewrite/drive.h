// The two drivers of transform(): conversions to a fixpoint, fusions once in order.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "quoin/transform.h"
#include "rewrite/splice.h"

namespace quoin {

// Readers of Identity(constant) read the constant: exporters that share equal parameters write them so, and neither
// weights nor the parameters of a BatchNormalization would be seen as constants. In subgraphs too, as all that follows.
void forward_constants(Graph& graph);

// Constants are forwarded and folded before and after.
std::vector<ConversionMatch> apply_conversions(Graph& graph, const PatternList& list, const TransformOptions& options);

// Which unit has a node of the graph as it was before fusions, by the path of its body and its label.
struct Claim {
  std::string unit, pattern;
};
using Claims = std::map<std::pair<std::string, std::string>, Claim>;

struct FusionResult {
  std::map<std::string, PatternRef, std::less<>> patterns;  // per unit
  std::vector<LostMatch> lost;                              // of patterns whose own match() gave nodes that a unit has
  Claims claims;
};
FusionResult apply_fusions(Graph& graph, const PatternList& list, const TransformOptions& options);

// What each fusion would have matched in `before`, the graph without units, and did not get.
std::vector<LostMatch> lost_matches(const Graph& before, const PatternList& list, const Claims& claims);

std::vector<UnitMatch> unit_matches(const Graph& graph, const FusionResult& fusions, const PatternList& list);

// Names of nodes of the model as loaded, each once, in order.
std::vector<std::string> origins_of(const std::vector<const Node*>& nodes);

// The same order for the same seed on every machine.
void shuffle(Matches& matches, uint64_t seed);

// Throws Error(kCheckFailed) naming the pattern when the graph breaks a rule.
void verify_after(const Graph& graph, const std::string& pattern);

}  // namespace quoin
