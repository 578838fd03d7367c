// The parts of a tree between which a graph chooses: optional nodes and inputs, alternatives, sets of operators,
// repeats.
#pragma once

#include <string>
#include <vector>

#include "quoin/tree.h"
#include "rewrite/prove/choices.h"

namespace quoin::prove {

// The name under which choices about this part of a tree are recorded: its capture, else where it stands.
std::string key_of(const Tree& tree, const std::string& path);
std::string child_path(const std::string& path, size_t index);
// Roots stand at "0", "1", …
std::vector<std::pair<std::string, const Tree*>> roots_of(const Tree& tree);

// One possible form of one part: "BatchNormalization? as bn: absent".
struct Extent {
  std::string text;
  ChoiceMap choices;  // its own, and those that lead to it
  std::string label;  // its own
};
std::vector<Extent> extents_of(const Tree& tree);

}  // namespace quoin::prove
