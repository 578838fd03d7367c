// Pad and Resize of opset 18, which list the axes that they work on, as those before it, which name every axis.
#pragma once

#include <optional>
#include <vector>

#include "quoin/graph.h"

namespace quoin {

// The axes that a Pad (input 3) or Resize (attribute) lists, none negative and none twice; empty where it lists none,
// or where they or the rank of its input are not known.
std::optional<std::vector<int64_t>> listed_axes(const Node& node);

// The sizes of the listed axes that a Resize gives by constants; where it keeps the aspect ratio, those that come of
// it. Empty where they are computed, or where no sizes give the same factor on each axis.
std::optional<std::vector<int64_t>> sizes_of_listed(const Node& resize);

// Whether a Pad or Resize with listed axes can be written without them.
bool writes_axes(const Node& node);

}  // namespace quoin
