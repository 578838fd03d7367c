// Plan: every match of a list in a model, with its Q/DQ points, as a file that a person (or `tune`) edits and gives back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quoin/transform.h"

namespace quoin {

struct PlanPoint {
  std::string point;  // "weight(conv)", "residual(add)"
  std::string value;  // the value that is quantized there
  bool apply = true;
  bool operator==(const PlanPoint&) const = default;
};

struct PlanMatch {
  std::string pattern, unit, why;
  std::vector<std::string> nodes;  // of the model as loaded
  bool apply = true;               // false: the unit stays, float and claimed
  std::string precision = "int8";  // "int8", "float": what the unit computes in where its points are applied
  std::vector<PlanPoint> points;
};

struct Plan {
  std::string model;        // file name, for the reader
  std::string fingerprint;  // of the model's structure and weights: a plan for another model is refused
  std::string list;
  std::vector<PlanMatch> matches;  // in the graph's order
};

// A hash of nodes, attributes, value names and constants that does not depend on doc strings, metadata or file layout.
std::string fingerprint(const Graph& model);

Plan make_plan(const Graph& model, const MatchReport& matches);
std::string to_toml(const Plan& plan);
// Throws Error(kBadInput) with file:line:column and "did you mean".
Plan parse_plan(std::string_view text, const std::string& file = "");
Plan load_plan(const std::string& path);

// What became of each match of a plan.
struct PlanOutcome {
  std::string unit, pattern;
  enum class State { kApplied, kSkipped, kChanged } state = State::kApplied;  // kChanged: with fewer points
  std::string reason;
};

// Sets apply and points of `matches` (from transform of `model` with the plan's list) as the plan says. Throws Error(kBadInput)
// listing the differences when the plan is stale: another model, or matches that are not the same.
std::vector<PlanOutcome> apply_plan(const Plan& plan, const Graph& model, MatchReport& matches);

}  // namespace quoin
