// Findings of lint, and its rules.
#include <fmt/format.h>

#include <algorithm>

#include "quoin/report.h"
#include "report/json.h"
#include "report/words.h"

namespace quoin {
namespace {

std::string severity_text(const LintRule& rule) {
  if (rule.severity == rule.lowest) return std::string(to_string(rule.severity));
  return fmt::format("{} or {}", to_string(rule.severity), to_string(rule.lowest));
}

std::string counts_text(const LintResult& result) {
  return fmt::format("{}, {}, {}", plural(result.count(Severity::kError), "error"),
                     plural(result.count(Severity::kWarn), "warning"), plural(result.count(Severity::kInfo), "info"));
}

}  // namespace

std::string text_report(const LintResult& result, const std::string& model) {
  std::string text;
  const LintFinding* previous = nullptr;
  for (const LintFinding& finding : result.findings) {
    const LintRule& rule = *finding.rule;
    if (!previous || previous->rule != &rule || previous->severity != finding.severity) {
      text += fmt::format("{} {}: {}\n  why: {} ({})\n  remedy: {}\n", to_string(finding.severity), rule.id,
                          rule.condition, rule.reason, rule.source, rule.remedy);
    }
    text += fmt::format("    {}: {}\n", finding.node.empty() ? "the model" : finding.node, finding.read);
    previous = &finding;
  }
  if (!text.empty()) text += "\n";
  text +=
      fmt::format("{} on target {}, CPU {}: {} in {} ({} Q/DQ) by {}\n", model, result.target, result.cpu,
                  counts_text(result), plural(result.nodes, "node"), result.qdq_nodes, plural(result.rules, "rule"));
  if (result.qdq_nodes == 0) text += "It has no QuantizeLinear or DequantizeLinear: it is a float model.\n";
  return text;
}

std::string json_report(const LintResult& result, const std::string& model) {
  Json findings = Json::array();
  for (const LintFinding& finding : result.findings) {
    findings.push_back({{"rule", finding.rule->id},
                        {"severity", to_string(finding.severity)},
                        {"node", finding.node},
                        {"read", finding.read},
                        {"condition", finding.rule->condition},
                        {"why", finding.rule->reason},
                        {"source", finding.rule->source},
                        {"remedy", finding.rule->remedy}});
  }
  return dump(Json{{"model", model},
                   {"target", result.target},
                   {"cpu", result.cpu},
                   {"rules", result.rules},
                   {"nodes", result.nodes},
                   {"qdq_nodes", result.qdq_nodes},
                   {"errors", result.count(Severity::kError)},
                   {"warnings", result.count(Severity::kWarn)},
                   {"infos", result.count(Severity::kInfo)},
                   {"findings", std::move(findings)}});
}

std::string rule_table(const std::vector<const LintRule*>& rules) {
  std::string text;
  for (const LintRule* rule : rules) {
    text += fmt::format("{} {} ({}): {}\n  why: {} ({})\n  remedy: {}\n", rule->id, severity_text(*rule), rule->family,
                        rule->condition, rule->reason, rule->source, rule->remedy);
  }
  return text + fmt::format("{}\n", plural(rules.size(), "rule"));
}

std::string rule_markdown(const std::vector<const LintRule*>& rules) {
  std::string text, family;
  for (const LintRule* rule : rules) {
    if (rule->family != family) {
      family = rule->family;
      text += fmt::format(
          "{}### {}\n\n| rule | severity | when | why | remedy | known how |\n| --- | --- | --- | --- | --- | --- |\n",
          text.empty() ? "" : "\n", family);
    }
    text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", rule->id, severity_text(*rule), rule->condition,
                        rule->reason, rule->remedy, rule->source);
  }
  return text;
}

std::string rule_json(const std::vector<const LintRule*>& rules) {
  Json all = Json::array();
  for (const LintRule* rule : rules) {
    all.push_back({{"rule", rule->id},
                   {"family", rule->family},
                   {"severity", to_string(rule->severity)},
                   {"lowest", to_string(rule->lowest)},
                   {"condition", rule->condition},
                   {"why", rule->reason},
                   {"source", rule->source},
                   {"remedy", rule->remedy}});
  }
  return dump(Json{{"rules", std::move(all)}});
}

}  // namespace quoin
