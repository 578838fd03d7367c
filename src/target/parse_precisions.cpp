// What a target can run beside its own types.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "quoin/error.h"
#include "target/parse.h"

namespace quoin {
namespace {

std::vector<std::string> required_texts(TomlTable& table, std::string_view key) {
  auto texts = table.texts(key);
  if (!texts || texts->empty()) {
    throw Error(ErrorCode::kBadInput, fmt::format("{} has no '{}'", table.path(), key), "", to_string(table.place()));
  }
  return std::move(*texts);
}

DataType read_type(const TomlTable& table, const std::string& name) {
  std::vector<std::string> names = precision_type_names();
  std::erase(names, "float");
  const DataType type = precision_type(name);
  if (type == DataType::kUndefined || type == DataType::kFloat) {
    table.fail("types", fmt::format("there is no type '{}' for a Q/DQ point{}", name, did_you_mean(name, names)),
               fmt::format("types are {}", fmt::join(names, ", ")));
  }
  return type;
}

void read_blocks(TomlTable& table, PrecisionRule& rule) {
  const auto blocks = table.wholes("blocks");
  if (!blocks) return;
  if (rule.roles != std::set<Role>{Role::kWeight}) table.fail("blocks", "'blocks' are for weights alone");
  for (const int64_t block : *blocks) {
    if (block < 2) table.fail("blocks", fmt::format("a block of {} is none", block));
  }
  rule.blocks = *blocks;
}

PrecisionRule read_rule(TomlTable& table) {
  PrecisionRule rule;
  for (const std::string& role : required_texts(table, "roles")) {
    rule.roles.insert(parse_role(role, table.place("roles")));
  }
  if (rule.roles.contains(Role::kBias)) table.fail("roles", "a bias has no precision of its own");
  for (const std::string& type : required_texts(table, "types")) rule.types.insert(read_type(table, type));
  if (const auto ops = table.texts("ops")) {
    for (const std::string& op : *ops) check_op(op, table.place("ops"));
    rule.ops = {ops->begin(), ops->end()};
  }
  read_blocks(table, rule);
  if (const auto policy = table.choice("zero_point", {"zero", "affine"})) rule.affine = *policy == 1;
  if (const auto compute = table.choice("compute", {"integer", "float", "never"})) {
    rule.compute = *compute == 0 ? Compute::kInteger : *compute == 1 ? Compute::kFloat : Compute::kNever;
  }
  const bool is_weight = rule.roles == std::set<Role>{Role::kWeight};
  const auto of_weights = [&](std::string_view key, bool& member) {
    const auto flag = table.flag(key);
    if (flag && !is_weight) table.fail(key, fmt::format("'{}' is for weights alone", key));
    if (flag) member = *flag;
  };
  of_weights("float_activations", rule.float_activations);
  of_weights("whole_blocks", rule.whole_blocks);
  of_weights("even_rows", rule.even_rows);
  of_weights("gemm_untransposed", rule.gemm_untransposed);
  rule.beside_qdq = table.text("beside_qdq").value_or("");
  rule.why = table.required_text("why");
  table.finish();
  return rule;
}

}  // namespace

void read_precisions(TomlTable& top, Target& target) {
  std::vector<PrecisionRule> rules;
  for (TomlTable& table : top.tables("precision")) rules.push_back(read_rule(table));
  // A file's own rules speak before those of the file that it extends.
  target.precisions.insert(target.precisions.begin(), rules.begin(), rules.end());
}

}  // namespace quoin
