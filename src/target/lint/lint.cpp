#include "quoin/lint.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "quoin/error.h"
#include "target/lint/pass.h"

namespace quoin {
namespace {

constexpr Severity kSeverities[] = {Severity::kInfo, Severity::kWarn, Severity::kError};

void lint_graph(const Graph& graph, const std::vector<const LintRule*>& rules, const CpuInfo& cpu, const Node* owner,
                const LintOptions& options, LintResult& result) {
  LintPass pass(graph, cpu, owner, result);
  result.nodes += pass.nodes().size();
  result.qdq_nodes += pass.qdq().size();
  for (const LintRule* rule : rules) pass.run(*rule, options.lowest);
  for (const Node* node : pass.nodes()) {
    for (const Graph* subgraph : node->subgraphs()) lint_graph(*subgraph, rules, cpu, node, options, result);
  }
}

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarn:
      return "warn";
    case Severity::kError:
      return "error";
  }
  QUOIN_CHECK(false, "a Severity that does not exist");
}

Severity severity_named(std::string_view name) {
  std::vector<std::string> names;
  for (const Severity severity : kSeverities) {
    if (to_string(severity) == name) return severity;
    names.emplace_back(to_string(severity));
  }
  throw Error(ErrorCode::kUsage, fmt::format("there is no severity '{}'{}", name, did_you_mean(name, names)),
              fmt::format("it is one of: {}", fmt::join(names, ", ")));
}

size_t LintResult::count(Severity severity) const {
  return static_cast<size_t>(std::count_if(findings.begin(), findings.end(),
                                           [&](const LintFinding& finding) { return finding.severity == severity; }));
}

LintPass::LintPass(const Graph& graph, const CpuInfo& cpu, const Node* owner, LintResult& result)
    : graph_(graph), cpu_(cpu), owner_(owner), result_(result), nodes_(graph.nodes()) {
  for (const Node* node : nodes_) {
    if (is_quantize(*node) || is_dequantize(*node)) qdq_.push_back(node);
    if (is_weighted(*node)) weighted_.push_back(node);
  }
}

void LintPass::run(const LintRule& rule, Severity lowest) {
  rule_ = &rule;
  lowest_ = lowest;
  rule.check(*this);
}

void LintPass::report(const Node& node, std::string read) { report(node, rule_->severity, std::move(read)); }

void LintPass::report(const Node& node, Severity severity, std::string read) {
  const std::string label =
      owner_ ? fmt::format("{} '{}': {}", owner_->op(), owner_->label(), node.label()) : node.label();
  add(severity, label, std::move(read));
}

void LintPass::report_graph(Severity severity, std::string read) { add(severity, "", std::move(read)); }

void LintPass::add(Severity severity, std::string node, std::string read) {
  QUOIN_CHECK(severity <= rule_->severity && severity >= rule_->lowest, "a severity that the rule does not declare");
  if (severity < lowest_) return;
  result_.findings.push_back({rule_, severity, std::move(node), std::move(read)});
}

LintResult lint(const Graph& graph, const Target& target, const LintOptions& options) {
  const CpuInfo cpu = cpu_named(options.cpu);
  LintResult result;
  result.target = target.name;
  result.cpu = options.cpu == "native" ? fmt::format("{} ({})", cpu.name, cpu.features()) : options.cpu;
  std::vector<const LintRule*> rules;
  for (const std::string& id : target.lint_rules) {
    const LintRule* rule = find_lint_rule(id);
    QUOIN_CHECK(rule, "the target names a rule that does not exist");
    rules.push_back(rule);
  }
  result.rules = rules.size();
  lint_graph(graph, rules, cpu, nullptr, options, result);
  // Reported rule by rule, each in the graph's order.
  std::stable_sort(result.findings.begin(), result.findings.end(), [](const LintFinding& a, const LintFinding& b) {
    if (a.severity != b.severity) return a.severity > b.severity;
    return a.rule->id < b.rule->id;
  });
  return result;
}

}  // namespace quoin
