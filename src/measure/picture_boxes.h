// The boxes of a picture and what runs between them, from the fused graph.
#pragma once

#include <string>
#include <unordered_map>

#include "quoin/picture.h"

namespace quoin {

// Finds boxes by what is in them.
struct BoxIndex {
  std::unordered_map<std::string, size_t> by_unit, by_node;        // of the fused graph: a unit's name, a node's label
  std::unordered_map<std::string, std::vector<size_t>> by_origin;  // label of a node as loaded
};

// Fills boxes (names, nodes, origins) and edges. Units in subgraphs have boxes without edges.
BoxIndex add_boxes(const Graph& fused, const MatchReport& matches, ModelPicture& picture);

}  // namespace quoin
