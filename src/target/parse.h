// The parts of a target file.
#pragma once

#include "quoin/target.h"
#include "target/toml_table.h"

namespace quoin {

// [activation], [weight], [bias], [float_weight], [pass_through], [integer_output], [concat], [opset].
void read_types(TomlTable& top, Target& target);
// [[precision]].
void read_precisions(TomlTable& top, Target& target);
// [float] and [scale], which must agree.
void read_floats(TomlTable& top, Target& target);
// [[weight.skip]].
void read_weight_skips(TomlTable& weight, Target& target);
// [[keep_layout]].
void read_layouts(TomlTable& top, Target& target);
// Names of ops, each of which must exist.
void read_ops(TomlTable& table, std::string_view key, std::set<std::string, std::less<>>& ops);
// [role.*].
void read_roles(TomlTable& top, Target& target);
// [[pattern]] and [list.*]; `text` is the whole file.
void read_lists(TomlTable& top, std::string_view text, const std::string& file, Target& target);

// [lint]: rules and families by name, added to those of the extended target; `without` takes some away again.
void read_lint(TomlTable& top, Target& target);

// Throws Error(kBadInput) at the key's place, with a suggestion, for an op that does not exist.
void check_op(const std::string& op, const TextPlace& place);

}  // namespace quoin
