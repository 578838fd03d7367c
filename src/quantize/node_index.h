// Nodes by the name that messages and matches call them (unnamed ones by their label).
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "quoin/graph.h"

namespace quoin {

class NodeIndex {
 public:
  explicit NodeIndex(Graph& graph) {
    for (Node* node : graph.nodes()) nodes_.emplace(node->label(), node);
  }
  Node* find(const std::string& label) const {
    const auto found = nodes_.find(label);
    return found == nodes_.end() ? nullptr : found->second;
  }
  // `label` means this node from now on.
  void replace(const std::string& label, Node& node) { nodes_[label] = &node; }

 private:
  std::unordered_map<std::string, Node*> nodes_;
};

}  // namespace quoin
