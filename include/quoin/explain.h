// explain: why a node is, or is not, in a unit and quantized.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/quantize.h"

namespace quoin {

struct PointExplanation {
  std::string point;  // "input(conv1)": role and node, as in a plan
  std::string value;
  std::string node;  // the node that reads the value; of an output, the one that gives it; empty: a graph input's
  bool opened = false;
  std::string precision = {};  // "uint8", "int4 block 32"; empty where it is not opened
  std::string reason;          // the target's reason for its role, or why it was closed
};

struct NodeExplanation {
  std::string node, op;
  std::string unit, pattern, why;  // unit empty: unclaimed
  bool converted = false;          // replaced by a conversion, named in `pattern` where no unit has what came of it
  std::vector<std::string> conversions;  // all that replaced it, in order
  std::vector<std::string> became;       // nodes of the transformed graph that come from it; often itself
  std::vector<PointExplanation> points;  // of the unit, at this node
  Refusals misses;  // nearest miss per pattern of the list that looks at the op, nearest first; of a claimed
                    // node only those of conversions and of fusions before the one that has it
  std::vector<std::string> elsewhere;  // patterns of the list that look at other ops only
  std::vector<LostMatch> lost;         // patterns that held here but came later in the list
  std::string body;                    // path of the subgraph that it is in (body.h); empty: the main graph
  std::string note;  // anything else: a node that is gone, a model that cannot be quantized; often empty
};

struct PatternExplanation {
  std::string pattern, why;
  std::vector<std::string> units;            // where it matched
  std::vector<ConversionMatch> conversions;  // where it matched, of a conversion
  Refusals misses;                           // every near miss in the model, nearest first
  std::vector<LostMatch> lost;
};

struct UnitExplanation {
  std::string unit, pattern, why;
  std::vector<std::string> nodes;  // of the model as loaded
  std::vector<PointExplanation> points;
  std::string body = {};  // path of the subgraph that it is in
};

// The whole model in one look.
struct ModelExplanation {
  std::string list, target;
  std::vector<ConversionMatch> conversions;
  std::vector<UnitExplanation> units;  // in the graph's order
  std::vector<Unclaimed> unclaimed;    // compute nodes in no unit, with the nearest miss
  std::vector<LostMatch> lost;
  std::string note;  // why no point can be opened at all; often empty
};

// `node` is a name of the loaded model (origins count) or of the transformed one, of a node in a subgraph too; where
// several have it, the first one of the main graph or of a body is meant: "loop1.body/conv" names one of a body. Throws
// Error(kUsage) with a suggestion.
NodeExplanation explain_node(const Graph& model, const PatternList& list, const Target& target, std::string_view node);
// Throws Error(kUsage) with a suggestion for a pattern that the list does not have.
PatternExplanation explain_pattern(const Graph& model, const PatternList& list, std::string_view pattern);
ModelExplanation explain_model(const Graph& model, const PatternList& list, const Target& target);
// Where fusions were tried and did not hold, by label of the node that failed and of the node where the pattern was
// tried, after the conversions, in the main graph: nearest first, of equals the first one of the list.
std::map<std::string, Refusals> misses_by_node(const Graph& model, const PatternList& list);

}  // namespace quoin
