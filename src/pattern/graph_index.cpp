#include "pattern/graph_index.h"

#include <algorithm>
#include <utility>

namespace quoin {
namespace {

thread_local const GraphIndex* innermost = nullptr;

void set_key(std::string& key, std::string_view op, std::string_view domain) {
  key.assign(domain);
  key += '\n';
  key += op;
}

}  // namespace

GraphIndex::GraphIndex(const Graph& graph) : graph_(graph), nodes_(graph.nodes()) {
  std::string key;
  for (const Node* node : nodes_) {
    set_key(key, node->op(), node->domain());
    by_op_[key].push_back(node);
  }
}

const std::vector<const Node*>& GraphIndex::of_op(std::string_view op, std::string_view domain) const {
  static const std::vector<const Node*> none;
  std::string key;
  set_key(key, op, domain);
  const auto found = by_op_.find(key);
  return found == by_op_.end() ? none : found->second;
}

int GraphIndex::known_depth(const Value& value) const {
  if (!value.exists() || value.is_initializer()) return -1;
  const Node* producer = value.producer();
  return producer ? depths_[static_cast<size_t>(producer->order())] : 0;
}

int GraphIndex::depth(const Value& value) const {
  if (depths_.empty() && !nodes_.empty()) {
    depths_.assign(static_cast<size_t>(nodes_.back()->order()) + 1, -1);
    for (const Node* node : nodes_) {
      int depth = -1;
      for (int i = 0; i < node->input_count(); ++i) depth = std::max(depth, known_depth(node->input(i)));
      for (const Value* captured : node->captured()) depth = std::max(depth, known_depth(*captured));
      depths_[static_cast<size_t>(node->order())] = depth < 0 ? -1 : depth + 1;
    }
  }
  return known_depth(value);
}

IndexScope::IndexScope(const GraphIndex& index) : previous_(std::exchange(innermost, &index)) {}
IndexScope::~IndexScope() { innermost = previous_; }

const GraphIndex* index_in_scope(const Graph& graph) {
  return innermost && &innermost->graph() == &graph ? innermost : nullptr;
}

}  // namespace quoin
