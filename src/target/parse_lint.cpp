// [lint]: which rules a target has.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "quoin/error.h"
#include "quoin/lint.h"
#include "target/parse.h"

namespace quoin {
namespace {

// The ids that a rule's or a family's name stands for.
std::vector<std::string> ids_named(TomlTable& table, std::string_view key, const std::string& name) {
  std::vector<std::string> ids;
  for (const LintRule& rule : lint_rules()) {
    if (rule.id == name || rule.family == name) ids.emplace_back(rule.id);
  }
  if (ids.empty()) {
    const std::vector<std::string> names = lint_rule_names();
    std::set<std::string> families;
    for (const LintRule& rule : lint_rules()) families.emplace(rule.family);
    table.fail(key, fmt::format("there is no lint rule or family '{}'{}", name, did_you_mean(name, names)),
               fmt::format("the families: {}; quoin lint --rules lists the rules", fmt::join(families, ", ")));
  }
  return ids;
}

}  // namespace

void read_lint(TomlTable& top, Target& target) {
  auto table = top.table("lint");
  if (!table) return;
  std::set<std::string> ids(target.lint_rules.begin(), target.lint_rules.end());
  for (const std::string& name : table->texts("rules").value_or(std::vector<std::string>())) {
    for (std::string& id : ids_named(*table, "rules", name)) ids.insert(std::move(id));
  }
  for (const std::string& name : table->texts("without").value_or(std::vector<std::string>())) {
    for (const std::string& id : ids_named(*table, "without", name)) {
      if (ids.erase(id) > 0 || name != id) continue;
      table->fail("without", fmt::format("the target does not have the rule '{}'", id), "leave it out of 'without'");
    }
  }
  target.reasons["lint"] = table->required_text("why");
  table->finish();
  target.lint_rules.clear();
  for (const LintRule& rule : lint_rules()) {
    if (ids.contains(std::string(rule.id))) target.lint_rules.emplace_back(rule.id);
  }
}

}  // namespace quoin
