// What a tree says about its names: for checks of conditions, points and replacements when a pattern is loaded.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "quoin/tree.h"

namespace quoin {

struct CaptureInfo {
  bool is_node = false;
  bool is_value = false;
  std::vector<Tree::Op> ops;  // of a node; empty where a native predicate decides
};
using CaptureInfos = std::map<std::string, CaptureInfo, std::less<>>;
CaptureInfos describe_captures(const Tree& tree);

// Whether the tree is a node, or alternatives that all are: what a root must be.
bool can_be_root(const Tree& tree);
// Whether `root` names something that `known` (with its further roots) names too.
bool shares_capture(const Tree& known, const Tree& root);

}  // namespace quoin
