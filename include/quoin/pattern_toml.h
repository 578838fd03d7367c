// Patterns and lists as TOML (docs/patterns.md).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "quoin/pattern.h"

namespace quoin {

// What a [list] table says, names not yet looked up.
struct ListSpec {
  std::string name;
  std::string extends;  // another list to start from; may be empty
  std::vector<std::string> conversions, fusions;
  std::vector<std::string> without;                                // patterns to leave out
  std::vector<std::pair<std::string, std::string>> insert_before;  // pattern -> the one it goes in front of
  TextPlace place;
};

struct PatternFile {
  std::vector<PatternRef> patterns;
  std::vector<ListSpec> lists;
};

// [[pattern]] tables and [list] (or [[list]]) tables. Throws Error(kBadInput) with file:line:column and "did you mean".
// `other_keys`: top-level keys that somebody else reads (a target's); any further one is an error.
PatternFile parse_pattern_file(std::string_view text, const std::string& file = "",
                               const std::vector<std::string>& other_keys = {});
PatternFile load_pattern_file(const std::string& path);

// One pattern as a [[pattern]] table. Loading the text gives a pattern that matches the same; native parts print as
// native:NAME and do not load.
std::string to_toml(const Pattern& pattern);

using PatternLookup = std::function<PatternRef(std::string_view name)>;       // null where there is none
using ListLookup = std::function<const PatternList*(std::string_view name)>;  // null where there is none
// Throws Error(kBadInput) at the list's place for a name that nothing has, with a suggestion from `known`.
PatternList resolve_list(const ListSpec& spec, const PatternLookup& pattern, const ListLookup& list,
                         const std::vector<std::string>& known);

}  // namespace quoin
