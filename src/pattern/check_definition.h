// What a definition must keep: its parts name what its tree has.
#pragma once

#include <map>
#include <vector>

#include "quoin/pattern.h"

namespace quoin {

// Where the parts of a definition stand in a file.
struct DefinitionPlaces {
  TextPlace pattern, replace;
  std::vector<TextPlace> qdq;  // by point; may be shorter
  std::map<Role, TextPlace> precision;
};

// Throws Error(kBadInput).
void check_definition(const PatternDef& def, const DefinitionPlaces& places);

}  // namespace quoin
