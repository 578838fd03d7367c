// The built-in targets, embedded from targets/*.toml (cmake/EmbedTargets.cmake), sorted by name.
#pragma once

#include <string_view>
#include <vector>

namespace quoin {

struct BuiltinTarget {
  std::string_view name, text;
};
const std::vector<BuiltinTarget>& builtin_targets();

}  // namespace quoin
