// Plan: every match of a list in a model, with its Q/DQ points, as a file that a person (or `tune`) edits and gives
// back.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "quoin/transform.h"

namespace quoin {

struct PlanPoint {
  // Role and node of the transformed graph: "weight(conv1)", "residual(add1)", "output". Two points of a unit that
  // would be the same text and value get the node's input too: "inner(add1, 1)".
  std::string point;
  std::string value;  // the value that is quantized there
  bool apply = true;
  std::optional<PointPrecision> precision = {};  // of this point alone; wins over the unit's
  bool operator==(const PlanPoint&) const = default;
};

struct PlanMatch {
  std::string pattern, unit, why;
  std::vector<std::string> nodes;  // of the model as loaded
  bool apply = true;               // false: the unit stays, float and claimed
  // What the unit computes in where its points are applied. "int8": the target's own types; "float": no Q/DQ; "":
  // `precisions`.
  std::string precision = "int8";
  Precisions precisions = {};  // by role, a table in the file: { weight = "int4 block 32" }; other roles as "int8"
  std::vector<PlanPoint> points;
  std::string body = {};    // path of the subgraph that it is in (body.h); empty: the main graph
  std::string reason = {};  // why it was decided so, as `tune` measured it; for the reader
  bool operator==(const PlanMatch&) const = default;
};

// A conversion of the list that is not applied: the model keeps the spelling that it has.
struct PlanWithout {
  std::string pattern;
  std::string reason = {};  // as PlanMatch::reason
  bool operator==(const PlanWithout&) const = default;
};

struct Plan {
  std::string model;                      // file name, for the reader
  std::string fingerprint;                // of the model's structure and weights: a plan for another model is refused
  std::string list;                       // name of the list that the matches are of
  std::vector<PlanWithout> without = {};  // conversions left out of it, [[without]] in the file
  std::vector<PlanMatch> matches;         // in the graph's order
  std::string file;                       // where it was read from, for messages; not written
};

// A hash of nodes, attributes, value names, graph inputs' types and constants that does not depend on doc strings,
// metadata, the order of the nodes in the file, or where the file keeps its weights. 32 hexadecimal digits.
std::string fingerprint(const Graph& model);

// `matches`: of transform(model, list), as they are: matches and points that are off are off in the plan too.
Plan make_plan(const Graph& model, const MatchReport& matches);
// Throws Error(kBadInput) naming a node or value whose name is no UTF-8 text, which TOML cannot hold.
std::string to_toml(const Plan& plan);
// Throws Error(kBadInput) with file:line:column and "did you mean".
Plan parse_plan(std::string_view text, const std::string& file = "");
Plan load_plan(const std::string& path);

// `list` without the conversions that the plan leaves out, under the same name: what the model is transformed with.
// Throws Error(kBadInput) naming what is no conversion of the list: the plan is of another one, or stale.
PatternList planned_list(const PatternList& list, const Plan& plan);

// What became of each match of a plan.
struct PlanOutcome {
  std::string unit, pattern;
  enum class State {
    kApplied,
    kSkipped,
    kChanged
  } state = State::kApplied;  // kChanged: fewer points, or another precision
  std::string reason;         // empty: applied as it is
  bool operator==(const PlanOutcome&) const = default;
};
std::string_view to_string(PlanOutcome::State state);  // "applied", "skipped", "changed"

// Sets apply and points of `matches` (from transform of `model` with planned_list) as the plan says. Throws
// Error(kBadInput) listing the differences (ten, then a count) when the plan is stale: another model, or matches and
// points that are not the same; `matches` is then as it was. One outcome per match, in the order of `matches`. Where
// one point of a unit is off, the target may leave the whole unit float: an integer kernel needs all of its operands.
std::vector<PlanOutcome> apply_plan(const Plan& plan, const Graph& model, MatchReport& matches);

}  // namespace quoin
