#include "quoin/graph.h"

#include <utility>

namespace quoin {
namespace {

// "ai.onnx" is the default domain's other name.
std::string_view plain_domain(std::string_view domain) { return domain == "ai.onnx" ? std::string_view() : domain; }

template <typename T>
T* find(const std::unordered_map<std::string, T*>& by_name, std::string_view name) {
  const auto found = by_name.find(std::string(name));
  return found == by_name.end() ? nullptr : found->second;
}

}  // namespace

Graph::Graph() = default;
Graph::~Graph() = default;

Graph::Graph(Graph&& other) noexcept { swap(other); }

Graph& Graph::operator=(Graph&& other) noexcept {
  if (this != &other) {
    Graph moved(std::move(other));
    swap(moved);
  }
  return *this;
}

void Graph::swap(Graph& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(doc_, other.doc_);
  std::swap(nodes_, other.nodes_);
  std::swap(node_count_, other.node_count_);
  std::swap(values_, other.values_);
  std::swap(value_count_, other.value_count_);
  std::swap(value_by_name_, other.value_by_name_);
  std::swap(node_by_name_, other.node_by_name_);
  std::swap(subgraph_owners_, other.subgraph_owners_);
  std::swap(maybe_unused_, other.maybe_unused_);
  std::swap(value_suffixes_, other.value_suffixes_);
  std::swap(node_suffixes_, other.node_suffixes_);
  std::swap(unit_suffixes_, other.unit_suffixes_);
  std::swap(inputs_, other.inputs_);
  std::swap(outputs_, other.outputs_);
  std::swap(units_, other.units_);
  std::swap(opsets_, other.opsets_);
  std::swap(ir_version_, other.ir_version_);
  std::swap(file_info_, other.file_info_);
  std::swap(parent_, other.parent_);
  std::swap(sorted_, other.sorted_);
  adopt_nodes();
  other.adopt_nodes();
}

// Nodes and subgraphs point back to the graph that they are in.
void Graph::adopt_nodes() {
  for (const auto& node : nodes_) {
    if (node) node->graph_ = this;
  }
  for (Node* owner : subgraph_owners_) {
    for (Graph* subgraph : owner->subgraphs()) subgraph->parent_ = this;
  }
}

size_t Graph::node_count() const { return node_count_; }

std::vector<const Value*> Graph::values() const {
  std::vector<const Value*> result;
  result.reserve(value_count_);
  for (const auto& value : values_) {
    if (value) result.push_back(value.get());
  }
  return result;
}

const Node* Graph::find_node(std::string_view name) const { return find(node_by_name_, name); }
Node* Graph::find_node(std::string_view name) { return find(node_by_name_, name); }
const Value* Graph::find_value(std::string_view name) const { return find(value_by_name_, name); }
Value* Graph::find_value(std::string_view name) { return find(value_by_name_, name); }

std::vector<const Value*> Graph::required_inputs() const {
  std::vector<const Value*> result;
  for (const Value* input : inputs_) {
    if (!input->is_initializer()) result.push_back(input);
  }
  return result;
}

std::vector<const Value*> Graph::initializers() const {
  std::vector<const Value*> result;
  for (const auto& value : values_) {
    if (value && value->is_initializer()) result.push_back(value.get());
  }
  return result;
}

int64_t Graph::opset(std::string_view domain) const {
  const Graph* graph = this;
  while (graph->parent_ && graph->opsets_.empty()) graph = graph->parent_;
  const auto found = graph->opsets_.find(plain_domain(domain));
  return found == graph->opsets_.end() ? 0 : found->second;
}

}  // namespace quoin
