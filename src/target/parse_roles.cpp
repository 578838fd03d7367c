// Which Q/DQ points a target wants, by role.
#include <fmt/format.h>

#include "quoin/error.h"
#include "target/parse.h"

namespace quoin {
namespace {

Emit read_emit(TomlTable& table, Role role) {
  static const std::vector<Emit> emits = {Emit::kNever, Emit::kAlways, Emit::kUnweighted, Emit::kIntegerConsumer};
  std::vector<std::string> names;
  for (const Emit emit : emits) names.emplace_back(to_string(emit));
  const auto choice = table.choice("emit", names);
  if (!choice) {
    throw Error(ErrorCode::kBadInput, fmt::format("{} has no 'emit'", table.path()), "", to_string(table.place()));
  }
  const Emit emit = emits[*choice];
  if (emit == Emit::kIntegerConsumer && role != Role::kOutput && role != Role::kInner) {
    table.fail("emit",
               fmt::format("'integer_consumer' is for outputs and inner values, not for role '{}'", to_string(role)));
  }
  return emit;
}

}  // namespace

void check_op(const std::string& op, const TextPlace& place) { parse_tree(op + "(_)", place); }

void read_roles(TomlTable& top, Target& target) {
  auto roles = top.table("role");
  if (!roles) return;
  for (const Role role : all_roles()) {
    const std::string name(to_string(role));
    auto table = roles->table(name);
    if (!table) continue;
    RolePolicy policy;
    policy.emit = read_emit(*table, role);
    policy.why = table->required_text("why");
    target.reasons["role." + name] = policy.why;
    for (TomlTable& exception : table->tables("exception")) {
      const auto ops = exception.texts("ops");
      if (!ops || ops->empty()) {
        throw Error(ErrorCode::kBadInput, fmt::format("{} has no 'ops'", exception.path()), "",
                    to_string(exception.place()));
      }
      const Emit emit = read_emit(exception, role);
      const std::string why = exception.required_text("why");
      for (const std::string& op : *ops) {
        check_op(op, exception.place("ops"));
        policy.by_op[op] = emit;
        target.reasons[fmt::format("role.{}.{}", name, op)] = why;
      }
      exception.finish();
    }
    table->finish();
    target.roles[role] = std::move(policy);
  }
  roles->finish();
}

}  // namespace quoin
