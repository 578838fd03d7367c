#include "pattern/path_depth.h"

#include <algorithm>

namespace quoin {
namespace {

int depth_of(const Value& value, const std::unordered_map<const Node*, int>& depths) {
  if (!value.exists() || value.is_initializer()) return -1;
  const Node* producer = value.producer();
  if (!producer) return 0;
  const auto found = depths.find(producer);
  return found == depths.end() ? -1 : found->second;
}

}  // namespace

int PathDepth::of(const Value& value) {
  if (depth_of_node_.empty()) {
    depth_of_node_.reserve(nodes_.size());
    for (const Node* node : nodes_) {
      int depth = -1;
      for (int i = 0; i < node->input_count(); ++i) depth = std::max(depth, depth_of(node->input(i), depth_of_node_));
      for (const Value* captured : node->captured()) depth = std::max(depth, depth_of(*captured, depth_of_node_));
      depth_of_node_.emplace(node, depth < 0 ? -1 : depth + 1);
    }
  }
  return depth_of(value, depth_of_node_);
}

}  // namespace quoin
