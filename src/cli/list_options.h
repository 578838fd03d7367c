// --list, --patterns, --target: which patterns are meant.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "quoin/pattern_toml.h"
#include "quoin/target.h"

namespace quoin::cli {

struct ListOptions {
  std::string list;      // "" : the only list of `patterns`, else the target's smart list
  std::string patterns;  // a TOML file
  std::string target = "onnxruntime-cpu";
};
void add_list_options(CLI::App& verb, ListOptions& options);

// The target's lists by name: smart, blanket, and those of its file.
std::vector<std::pair<std::string, const PatternList*>> lists_of(const Target& target);

// `list` is a list of the file `patterns`, a list of the target, or itself a TOML file. Throws Error(kUsage) with a
// suggestion.
PatternList resolve_list(const std::string& list, const std::string& patterns, const Target& target);

// The lists that a verb takes beside blanket and smart, which are left out here: each of `names`, or the only list of
// `patterns`.
std::vector<PatternList> further_lists(std::vector<std::string> names, const std::string& patterns,
                                       const Target& target);

// Every list of a file, resolved: lists may extend those of the file and of the target.
std::vector<PatternList> resolve_lists(const PatternFile& file, const Target& target);

}  // namespace quoin::cli
