// transform: applies a list of patterns to a graph, conversions to a fixpoint, then fusions once.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "quoin/graph.h"
#include "quoin/pattern.h"

namespace quoin {

// One Q/DQ point of a unit, as an edge of the transformed graph.
struct PointPlace {
  Role role = Role::kInput;
  std::string node;  // the node that reads; empty for kOutput
  int input = 0;
  std::string value;  // the value that is read, or given
  bool apply = true;
  PointPrecision precision = {};      // as the pattern, or a plan, says
  std::string precision_source = {};  // "pattern 'Linear4'", "the plan"; empty: nobody says anything
  bool operator==(const PointPlace&) const = default;
};

// A fusion that was applied: a unit of the transformed graph.
struct UnitMatch {
  PatternRef pattern;
  std::string unit;                  // the unit's name
  std::vector<std::string> nodes;    // its nodes in the transformed graph, in data order
  std::vector<std::string> origins;  // nodes of the model as loaded
  std::vector<PointPlace> points;
  bool apply = true;      // false: the unit stays float, and claimed
  std::string body = {};  // path of the subgraph that it is in (body.h); empty: the main graph
};

// A conversion that was applied.
struct ConversionMatch {
  std::string pattern;
  std::vector<std::string> origins;  // nodes as loaded that it replaced
  std::string body = {};             // as UnitMatch::body
};

// A match that held but whose nodes an earlier pattern had claimed.
struct LostMatch {
  std::string pattern, root;  // what would have matched, and where
  std::string unit, winner;   // the unit that has its node, and that unit's pattern
  std::string body = {};      // as UnitMatch::body
};

struct MatchReport {
  std::string list;
  std::vector<ConversionMatch> conversions;
  std::vector<UnitMatch> units;  // in the graph's order, those of subgraphs after the main graph's
  std::vector<LostMatch> lost;
  std::map<std::string, int> counts() const;  // matches per pattern
  const UnitMatch* find_unit(std::string_view unit) const;
  const UnitMatch* unit_of_node(std::string_view node) const;
};

// True in debug builds of the library.
extern const bool kVerifyEachByDefault;

struct TransformOptions {
  // More applications than this, or than ten per node where that is more, are an error: two conversions undo one
  // another.
  int most_conversions = 100000;
  int most_at_one_place = 200;  // the same for one conversion at what came of the same nodes
  bool record_lost = false;     // fill MatchReport::lost (costs a second match per fusion)
  bool verify =
      true;  // verify_graph of the result; where it is broken, all is done again with verify_each to name the culprit
  // After every pattern verify_graph, and the pattern's word against fingerprints: match() only looks, a rewrite
  // changes what it says and nothing else. The error names the pattern. For tests of patterns; costs several looks at
  // the graph per pattern.
  bool verify_each = kVerifyEachByDefault;
  // Seed: matches of one pattern that do not touch one another are applied in random order, which must not matter.
  std::optional<uint64_t> shuffle = {};
};

struct TransformResult {
  Graph graph;
  MatchReport matches;
};

// Subgraphs (If, Loop, Scan, at any depth) are transformed each as a graph of its own: what it captures is an input
// like any other, and a value that a subgraph reads is read outside of every match. The input is left untouched. Throws
// Error(kCheckFailed) naming the patterns when conversions do not come to an end.
TransformResult transform(const Graph& graph, const PatternList& list, const TransformOptions& options = {});

// Splices one replacement into the graph: names, uses, provenance and place kept. Throws Error(kBadInput) naming
// pattern and node, before anything is changed, when a graph output could not keep its name, type and shape. Returns
// the unit, or null.
Unit* apply_replacement(Graph& graph, const Match& match, const Replacement& replacement);

// Nodes that compute (Conv, ConvTranspose, Gemm, MatMul) and are in no unit, with the nearest miss of `list` at each.
struct Unclaimed {
  std::string node, op;
  std::string reason;
  std::string body = {};  // as UnitMatch::body
};
std::vector<Unclaimed> unclaimed_compute_nodes(const Graph& transformed, const PatternList& list);

}  // namespace quoin
