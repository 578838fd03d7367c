#include "quoin/target.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "graph/resize_range.h"
#include "quoin/error.h"
#include "quoin/match.h"
#include "quoin/op_facts.h"

namespace quoin {
namespace {

const std::string kNoReason;

// The first rule that names the node's op and whose conditions hold.
template <typename Rule>
const Rule* rule_of(const std::vector<Rule>& rules, const Node& node, const Value* weight) {
  Match match;
  match.graph = &node.graph();
  match.nodes = match.roots = {&node};
  match.node_captures = {{"node", &node}};
  match.value_captures = {{"x", &node.input(0)}, {"y", &node.output(0)}};
  if (weight) match.value_captures.emplace("w", weight);
  for (const Rule& rule : rules) {
    if (!rule.ops.contains(node.op())) continue;
    const bool holds = std::all_of(rule.where.begin(), rule.where.end(),
                                   [&](const Predicate& condition) { return condition.evaluate(match).holds; });
    if (holds) return &rule;
  }
  return nullptr;
}

}  // namespace

std::string_view to_string(Emit emit) {
  switch (emit) {
    case Emit::kNever:
      return "never";
    case Emit::kAlways:
      return "always";
    case Emit::kUnweighted:
      return "unweighted";
    case Emit::kIntegerConsumer:
      return "integer_consumer";
  }
  QUOIN_CHECK(false, "an Emit that does not exist");
}

std::string_view to_string(ZeroPointPolicy policy) { return policy == ZeroPointPolicy::kZero ? "zero" : "affine"; }
std::string_view to_string(BiasPolicy policy) { return policy == BiasPolicy::kFloat ? "float" : "int32"; }
std::string_view to_string(PassThroughPolicy policy) {
  return policy == PassThroughPolicy::kNone ? "none" : "quantize";
}

const PatternList& Target::list(std::string_view list_name) const {
  if (list_name == "smart") return smart;
  if (list_name == "blanket") return blanket;
  const auto found = lists.find(list_name);
  if (found != lists.end()) return found->second;
  const std::vector<std::string> names = list_names();
  throw Error(ErrorCode::kUsage,
              fmt::format("target '{}' has no list '{}'{}", name, list_name, did_you_mean(list_name, names)),
              fmt::format("its lists: {}", fmt::join(names, ", ")));
}

std::vector<std::string> Target::list_names() const {
  std::vector<std::string> names = {"smart", "blanket"};
  for (const auto& [list_name, list] : lists) names.push_back(list_name);
  return names;
}

Emit Target::emit(Role role, std::string_view op) const {
  const auto policy = roles.find(role);
  if (policy == roles.end()) return Emit::kNever;
  const auto exception = policy->second.by_op.find(op);
  return exception == policy->second.by_op.end() ? policy->second.emit : exception->second;
}

const std::string& Target::why(Role role, std::string_view op) const {
  const auto policy = roles.find(role);
  if (policy == roles.end()) return kNoReason;
  if (policy->second.by_op.contains(op)) return reason(fmt::format("role.{}.{}", to_string(role), op));
  return policy->second.why;
}

const std::string& Target::reason(std::string_view key) const {
  const auto found = reasons.find(std::string(key));
  return found == reasons.end() ? kNoReason : found->second;
}

bool Target::passes_through(const Node& node) const {
  if (!node.domain().empty()) return false;
  if (node.is("Resize") && !keeps_range(node)) return false;
  return pass_through_ops.empty() ? op_facts(node).scale_passes_through : pass_through_ops.contains(node.op());
}

const WeightSkip* Target::skips(const Node& node) const {
  if (weight_skips.empty() || !node.domain().empty()) return nullptr;
  const int second = std::max(op_facts(node).weight_input, 1);
  return rule_of(weight_skips, node, node.has_input(second) ? &node.input(second) : nullptr);
}

const LayoutRule* Target::keeps_layout(const Node& node) const {
  if (keep_layouts.empty() || !node.domain().empty() || node.input_count() == 0) return nullptr;
  return rule_of(keep_layouts, node, nullptr);
}

}  // namespace quoin
