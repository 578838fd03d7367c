// Native helpers of replacements, as a table: a new one is one entry.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "quoin/match.h"

namespace quoin {

struct ReplacementHelper {
  std::string_view name;
  size_t nodes;  // how many captured nodes it takes
  std::string_view doc;
  // A constant, or nothing for an input to be left out. Throws Error(kBadInput) where the nodes are not as it needs
  // them.
  std::optional<Tensor> (*call)(const std::vector<const Node*>& nodes);
};

const std::vector<ReplacementHelper>& replacement_helpers();

}  // namespace quoin
