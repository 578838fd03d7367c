// Lint: what a target's compiler will refuse, slow down or get wrong in a QDQ model of any tool. Reads the plain graph.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "quoin/graph.h"
#include "quoin/target.h"

namespace quoin {

enum class Severity {
  kInfo,   // worth knowing: a heuristic of the vendor, a slower kernel
  kWarn,   // runs, but slower or less accurate than the file's author wanted
  kError,  // refused, or float where integer kernels were paid for
};
std::string_view to_string(Severity severity);  // "info", "warn", "error"
// Throws Error(kUsage), with a suggestion, for another word.
Severity severity_named(std::string_view name);

class LintPass;

struct LintRule {
  std::string_view id;                   // "T01"
  std::string_view family;               // "tensorrt-types": a file of src/target/lint/
  Severity severity = Severity::kError;  // the highest that it gives
  Severity lowest = Severity::kError;    // the lowest; the same where there is one only
  std::string_view condition;            // when it speaks
  std::string_view reason;               // why that matters
  std::string_view source;               // how this is known
  std::string_view remedy;
  void (*check)(LintPass&) = nullptr;
};
// Every rule, by family and id.
const std::vector<LintRule>& lint_rules();
// Null where there is none.
const LintRule* find_lint_rule(std::string_view id);
// Rules and families, for a target's `[lint] rules`.
std::vector<std::string> lint_rule_names();

struct LintFinding {
  const LintRule* rule = nullptr;
  Severity severity = Severity::kError;
  std::string node;  // label of the node; in a subgraph "If 'name': label"; empty for the whole model
  std::string read;  // what was read there, with its values
};

struct LintOptions {
  std::string cpu = "native";         // one of cpu_names(): the CPU that the file will run on
  Severity lowest = Severity::kInfo;  // findings below are left out
};

struct LintResult {
  std::string target, cpu;
  size_t rules = 0, nodes = 0, qdq_nodes = 0;
  std::vector<LintFinding> findings;  // by severity (errors first), rule, and the graph's order
  size_t count(Severity severity) const;
  bool has_errors() const { return count(Severity::kError) > 0; }
};

// Checks the target's rules. Never fails on a graph that loads. Throws Error(kUsage) for an unknown CPU.
LintResult lint(const Graph& graph, const Target& target, const LintOptions& options = {});

}  // namespace quoin
